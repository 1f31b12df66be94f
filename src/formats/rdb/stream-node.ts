/**
 * One node of a stream: a listpack of a master entry and items.
 *
 *     master    count | deleted | n | n x field | 0
 *     item      flags | ms difference | sequence difference
 *               flag 2 set:   n x value, in the order of the master's fields
 *               flag 2 clear: m | m x (field, value)
 *               number of elements of the item, for walking back
 *
 * flags: 1 deleted, 2 same fields as the master entry. Differences are signed and wrap around at 64 bits.
 * Source: streamIteratorGetID() and streamAppendItem() in t_stream.c.
 */
import type {Cursor} from '../bytes/cursor.ts'
import {
  AUX_BEHIND,
  AUX_COUNTS,
  AUX_UNSORTED,
  REG_AUX,
  REG_COUNT,
  REG_NEXT,
  REG_STREAM,
  REGISTERS,
  SCRATCH,
  SPAN_MAX,
  SPANS,
} from '../kernel/layout.ts'
import {packedFault} from './packed-faults.ts'
import {errorAddress, readPieces, readString} from './primitives.ts'
import type {NodeTotals} from './read-stream.ts'
import type {RdbReader} from './reader.ts'
import {RdbType} from './types.ts'
import type {StreamId, ValueVisitor} from './visitor.ts'

type Visit = ValueVisitor | null

const MASTER_ID = SCRATCH + 96
const ITEM_ID = SCRATCH + 112
const DELETED = 1
const SAME_FIELDS = 2

/** Read the next node: check it, add it to the totals, give its live entries to `visit`. */
export function readNode(r: RdbReader, visit: Visit, totals: NodeTotals): void {
  const {c} = r
  const keyStart = c.offset
  try {
    readString(c)
    const length = c.end - c.start
    if (length !== 16) {
      r.report('RDB_STREAM', keyStart, `a node id of ${length} bytes instead of 16`, 'stream node')
      totals.complete = false
    } else {
      c.memory.copyWithin(MASTER_ID, c.start, c.end)
      if (r.deep && r.seen.add(MASTER_ID, MASTER_ID + 16)) {
        r.report('RDB_DUPLICATE', keyStart, 'a node id that is there twice', 'stream node')
      }
    }
    if (!visit && !r.deep) return void readPieces(c, null, false)
    const payload = readString(c)
    if (length === 16) checkNode(r, visit, totals, payload)
  } catch (error) {
    totals.complete = false
    r.reportError(error, 'stream node')
  }
}

/** What servers load up to Redis 8.6 and Valkey 8.1, and refuse from then on. */
export function miscount(r: RdbReader, offset: number, detail: string, ...path: string[]): void {
  if (r.dialect === 'valkey' || r.type >= RdbType.STREAM_LISTPACKS_5) {
    r.report('RDB_STREAM', offset, detail, ...path)
  } else r.warn('RDB_STREAM', offset, detail, ...path)
}

function checkNode(r: RdbReader, visit: Visit, totals: NodeTotals, payload: number): void {
  const {c} = r
  const {start, end, kernel, view} = c
  const place = (address: number) => (payload < 0 ? r.typeOffset : payload + address - start)
  const problem = kernel.streamNodeCheck(start, end, MASTER_ID)
  if (problem !== 0) {
    totals.complete = false
    return packedFault(r, 'stream node', problem, place(errorAddress(c)))
  }
  const live = view.getUint32(REGISTERS + REG_COUNT, true)
  const registers = REGISTERS + REG_STREAM
  const doubts = view.getUint32(registers + 48, true)
  if (doubts & AUX_COUNTS) {
    miscount(r, place(start), 'it miscounts its entries or deleted items', 'stream node')
  }
  if (doubts & AUX_BEHIND) {
    miscount(r, place(start), 'bytes follow its terminator', 'stream node')
  }
  if (live > 0) {
    const first = idAt(view, registers)
    if (doubts & AUX_UNSORTED || follows(totals.last, first)) {
      r.warn('RDB_STREAM', place(start), 'ids of entries do not ascend', 'stream node')
    }
    totals.first ??= first
    totals.last = idAt(view, registers + 16)
  }
  totals.entries += live
  if (!visit || visit.suffices?.('listpack', end - start, live)) return
  if (!visit.streamNode?.(c.memory, MASTER_ID, start, end)) giveItems(c, visit, start, end)
}

function idAt(view: DataView, at: number): StreamId {
  return {ms: view.getBigUint64(at, true), seq: view.getBigUint64(at + 8, true)}
}

/** Is `id` not above `last`? */
function follows(last: StreamId | null, id: StreamId): boolean {
  return last !== null && (id.ms < last.ms || (id.ms === last.ms && id.seq <= last.seq))
}

/** Elements of a checked listpack, one after the other, in batches of the kernel. */
class Elements {
  private readonly c: Cursor
  private next: number
  private readonly end: number
  private at = 0
  private count = 0

  constructor(c: Cursor, start: number, end: number) {
    this.c = c
    this.next = start + 6
    this.end = end
  }

  /** Move to the next element: [c.start, c.end). Returns false behind the last. */
  step(): boolean {
    const {c} = this
    if (this.at === this.count) {
      this.count = c.kernel.listpackRead(this.next, this.end, SPAN_MAX)
      this.next = c.view.getUint32(REGISTERS + REG_NEXT, true)
      this.at = 0
      if (this.count === 0) return false
    }
    c.start = c.view.getUint32(SPANS + this.at * 8, true)
    c.end = c.view.getUint32(SPANS + this.at * 8 + 4, true)
    this.at++
    return true
  }

  /** The next element as an integer; its 64 bits stay in REG_AUX. */
  integer(): number {
    this.step()
    this.c.kernel.spanInt(this.c.start, this.c.end)
    return this.c.view.getInt32(REGISTERS + REG_AUX, true)
  }
}

function giveItems(c: Cursor, visit: ValueVisitor, start: number, end: number): void {
  const elements = new Elements(c, start, end)
  let items = elements.integer() + elements.integer()
  const fields: Uint8Array[] = []
  for (let left = elements.integer(); left > 0; left--) {
    elements.step()
    fields.push(c.memory.slice(c.start, c.end))
  }
  elements.step()
  for (; items > 0; items--) giveItem(c, visit, elements, fields)
}

function giveItem(c: Cursor, visit: ValueVisitor, elements: Elements, fields: Uint8Array[]): void {
  const flags = elements.integer()
  const live = (flags & DELETED) === 0
  for (const half of [0, 8]) {
    elements.integer()
    const difference = c.view.getBigInt64(REGISTERS + REG_AUX, true)
    const id = c.view.getBigUint64(MASTER_ID + half) + difference
    c.view.setBigUint64(ITEM_ID + half, BigInt.asUintN(64, id))
  }
  if (live) visit.entry(c.memory, ITEM_ID)
  const same = (flags & SAME_FIELDS) !== 0
  const count = same ? fields.length : elements.integer()
  for (let i = 0; i < count; i++) {
    if (same) {
      if (live) visit.field(fields[i], 0, fields[i].length)
    } else {
      elements.step()
      if (live) visit.field(c.memory, c.start, c.end)
    }
    elements.step()
    if (live) visit.value(c.memory, c.start, c.end)
  }
  elements.step()
}
