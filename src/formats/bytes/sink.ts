/** Takes bytes in order; copies what it keeps before it returns. */
export interface Sink {
  write(memory: Uint8Array, start: number, end: number): void
}
