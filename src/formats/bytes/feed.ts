/** Gives bytes in order. Synchronous: whoever cannot answer at once blocks (a worker does). */
export interface ByteSource {
  /** Size in bytes when it is known beforehand, else -1. */
  readonly size: number
  /** Copy the next bytes to `memory[start..end)`. Returns how many; 0 only at the end. */
  read(memory: Uint8Array, start: number, end: number): number
}

/**
 * Fills the slots of a cursor's window. Part `i` of the input goes to slot `i % slots`; every part but the last fills its
 * slot. A feed may run ahead in another thread: it must not touch a slot before the cursor gave it back.
 */
export interface Feed {
  readonly slots: number
  readonly slotSize: number
  /** Total size in bytes, -1 when unknown. */
  readonly size: number
  /** Make part `i` readable. Parts below `keep` may be overwritten. Returns its length in bytes, 0 at the end. */
  fill(i: number, keep: number): number
  /** Put the CRC-64 of all bytes before part `i` into REG_CRC. `i` is the last filled part or the one after it. */
  crcBefore(i: number): void
}
