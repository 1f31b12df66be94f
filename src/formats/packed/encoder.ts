import type {Growable} from './growable.ts'

/** Builds one packed blob from elements in order. Used again and again: `reset` starts the next one. */
export interface PackedEncoder {
  /** Holds the blob after `finish`. */
  readonly out: Growable
  readonly count: number
  /** Bytes that `finish` would give now. */
  readonly size: number
  reset(): void
  /** Add an element; the canonical decimal of an int64 becomes an integer. */
  append(memory: Uint8Array, start: number, end: number): void
  finish(): void
}
