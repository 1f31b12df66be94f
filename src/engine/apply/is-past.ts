import type {Call} from '../call.ts'

/**
 * Does a key that is to expire then go at once? Not while a log is replayed: there it goes when the log says so.
 * Source: checkAlreadyExpired() in expire.c.
 */
export function isPast({answers, nowMs}: Call, expiresAtMs: number): boolean {
  return answers && expiresAtMs <= nowMs
}
