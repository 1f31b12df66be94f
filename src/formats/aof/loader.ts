/** What readers of records say about them. */
import type {FormatErrorCode} from '../errors.ts'

/** What a server does with a record: load it, take the file to end early, refuse the file, or die. */
export type LoaderVerdict = 'loads' | 'short-read' | 'format-error' | 'crash'

/** Not what servers write, although they load it. */
export interface Deviation {
  code: FormatErrorCode
  offset: number
  detail: string
  /** Does redis-check-aof pass it too? */
  passesCheckAof: boolean
  /** It is in a header line, of a count or a length. */
  inHeader: boolean
}

/** Receives the arguments of one record, big ones in pieces. A span is valid during the call. */
export interface ArgumentVisitor {
  begin(index: number, length: number): void
  piece(memory: Uint8Array, start: number, end: number): void
}
