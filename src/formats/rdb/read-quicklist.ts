/**
 * Lists in nodes.
 *
 *     14 quicklist     length nodes, nodes x string (a ziplist each)
 *     18 quicklist 2   length nodes, nodes x (length container, string): 1 the bytes of one element, 2 a listpack
 *
 * Source: rdbLoadObject() in rdb.c.
 */
import {FormatError} from '../errors.ts'
import {REG_COUNT, REGISTERS} from '../kernel/layout.ts'
import {readCount, readLength, readPieces, readString} from './primitives.ts'
import {
  BROKEN,
  checkBlob,
  giveBlob,
  LISTPACK_LIST,
  type PackedFormat,
  readBlob,
  ZIPLIST_LIST,
} from './read-packed.ts'
import type {RdbReader} from './reader.ts'
import type {ValueVisitor} from './visitor.ts'

type Visit = ValueVisitor | null

/** Type 14. */
export function readQuicklist(r: RdbReader, visit: Visit): void {
  readNodes(r, visit, ZIPLIST_LIST, false)
}

/** Type 18. */
export function readQuicklist2(r: RdbReader, visit: Visit): void {
  readNodes(r, visit, LISTPACK_LIST, true)
}

const PLAIN = 1
const PACKED = 2

function readNodes(r: RdbReader, visit: Visit, packed: PackedFormat, containers: boolean): void {
  const {c} = r
  const nodes = readCount(c, containers ? 2 : 1, 'nodes')
  let elements = 0
  visit?.begin(r.logical, r.type, -1)
  for (let left = nodes; left > 0; left--) {
    const start = c.offset
    const container = containers ? readLength(c) : PACKED
    if (container !== PLAIN && container !== PACKED) {
      throw new FormatError('RDB_QUICKLIST', start, `container ${container} is neither 1 nor 2`)
    }
    if (container === PLAIN) elements += readPlainNode(r, visit)
    else elements += readPackedNode(r, visit, packed)
  }
  if (elements === 0 && r.deep) r.report('RDB_EMPTY', r.typeOffset, 'a list without elements')
  visit?.end()
}

/** A node that is one element. Its bytes must be in one piece only for a visitor. */
function readPlainNode(r: RdbReader, visit: Visit): number {
  const {c} = r
  const start = c.offset
  try {
    let length: number
    if (!visit) length = readPieces(c, null, r.deep)
    else {
      readString(c)
      length = c.end - c.start
      visit.member(c.memory, c.start, c.end)
    }
    if (length === 0) {
      r.report('RDB_QUICKLIST', start, 'a plain node without bytes', 'quicklist node')
    }
  } catch (error) {
    r.reportError(error, 'quicklist node')
  }
  return 1
}

function readPackedNode(r: RdbReader, visit: Visit, packed: PackedFormat): number {
  const {c} = r
  if (!visit && !r.deep) {
    readPieces(c, null, false)
    return 1
  }
  const payload = readBlob(r, packed.name)
  if (payload === BROKEN) return 0
  const {start, end} = c
  if (!checkBlob(r, packed, payload)) return 0
  const count = c.view.getUint32(REGISTERS + REG_COUNT, true)
  if (visit?.listNode && packed === LISTPACK_LIST) visit.listNode(c.memory, start, end)
  else if (visit) giveBlob(r, packed, start, end, visit)
  return count
}
