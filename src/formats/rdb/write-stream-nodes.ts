/**
 * Entries of a stream, packed into nodes where they do not come in nodes:
 *
 *     node     := string(id of its first entry, 16 bytes) string(listpack)
 *     listpack := count 0 fields field* 0, then entry*         the fields of the first entry, shared
 *     entry    := flags ms-diff seq-diff value* parts          flags 2: the shared fields
 *               | flags ms-diff seq-diff fields (field value)* parts      flags 0
 *
 * Source: streamAppendItem() in t_stream.c.
 */
import {Elements} from '../packed/elements.ts'
import {copyBytes} from '../packed/growable.ts'
import type {Int64} from '../packed/int64.ts'
import {ListpackEncoder} from '../packed/listpack.ts'
import {LIMITS, type WriteContext} from './write-context.ts'
import {wholeNode} from './write-node.ts'

const SAME_FIELDS = 2
/** The entry count comes first and never needs more than one byte, so it is put in when the node is full. */
const COUNT_AT = 6
/** Larger nodes are divided. */
const NODE_MOST = 1 << 20

export class StreamNodes {
  private readonly context: WriteContext
  private readonly node = new ListpackEncoder()
  /** Fields and values of the entry that is being read, in turn. */
  private readonly entry = new Elements()
  private readonly shared = new Elements()
  private readonly id = new Uint8Array(16)
  private readonly nodeId = new Uint8Array(16)
  private readonly idView = new DataView(this.id.buffer)
  private readonly nodeIdView = new DataView(this.nodeId.buffer)
  private readonly diff: Int64 = {lo: 0, hi: 0}
  private inEntry = false
  private inNode = 0
  nodes = 0
  entries = 0
  firstMs = 0n
  firstSeq = 0n

  constructor(context: WriteContext) {
    this.context = context
  }

  begin(): void {
    this.inEntry = false
    this.inNode = 0
    this.nodes = 0
    this.entries = 0
    this.firstMs = 0n
    this.firstSeq = 0n
  }

  /** Start an entry; the one before is complete. */
  next(memory: Uint8Array, idStart: number): void {
    this.closeEntry()
    copyBytes(memory, idStart, idStart + 16, this.id, 0)
    this.entry.clear()
    this.inEntry = true
  }

  part(memory: Uint8Array, start: number, end: number): void {
    this.entry.push(memory, start, end)
  }

  /** A whole node, which is written as it is: every version has them alike. False where its entries are to come one by one. */
  whole(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    const {out, strings} = this.context
    const node = end - start > NODE_MOST ? null : wholeNode(out, memory, idStart, start, end)
    if (node === null) return false
    this.end()
    if (this.entries === 0) {
      this.firstMs = node.firstId.ms
      this.firstSeq = node.firstId.seq
    }
    this.entries += node.entries
    strings.write(memory, idStart, idStart + 16)
    strings.write(memory, start, end)
    this.nodes++
    return true
  }

  end(): void {
    this.closeEntry()
    this.closeNode()
  }

  private closeEntry(): void {
    if (!this.inEntry) return
    this.inEntry = false
    if (this.entries++ === 0) {
      this.firstMs = this.idView.getBigUint64(0)
      this.firstSeq = this.idView.getBigUint64(8)
    }
    const full = this.node.size + this.entry.data.length >= LIMITS.streamNodeBytes
    if (full || this.inNode >= LIMITS.streamNodeEntries) this.closeNode()
    if (this.inNode === 0) this.openNode()
    this.inNode++
    this.putEntry()
  }

  private openNode(): void {
    const {node, entry, shared} = this
    this.nodeId.set(this.id)
    shared.clear()
    for (let i = 0; i < entry.count; i += 2) {
      shared.push(entry.bytes, entry.start(i), entry.end(i))
    }
    node.reset()
    node.appendInteger(0)
    node.appendInteger(0)
    node.appendInteger(shared.count)
    for (let i = 0; i < shared.count; i++) {
      node.append(shared.bytes, shared.start(i), shared.end(i))
    }
    node.appendInteger(0)
  }

  private closeNode(): void {
    if (this.inNode === 0) return
    const {node, context} = this
    node.out.bytes[COUNT_AT] = this.inNode
    node.finish()
    context.strings.write(this.nodeId, 0, 16)
    context.strings.write(node.out.bytes, 0, node.out.length)
    this.nodes++
    this.inNode = 0
    node.reset()
  }

  private putEntry(): void {
    const {node, entry} = this
    const same = this.hasSharedFields()
    const pairs = entry.count / 2
    node.appendInteger(same ? SAME_FIELDS : 0)
    this.putDiff(0)
    this.putDiff(8)
    if (!same) node.appendInteger(pairs)
    for (let i = same ? 1 : 0; i < entry.count; i += same ? 2 : 1) {
      node.append(entry.bytes, entry.start(i), entry.end(i))
    }
    node.appendInteger(same ? pairs + 3 : pairs * 2 + 4)
  }

  /** The difference of one half of the ids, modulo 2^64. */
  private putDiff(at: number): void {
    const lo = this.idView.getUint32(at + 4) - this.nodeIdView.getUint32(at + 4)
    const borrow = lo < 0 ? 1 : 0
    this.diff.lo = lo >>> 0
    this.diff.hi = (this.idView.getUint32(at) - this.nodeIdView.getUint32(at) - borrow) | 0
    this.node.appendInt64(this.diff)
  }

  private hasSharedFields(): boolean {
    const {entry, shared} = this
    if (entry.count !== shared.count * 2) return false
    for (let i = 0; i < shared.count; i++) {
      const length = shared.end(i) - shared.start(i)
      const at = entry.start(i * 2)
      if (entry.end(i * 2) - at !== length) return false
      for (let j = 0; j < length; j++) {
        if (entry.bytes[at + j] !== shared.bytes[shared.start(i) + j]) return false
      }
    }
    return true
  }
}
