/**
 * Streams, STREAM_LISTPACKS (RDB 9), _2 (10) and _3 (from 11 on):
 *
 *     count node*                                        see write-stream-nodes.ts
 *     length  last.ms last.seq
 *     [first.ms first.seq  deleted.ms deleted.seq  added]          _2
 *     count group*
 *     group    := string(name) last.ms last.seq [read]             _2; read is 2^64-1 when unknown
 *                 count (id 16 bytes, time i64le, deliveries)*
 *                 count (string(name) seen i64le [active i64le] count id*)*      active: _3
 *
 * Source: rdbSaveObject() in rdb.c; what older types lack is made up as rdbLoadObject() does.
 */
import {COUNTERS_SINCE, completeMeta, groupEntriesRead, idmpInUse} from './stream-counters.ts'
import {RdbType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamId, StreamMeta} from './visitor.ts'
import type {WriteContext} from './write-context.ts'
import {StreamNodes} from './write-stream-nodes.ts'

const ACTIVITY_SINCE: number = RdbType.STREAM_LISTPACKS_3
/** Who gets the pending entries without a consumer, where those cannot be. */
const FOUND_CONSUMER = 'unowned'

/** The part that counts what comes now. */
type Part = 'nodes' | 'groups' | 'pending' | 'consumers' | 'owned' | 'nacked'

export class StreamWriter {
  private readonly context: WriteContext
  private readonly nodes: StreamNodes
  private readonly type: number
  private sourceType = 0
  private part: Part = 'nodes'
  private groups = 0
  private pendings = 0
  private consumers = 0
  private owneds = 0
  private meta: StreamMeta | null = null

  constructor(context: WriteContext) {
    const {version} = context.target
    this.context = context
    this.nodes = new StreamNodes(context)
    if (version >= 11) this.type = RdbType.STREAM_LISTPACKS_3
    else if (version === 10) this.type = RdbType.STREAM_LISTPACKS_2
    else this.type = RdbType.STREAM_LISTPACKS
  }

  begin(type: number): void {
    this.sourceType = type
    this.part = 'nodes'
    this.groups = 0
    this.nodes.begin()
    this.context.head(this.type)
    this.context.out.open()
  }

  entry(memory: Uint8Array, idStart: number): void {
    this.nodes.next(memory, idStart)
  }

  node(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    return this.nodes.whole(memory, idStart, start, end)
  }

  fieldOrValue(memory: Uint8Array, start: number, end: number): void {
    this.nodes.part(memory, start, end)
  }

  streamEnd(stored: StreamMeta): void {
    const {context, nodes} = this
    const {out} = context
    nodes.end()
    out.close(nodes.nodes)
    const first = {ms: nodes.firstMs, seq: nodes.firstSeq}
    const meta = completeMeta(stored, this.sourceType, BigInt(nodes.entries), first)
    this.meta = meta
    out.count64(meta.length)
    this.writeId(meta.lastId)
    if (this.type >= COUNTERS_SINCE) {
      this.writeId(meta.firstId)
      this.writeId(meta.maxDeletedId)
      out.count64(meta.entriesAdded)
    } else if (this.sourceType >= COUNTERS_SINCE) context.needs('stream-counters')
    out.open()
    this.part = 'groups'
  }

  group(memory: Uint8Array, start: number, end: number, group: GroupMeta): void {
    const {out, strings} = this.context
    this.closeTo('groups')
    this.groups++
    strings.write(memory, start, end)
    this.writeId(group.lastId)
    if (this.type >= COUNTERS_SINCE)
      out.count64(groupEntriesRead(group, this.sourceType, this.meta!))
    this.openPart('pending')
    this.pendings = 0
  }

  pending(memory: Uint8Array, idStart: number, timeMs: bigint, deliveries: bigint): void {
    const {out} = this.context
    this.pendings++
    out.write(memory, idStart, idStart + 16)
    out.i64le(timeMs)
    out.count64(deliveries)
  }

  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void {
    const {context} = this
    this.toConsumers()
    this.consumers++
    context.strings.write(memory, start, end)
    context.out.i64le(seenMs)
    if (this.type >= ACTIVITY_SINCE) {
      context.out.i64le(this.sourceType >= ACTIVITY_SINCE ? activeMs : seenMs)
    } else if (this.sourceType >= ACTIVITY_SINCE) context.needs('consumer-activity')
    this.openPart('owned')
    this.owneds = 0
  }

  owned(memory: Uint8Array, idStart: number): void {
    this.owneds++
    this.context.out.write(memory, idStart, idStart + 16)
  }

  /** No older server may see a pending entry without a consumer: dropped, they get one made for them. */
  nacked(memory: Uint8Array, idStart: number): void {
    this.context.needs('stream-nacks')
    if (this.part !== 'nacked') {
      const name = Uint8Array.from(FOUND_CONSUMER, (letter) => letter.charCodeAt(0))
      this.consumer(name, 0, name.length, 0n, -1n)
      this.part = 'nacked'
    }
    this.owned(memory, idStart)
  }

  idmp(meta: IdmpMeta): void {
    if (idmpInUse(meta)) this.context.needs('stream-idmp')
  }

  end(): void {
    this.closeTo('groups')
    this.context.out.close(this.groups)
  }

  private writeId(id: StreamId): void {
    this.context.out.count64(id.ms)
    this.context.out.count64(id.seq)
  }

  private openPart(part: Part): void {
    this.context.out.open()
    this.part = part
  }

  private toConsumers(): void {
    if (this.part === 'owned' || this.part === 'nacked') this.context.out.close(this.owneds)
    else {
      this.context.out.close(this.pendings)
      this.context.out.open()
      this.consumers = 0
    }
    this.part = 'consumers'
  }

  /** Close the parts inside a group. A group without consumers still has a count of them. */
  private closeTo(part: Part): void {
    if (this.part === part) return
    this.toConsumers()
    this.context.out.close(this.consumers)
    this.part = part
  }
}
