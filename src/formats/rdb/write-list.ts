/**
 * Lists. RDB 6: one ziplist, or plain elements:
 *
 *     LIST_ZIPLIST      string(ziplist)
 *     LIST              count element*
 *
 * RDB 7 to 9 and from 10 on: nodes of about 8 KiB:
 *
 *     LIST_QUICKLIST    count string(ziplist)*
 *     LIST_QUICKLIST_2  count (container string)*     container 1: one element, 2: a listpack
 *
 * Source: rdbSaveObject() in rdb.c, _quicklistNodeAllowInsert() in quicklist.c.
 */
import {Elements} from '../packed/elements.ts'
import type {PackedEncoder} from '../packed/encoder.ts'
import {ListpackEncoder} from '../packed/listpack.ts'
import {ZiplistEncoder} from '../packed/ziplist.ts'
import {RdbType} from './types.ts'
import {LIMITS, type WriteContext} from './write-context.ts'

const PLAIN_NODE = 1
const PACKED_NODE = 2
/** What a listpack element may take besides its bytes, as quicklist.c estimates it. */
const LISTPACK_OVERHEAD = 8

export class QuicklistWriter {
  private readonly context: WriteContext
  private readonly node: PackedEncoder
  private readonly listpacks: boolean
  /** Elements over the node size stand alone, without a listpack around them (Redis 7.4, Valkey). */
  private readonly plainNodes: boolean
  private nodes = 0
  private started = false

  constructor(context: WriteContext) {
    const {version, dialect} = context.target
    this.context = context
    this.listpacks = version >= 10
    this.plainNodes = this.listpacks && (version >= 12 || dialect === 'valkey')
    this.node = this.listpacks ? new ListpackEncoder() : new ZiplistEncoder()
  }

  begin(_count: number): void {
    this.nodes = 0
    this.started = false
    this.node.reset()
  }

  member(memory: Uint8Array, start: number, end: number): void {
    if (!this.started) this.start()
    const length = end - start
    if (this.plainNodes && length > LIMITS.listNodeBytes) {
      this.closeNode()
      this.nodes++
      this.context.out.count(PLAIN_NODE)
      this.context.strings.write(memory, start, end)
      return
    }
    const size = this.node.size + length + this.overhead(length)
    if (size > LIMITS.listNodeBytes) this.closeNode()
    this.node.append(memory, start, end)
  }

  end(): void {
    if (!this.started) return
    this.closeNode()
    this.context.out.close(this.nodes)
  }

  private start(): void {
    this.started = true
    this.context.head(this.listpacks ? RdbType.LIST_QUICKLIST_2 : RdbType.LIST_QUICKLIST)
    this.context.out.open()
  }

  private closeNode(): void {
    const {node} = this
    if (node.count === 0) return
    node.finish()
    this.nodes++
    if (this.listpacks) this.context.out.count(PACKED_NODE)
    this.context.strings.write(node.out.bytes, 0, node.out.length)
    node.reset()
  }

  private overhead(length: number): number {
    if (this.listpacks) return LISTPACK_OVERHEAD
    return (length < 254 ? 1 : 5) + (length < 64 ? 1 : length < 16384 ? 2 : 5)
  }
}

/** RDB 6. */
export class OldListWriter {
  private readonly context: WriteContext
  private readonly elements = new Elements()
  private readonly ziplist = new ZiplistEncoder()
  private count = -1
  private plain = false
  private written = 0

  constructor(context: WriteContext) {
    this.context = context
  }

  begin(count: number): void {
    this.elements.clear()
    this.count = count
    this.plain = false
    this.written = 0
  }

  member(memory: Uint8Array, start: number, end: number): void {
    const {elements} = this
    if (!this.plain) {
      const total = Math.max(this.count, elements.count + 1)
      if (total <= LIMITS.listEntries && end - start <= LIMITS.listBytes) {
        elements.push(memory, start, end)
        return
      }
      this.startPlain()
    }
    this.context.strings.write(memory, start, end)
    this.written++
  }

  end(): void {
    const {context, elements, ziplist} = this
    if (this.plain) {
      if (this.count < 0) context.out.close(this.written)
    } else if (elements.count > 0) {
      ziplist.reset()
      for (let i = 0; i < elements.count; i++) {
        ziplist.append(elements.bytes, elements.start(i), elements.end(i))
      }
      ziplist.finish()
      context.head(RdbType.LIST_ZIPLIST)
      context.strings.write(ziplist.out.bytes, 0, ziplist.out.length)
    }
  }

  private startPlain(): void {
    const {context, elements} = this
    this.plain = true
    context.head(RdbType.LIST)
    if (this.count < 0) context.out.open()
    else context.out.count(this.count)
    for (let i = 0; i < elements.count; i++) {
      context.strings.write(elements.bytes, elements.start(i), elements.end(i))
    }
    this.written = elements.count
    elements.clear()
  }
}
