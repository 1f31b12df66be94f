/** What `get` reports behind the values. */
import type {Bytes, Finding, InputKind} from './reports.ts'

export interface GetReport {
  schema: 'respite.get/1'
  input: string
  kind: InputKind
  /** Keys that were asked for, and which databases hold them; none where it is not there. */
  keys: {key: Bytes; databases: number[]}[]
  /** Why not all was read. */
  stoppedAt: Finding | null
}

/** What a row of `get` is; get-rows.ts has the layout. */
export const GetRow = {
  /** JSON: `GetEntry`. */
  ENTRY: 0,
  /** Bytes of a string: pieces of one value. */
  PIECE: 1,
  /** An element: a member, a field, a value. */
  ITEM: 2,
  /** Id of a stream's entry; its fields and values follow. */
  ID: 3,
  /** Expiry of the field that came last, in ms, as text. */
  EXPIRY: 4,
  END: 5,
} as const

export interface GetEntry {
  db: number
  key: Bytes
  type: string
  expiresAtMs: number | null
}
