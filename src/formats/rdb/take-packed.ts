/** Values that are one listpack or intset, for whoever keeps them as they are. */
import {
  BROKEN,
  checkBlob,
  INTSET,
  LISTPACK_HASH,
  LISTPACK_LIST,
  LISTPACK_SET,
  LISTPACK_ZSET,
  type PackedFormat,
  readBlob,
} from './read-packed.ts'
import type {RdbReader} from './reader.ts'
import {RdbType} from './types.ts'

const FORMATS: Readonly<Record<number, PackedFormat>> = {
  [RdbType.SET_INTSET]: INTSET,
  [RdbType.HASH_LISTPACK]: LISTPACK_HASH,
  [RdbType.ZSET_LISTPACK]: LISTPACK_ZSET,
  [RdbType.LIST_QUICKLIST_2]: LISTPACK_LIST,
  [RdbType.SET_LISTPACK]: LISTPACK_SET,
}

/** One node, packed: how a short list is saved. */
const ONE_PACKED_NODE = [1, 2]

/**
 * Take the value of the current entry as the listpack or intset that it is: [c.start, c.end), checked, with its elements in
 * REG_COUNT, until the next call. Returns false when it is in no such form: then it is for `readValue()`.
 * @throws FormatError, framed, when it is damaged.
 */
export function takePacked(r: RdbReader): boolean {
  const taken = take(r)
  r.throwFault()
  return taken
}

function take(r: RdbReader): boolean {
  const {c} = r
  const packed = FORMATS[r.type]
  if (packed === undefined) return false
  if (r.type === RdbType.LIST_QUICKLIST_2) {
    c.ensure(2)
    if (ONE_PACKED_NODE.some((byte, i) => c.memory[c.next + i] !== byte)) return false
    c.next += 2
  }
  const payload = readBlob(r, packed.name)
  if (payload === BROKEN) return false
  const {start, end} = c
  if (!checkBlob(r, packed, payload)) return false
  c.start = start
  c.end = end
  return true
}
