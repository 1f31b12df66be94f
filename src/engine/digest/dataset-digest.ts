import type {LogicalType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'

/** Sums of hashes, five u32 each. */
export type Totals = ReadonlyMap<number, Uint32Array>

/** A digest of a whole dataset, computed while its values go by once, in any order of keys. */
export interface DatasetDigest extends ValueVisitor {
  /** The next value belongs to the key [keyStart, keyEnd) in the memory of the digest. */
  beginEntry(
    db: number,
    logical: LogicalType,
    keyStart: number,
    keyEnd: number,
    expiresAtMs: number | null,
  ): void
  /** The value was read whole and counts. Without this call it does not. */
  endEntry(): void
  /** A function library. */
  library(code: Uint8Array): void
  /** The last value alone, as 40 hex digits; only when each value was asked for. */
  valueHex(): string
  /** What all keys so far come to, by database where that matters. Nothing may come after it but `addTotals` and `finish`. */
  totals(): Totals
  /** Add what a digest of the same kind over other keys came to. */
  addTotals(totals: Totals): void
  /** All keys, as 40 hex digits. Nothing may come after it. */
  finish(): string
}
