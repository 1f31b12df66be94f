/** Kernels for digests of datasets; see kernel.ts for what addresses and registers are. */
export interface DigestKernel {
  /** SHA-1 of [start, end) as five u32, in the order of the standard, at `out`. */
  sha1(start: number, end: number, out: number): void
  /** The same for a message in pieces, one at a time. Between them only `sha1Update` may be called. */
  sha1Begin(): void
  sha1Update(start: number, end: number): void
  sha1End(out: number): void
  /** state = SHA-1(state ^ other), both five u32. */
  sha1Mix(state: number, other: number): void
  /** state ^= SHA-1(hash), both five u32. Overwrites `hash`. */
  sha1Xor(state: number, hash: number): void
  /** Write a score as fpconv does, at most 25 bytes at `out`; returns the end. SCORE_POWERS must be there. */
  scoreText(score: number, out: number): number
  /** Write a score as `%.17g` does, at most 24 bytes at `out`; returns the end, 0 when TypeScript must do it. */
  scorePrintf(score: number, out: number): number

  /** DEBUG DIGEST, see digest.ts there: DIGEST_TYPES and DIGEST_MARKS must be there. `eachValue`: also digest each value alone. */
  digestStart(eachValue: number): void
  /** Begin a value; `how` is 0 text, 1 members, 2 pairs, 3 chain. */
  digestBegin(how: number, type: number, keyStart: number, keyEnd: number): void
  digestPiece(start: number, end: number): void
  digestFirst(start: number, end: number): void
  digestSecond(start: number, end: number): void
  digestMark(): void
  /** [start, end) is what belongs to the last member should `digestOther` be called. */
  digestEither(start: number, end: number): void
  digestOther(): void
  /** Add a part with the hash at `hash` `count` times. */
  digestRepeat(hash: number, count: number): void
  /** Add the key to the total. A value that was begun and not ended counts for nothing. */
  digestEnd(expires: number): void
  /** Complete DIGEST_TOTAL. */
  digestSettle(): void

  /** Our own digest, see full-digest.ts there. `how` is 0 text, 1 members, 2 pairs. */
  fullStart(eachValue: number): void
  fullBegin(how: number, db: number, type: number, keyStart: number, keyEnd: number): void
  fullPiece(start: number, end: number): void
  fullFirst(start: number, end: number): void
  fullSecond(start: number, end: number): void
  fullNumber(high: number, low: number): void
  /**
   * The entries of a stream's node in [start, end), as streamNodeCheck() takes it: what is numbered begins with `next`. Returns the
   * number of what comes behind it.
   */
  fullStreamNode(start: number, end: number, id: number, next: number): number
  /** Add the hash of [start, end) to the five u32 at `sum`. */
  fullNote(start: number, end: number, sum: number): void
  fullEnd(expiryHigh: number, expiryLow: number): void
  fullSettle(): void
  /** Put rows of the keys that wait, 32 bytes each, at `out`; returns how many, at most four. */
  fullRows(out: number): number
}
