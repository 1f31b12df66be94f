/** Which of two entries under one key is the newer one, as far as inputs tell. */
import type {Entry} from '../formats/entry.ts'

/** What tells how new an entry is; NaN for what is not known. */
export interface Age {
  /** Last use, in ms: when the data was saved, less the idle time. */
  usedAtMs: number
  frequency: number
  /** When its input says that it was saved. */
  savedAtMs: number
}

export type Basis = 'idle' | 'frequency' | 'saved'

export function ageOf({idleSeconds, freq}: Entry, toldTimeMs: number | null): Age {
  const savedAtMs = toldTimeMs ?? Number.NaN
  return {
    usedAtMs: idleSeconds === null ? Number.NaN : savedAtMs - idleSeconds * 1000,
    frequency: freq ?? Number.NaN,
    savedAtMs,
  }
}

/** Below 0 where `a` is older, above 0 where it is newer; null where nothing tells. */
export function compareAges(a: Age, b: Age): {order: number; basis: Basis} | null {
  for (const [basis, order] of [
    ['idle', a.usedAtMs - b.usedAtMs],
    ['frequency', a.frequency - b.frequency],
    ['saved', a.savedAtMs - b.savedAtMs],
  ] as const) {
    if (!Number.isNaN(order)) return {order, basis}
  }
  return null
}
