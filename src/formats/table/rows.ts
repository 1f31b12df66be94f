/** What a dataset is as a table. */
import type {Entry} from '../entry.ts'
import type {LogicalType} from '../rdb/types.ts'

/**
 * Takes keys as rows, or their elements. Spans are valid until the call returns. Calls for one key:
 *
 *     begin  (row [field] value [score] [expiry])*  end
 */
export interface RowWriter {
  /** A key starts; it can be looked at until `end`. */
  begin(entry: Entry, logical: LogicalType, encoding: string | null): void
  /** An element: its place in a list, array or long string, the id of a stream's entry, null where there is no order. */
  row(index: bigint | number | string | null): void
  field(memory: Uint8Array, start: number, end: number): void
  value(memory: Uint8Array, start: number, end: number): void
  score(score: number): void
  /** Of the element, absolute, in ms. */
  expiry(expiresAtMs: number): void
  /** `bytes`: all elements together. */
  end(elements: number, bytes: number): void
  finish(): void
}

/** Columns of the two tables, by the names that files give them. */
export const KEY_COLUMNS = [
  'db',
  'key',
  'type',
  'encoding',
  'expires_at_ms',
  'idle_seconds',
  'freq',
  'elements',
  'bytes',
] as const
export const ELEMENT_COLUMNS = [
  'db',
  'key',
  'type',
  'index',
  'field',
  'value',
  'score',
  'field_expires_at_ms',
] as const
