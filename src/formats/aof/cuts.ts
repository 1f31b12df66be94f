/** Places in a file of commands that was just written, for whoever reads it back. */

/** Where commands stand that no kernel reads back. */
export interface OddSpan {
  start: number
  end: number
  /** They make one long string, so that they need not be replayed; when it expires, in ms, or null. */
  string?: {expiresAtMs: number | null}
}

/** Where a file can be read on from: at an entry, in a database. */
export interface Cut {
  offset: number
  db: number
}

/** Cuts are noted no nearer to each other. */
const CUT_EVERY = 1 << 22

export function noteCut(cuts: Cut[], offset: number, db: number): void {
  if (offset >= (cuts.at(-1)?.offset ?? 0) + CUT_EVERY) cuts.push({offset, db})
}
