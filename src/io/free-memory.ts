import {freemem} from 'node:os'

/** Bytes of memory that nobody needs now, as the system or the container that this runs in says. */
export function freeMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0
  // Without a limit it is 0, or more than any machine has.
  const left = limit > 0 ? limit - process.memoryUsage.rss() : Number.POSITIVE_INFINITY
  return Math.max(0, Math.min(freemem(), left))
}
