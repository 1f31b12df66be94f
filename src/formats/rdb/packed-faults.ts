/** What the numbers that the packed kernels return mean to the reader of an RDB file. */
import type {FormatErrorCode} from '../errors.ts'
import type {RdbReader} from './reader.ts'

export type PackedName = 'listpack' | 'ziplist' | 'intset' | 'zipmap' | 'stream node'

const CODES: Readonly<Record<PackedName, FormatErrorCode>> = {
  listpack: 'RDB_LISTPACK',
  ziplist: 'RDB_ZIPLIST',
  intset: 'RDB_INTSET',
  zipmap: 'RDB_ZIPMAP',
  'stream node': 'RDB_STREAM',
}

/** By PACKED_ number of layout.ts: text, and the code where it is not that of the encoding. */
const FAULTS: readonly (readonly [detail: string, code?: FormatErrorCode])[] = [
  ['sound'],
  ['its size is not what its header says'],
  ['it does not end in its terminator'],
  ['a byte starts no entry'],
  ['an entry reaches beyond the end'],
  ['the length that leads back over an entry is wrong'],
  ['it holds another number of entries than its header says'],
  ['its last tuple is incomplete'],
  ['an element is there twice', 'RDB_DUPLICATE'],
  ['it has no elements', 'RDB_EMPTY'],
  ['its elements do not ascend'],
  ['an integer was expected'],
  ['a field expiry is out of range', 'RDB_FIELD_TTL'],
  ['the field expiries are not in order', 'RDB_FIELD_TTL'],
  ['a score is NaN', 'RDB_SCORE'],
  ['the offset of its last entry is wrong'],
  ['a short length stands in the long form'],
  ['its items do not add up to its counts'],
]

/** Report what a check kernel found at `offset`. */
export function packedFault(r: RdbReader, name: PackedName, problem: number, offset: number): void {
  const [detail, code] = FAULTS[problem]
  r.report(code ?? CODES[name], offset, detail, name)
}
