/** Takes bytes in order; copies what it keeps before it returns. */
export interface Sink {
  write(memory: Uint8Array, start: number, end: number): void
  /**
   * Address in the memory of a kernel where it may put up to `size` bytes that are then the next to be given to `write`, and need not
   * be copied; -1 where they lie better elsewhere.
   */
  room?(size: number): number
}
