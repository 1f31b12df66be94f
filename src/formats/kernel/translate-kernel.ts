/** Kernels that write entries anew and compare two readings of the same data; see kernel.ts for what addresses and registers are. */
export interface TranslateKernel {
  /** Read plain RDB entries from `next` on and write them anew; see translate.ts. Returns the first entry that was not read. */
  rdbTranslate(
    next: number,
    limit: number,
    flags: number,
    types: number,
    copied: number,
    db: number,
    area: number,
    room: number,
    max: number,
    how: number,
    out: number,
    outEnd: number,
    marks: number,
    ordinal: number,
  ): number
  /** Measure plain RDB entries from `next` on; see rdb-measure.ts. Returns the first entry that was not read. */
  rdbMeasure(
    next: number,
    limit: number,
    flags: number,
    types: number,
    area: number,
    room: number,
    max: number,
    rows: number,
    keys: number,
    keysEnd: number,
    how: number,
    setMost: number,
  ): number
  /** The longest entry of a sound listpack, of the first `columns` of each `tuple`; with 0 columns of all that are no integers. */
  listpackLongest(start: number, end: number, tuple: number, columns: number): number
  /** The digest of entries that were written as commands; see digest-commands.ts. */
  commandsStart(database: number, nowMs: number, version: number, area: number, room: number): void
  commandsDigest(next: number, limit: number, last: number): number
  commandsFinish(): void
  /** The same of keys that were written as lines of JSON; see digest-lines.ts. Returns the first line that was not taken. */
  linesDigest(next: number, limit: number, area: number, room: number): number

  /* As those that begin with `full`, see digest-kernel.ts, with the hash of quick-digest.ts. */
  quickStart(eachValue: number): void
  quickBegin(how: number, db: number, type: number, start: number, end: number): void
  quickPiece(start: number, end: number): void
  quickFirst(start: number, end: number): void
  quickSecond(start: number, end: number): void
  quickStreamNode(start: number, end: number, id: number, next: number): number
  quickNumber(high: number, low: number): void
  quickNote(start: number, end: number, sum: number): void
  quickEnd(expiryHigh: number, expiryLow: number): void
  quickSettle(): void
}
