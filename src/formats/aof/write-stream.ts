/**
 * A stream as commands: XADD per entry, XSETID, then per group XGROUP CREATE and per consumer XGROUP CREATECONSUMER or, with
 * pending entries, XCLAIM of each. Servers keep a pending entry only while its message is in the stream: those of deleted messages
 * are lost in this form, and so is when a consumer was last seen.
 * Source: rewriteStreamObject() in aof.c.
 */
import {AREA_OUT} from '../bytes/areas.ts'
import {REG_OUT, REGISTERS, STREAM_IDS_MAX, TRANSLATED_RECORD_MAX} from '../kernel/layout.ts'
import {Elements} from '../packed/elements.ts'
import {compareSpans, Growable} from '../packed/growable.ts'
import {COUNTERS_SINCE, completeMeta, groupEntriesRead, idmpInUse} from '../rdb/stream-counters.ts'
import type {GroupMeta, IdmpMeta, StreamId, StreamMeta} from '../rdb/visitor.ts'
import type {AofRewriter} from './rewriter.ts'

/** RDB version of the servers that know ENTRIESADDED, MAXDELETEDID and ENTRIESREAD. */
export const COUNTERS_VERSION = 10
const ID_BYTES = 16
/** What a kernel writes of a stream at a time: one entry of a node, or of a key, no longer than this fits in any case. */
const OUT_BYTES = 0x100000
const NODE_BYTES = 0x8000
/** A kernel reads no longer record back; see digest-streams.ts. */
const RECORD_MAX = TRANSLATED_RECORD_MAX - 64
const COUNT_MAX = 2n ** 63n

export class AofStreamWriter {
  private readonly rewriter: AofRewriter
  private readonly groupName = new Growable()
  private readonly consumerName = new Growable()
  /** Pending entries of the group; the same places in `times` and `counts` belong to them. */
  private readonly ids = new Elements()
  private readonly times: bigint[] = []
  private readonly counts: bigint[] = []
  private sorted = true
  private order: Uint32Array | null = null
  private entries = 0
  private firstId: StreamId = {ms: 0n, seq: 0n}
  private meta: StreamMeta | null = null
  private sourceType = 0
  /** A consumer was given, and none of its entries yet. */
  private bareConsumer = false
  /** There are commands that a kernel does not read back. */
  isOdd = false

  constructor(rewriter: AofRewriter) {
    this.rewriter = rewriter
  }

  begin(type: number): void {
    this.sourceType = type
    this.entries = 0
    this.firstId = {ms: 0n, seq: 0n}
    this.bareConsumer = false
    this.isOdd = false
  }

  entry(memory: Uint8Array, idStart: number): void {
    const {record} = this.rewriter
    this.endRecord()
    if (this.entries++ === 0) this.firstId = readId(memory, idStart)
    this.rewriter.command('XADD')
    record.addText(idText(readId(memory, idStart)))
  }

  /** A whole node in place of its entries; false where they are to come one by one. */
  node(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    const {rewriter} = this
    const {key, memory: c} = rewriter
    if (memory !== c?.memory || end - start > NODE_BYTES || key.length > NODE_BYTES) return false
    this.endRecord()
    const isFirst = this.entries === 0
    const out = c.area(AREA_OUT, OUT_BYTES)
    const from = out + key.length
    c.memory.set(key.bytes.subarray(0, key.length), out)
    const view = new DataView(c.memory.buffer)
    const node = [start, end, idStart] as const
    for (let done = 0; ; ) {
      const until = c.kernel.streamNodeCommands(...node, out, from, done, from, out + OUT_BYTES)
      rewriter.raw(c.memory, from, view.getUint32(REGISTERS + REG_OUT, true))
      if (until === done) break
      this.entries += until - done
      done = until
    }
    if (isFirst && this.entries > 0) {
      c.kernel.streamNodeIds(...node, from)
      this.firstId = readId(c.memory, from)
    }
    return true
  }

  fieldOrValue(memory: Uint8Array, start: number, end: number): void {
    this.rewriter.record.add(memory, start, end)
  }

  streamEnd(stored: StreamMeta): void {
    const {rewriter} = this
    const {record} = rewriter
    this.endRecord()
    this.meta = completeMeta(stored, this.sourceType, BigInt(this.entries), this.firstId)
    const {entriesAdded} = this.meta
    this.isOdd ||= this.entries === 0 || entriesAdded >= COUNT_MAX
    if (this.entries === 0) {
      // There is no command for an empty stream, but an entry that is trimmed at once leaves one.
      rewriter.command('XADD')
      record.addTexts('MAXLEN', '0', '0-1', 'x', 'y')
      record.end()
    }
    rewriter.command('XSETID')
    record.addText(idText(stored.lastId))
    if (this.hasCounters) {
      record.addTexts('ENTRIESADDED', String(entriesAdded))
      record.addTexts('MAXDELETEDID', idText(this.meta.maxDeletedId))
    } else if (this.sourceType >= COUNTERS_SINCE) rewriter.needs('stream-counters')
    this.endRecord()
  }

  group(memory: Uint8Array, start: number, end: number, group: GroupMeta): void {
    const {record} = this.rewriter
    this.endConsumer()
    this.groupName.clear()
    this.groupName.append(memory, start, end)
    this.ids.clear()
    this.times.length = 0
    this.counts.length = 0
    this.sorted = true
    this.order = null
    this.groupCommand('CREATE')
    record.addText(idText(group.lastId))
    if (this.hasCounters) {
      const read = groupEntriesRead(group, this.sourceType, this.meta!)
      record.addTexts('ENTRIESREAD', String(read))
      this.isOdd ||= read < -1n || read > this.meta!.entriesAdded
    }
    this.endRecord()
  }

  pending(memory: Uint8Array, idStart: number, timeMs: bigint, deliveries: bigint): void {
    const {ids} = this
    ids.push(memory, idStart, idStart + ID_BYTES)
    this.times.push(timeMs)
    this.counts.push(deliveries)
    const last = ids.count - 1
    if (last > 0 && this.compare(last - 1, ids.bytes, ids.start(last)) > 0) this.sorted = false
  }

  consumer(memory: Uint8Array, start: number, end: number): void {
    this.endConsumer()
    this.consumerName.clear()
    this.consumerName.append(memory, start, end)
    this.bareConsumer = true
  }

  owned(memory: Uint8Array, idStart: number): void {
    const {rewriter, groupName, consumerName} = this
    const {record} = rewriter
    const at = this.find(memory, idStart)
    if (at < 0) return
    this.bareConsumer = false
    rewriter.command('XCLAIM')
    record.add(groupName.bytes, 0, groupName.length)
    record.add(consumerName.bytes, 0, consumerName.length)
    record.addTexts('0', idText(readId(memory, idStart)), 'TIME', String(this.times[at]))
    record.addTexts('RETRYCOUNT', String(this.counts[at]), 'JUSTID', 'FORCE')
    this.isOdd ||= this.entries > STREAM_IDS_MAX
    this.endRecord()
  }

  nacked(memory: Uint8Array, idStart: number): void {
    const {rewriter, groupName} = this
    const {record} = rewriter
    this.endConsumer()
    const at = this.find(memory, idStart)
    if (at < 0 || !rewriter.needs('stream-nacks')) return
    rewriter.command('XNACK')
    record.add(groupName.bytes, 0, groupName.length)
    record.addTexts('FAIL', 'IDS', '1', idText(readId(memory, idStart)))
    record.addTexts('RETRYCOUNT', String(this.counts[at]), 'FORCE')
    this.isOdd = true
    this.endRecord()
  }

  idmp(meta: IdmpMeta): void {
    if (idmpInUse(meta)) this.rewriter.needs('stream-idmp-commands')
  }

  end(): void {
    this.endConsumer()
  }

  private get hasCounters(): boolean {
    return this.rewriter.target.version >= COUNTERS_VERSION
  }

  private groupCommand(name: string): void {
    const {record, key} = this.rewriter
    record.addTexts('XGROUP', name)
    record.add(key.bytes, 0, key.length)
    record.add(this.groupName.bytes, 0, this.groupName.length)
  }

  /** A consumer that owns nothing gets no XCLAIM to make it. */
  private endConsumer(): void {
    if (!this.bareConsumer) return
    this.bareConsumer = false
    this.groupCommand('CREATECONSUMER')
    this.rewriter.record.add(this.consumerName.bytes, 0, this.consumerName.length)
    this.endRecord()
  }

  private endRecord(): void {
    const {record} = this.rewriter
    this.isOdd ||= record.size > RECORD_MAX
    record.end()
  }

  /** The place of an id among the pending ones, -1 when it is not there. */
  private find(memory: Uint8Array, idStart: number): number {
    this.order ??= this.sortedOrder()
    let low = 0
    let high = this.ids.count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const order = this.compare(this.order[middle], memory, idStart)
      if (order === 0) return this.order[middle]
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Servers write pending entries in order, but nothing makes them. */
  private sortedOrder(): Uint32Array {
    const {ids} = this
    const order = Uint32Array.from({length: ids.count}, (_, i) => i)
    return this.sorted ? order : order.sort((a, b) => this.compare(a, ids.bytes, ids.start(b)))
  }

  private compare(i: number, memory: Uint8Array, idStart: number): number {
    const {ids} = this
    return compareSpans(ids.bytes, ids.start(i), ids.end(i), memory, idStart, idStart + ID_BYTES)
  }
}

const idText = ({ms, seq}: StreamId): string => `${ms}-${seq}`

function readId(memory: Uint8Array, start: number): StreamId {
  const view = new DataView(memory.buffer, memory.byteOffset + start, ID_BYTES)
  return {ms: view.getBigUint64(0), seq: view.getBigUint64(8)}
}
