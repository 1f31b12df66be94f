import {Elements} from '../../formats/packed/elements.ts'
import {completeMeta, groupEntriesRead} from '../../formats/rdb/stream-counters.ts'
import type {LogicalType} from '../../formats/rdb/types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta} from '../../formats/rdb/visitor.ts'
import type {Database} from '../database.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, setValue} from './kinds.ts'
import type {ValueLoader} from './ops.ts'
import {
  ADDED,
  appendEntry,
  firstId,
  GIVEN_ID,
  LAST_ID,
  MAX_DELETED_ID,
  Stream,
} from './stream-data.ts'
import {
  addConsumer,
  addPending,
  type Consumer,
  findName,
  type Group,
  newGroup,
  setOwner,
} from './stream-group.ts'
import {putBig, putStreamId, readIdBytes, streamId} from './stream-id.ts'
import {newIdmp, type Producer, producerOf} from './stream-idmp.ts'
import {type Pairs, textBytes} from './stream-node.ts'
import {DELIVERIES, TIME} from './stream-pel.ts'
import {takeNode} from './stream-take.ts'

type Memory = Uint8Array

/** Builds a stream as if its entries were added one after the other, unless whole nodes are given. */
export class StreamLoader extends IgnoringVisitor implements ValueLoader {
  private stream = new Stream()
  private type = 0
  private inEntry = false
  private readonly parts = new Elements()
  private pairs: Pairs = {
    memory: this.parts.bytes,
    starts: new Uint32Array(64),
    ends: new Uint32Array(64),
  }
  private meta: StreamMeta | null = null
  private latest: Group | null = null
  private consumerAtHand: Consumer | null = null
  private producerAtHand: Producer | null = null
  private readonly id = new Uint32Array(4)

  override begin(_logical: LogicalType, type: number): void {
    this.stream = new Stream()
    this.type = type
    this.inEntry = false
  }

  /**
   * Take over a whole node that was checked: its id at `idStart`, its listpack from `start` to `end`. False when a server would
   * not have written it so: then its entries are to be given one by one.
   */
  streamNode(memory: Memory, idStart: number, start: number, end: number): boolean {
    this.closeEntry()
    return takeNode(this.stream, memory, idStart, start, end)
  }

  override entry(memory: Memory, idStart: number): void {
    this.closeEntry()
    this.inEntry = true
    readIdBytes(memory, idStart, this.stream.words, GIVEN_ID)
    this.parts.clear()
  }

  override field(memory: Memory, start: number, end: number): void {
    this.parts.push(memory, start, end)
  }

  override value(memory: Memory, start: number, end: number): void {
    this.parts.push(memory, start, end)
  }

  override streamEnd(stored: StreamMeta): void {
    this.closeEntry()
    const {stream, id, type} = this
    const {words} = stream
    firstId(stream, id, 0)
    const meta = completeMeta(stored, type, BigInt(stream.length), streamId(id, 0))
    putStreamId(meta.lastId, words, LAST_ID)
    putStreamId(meta.maxDeletedId, words, MAX_DELETED_ID)
    putBig(meta.entriesAdded, words, ADDED)
    this.meta = meta
  }

  override group(memory: Memory, start: number, end: number, group: GroupMeta): void {
    const {groups} = this.stream
    const place = findName(groups, memory, start, end)
    const lastId = new Uint32Array(4)
    putStreamId(group.lastId, lastId, 0)
    const read = this.meta ? groupEntriesRead(group, this.type, this.meta) : group.entriesRead
    this.latest = newGroup(memory.slice(start, end), lastId, read)
    if (place < 0) groups.splice(~place, 0, this.latest)
    else groups[place] = this.latest
  }

  override pending(memory: Memory, idStart: number, timeMs: bigint, deliveries: bigint): void {
    const {id, latest} = this
    readIdBytes(memory, idStart, id, 0)
    if (latest === null || latest.pel.seek(id, 0)) return
    addPending(latest, id, 0)
    const {words, at} = latest.pel
    putBig(BigInt.asUintN(64, timeMs), words, at + TIME)
    putBig(deliveries, words, at + DELIVERIES)
  }

  override consumer(
    memory: Memory,
    start: number,
    end: number,
    seen: bigint,
    active: bigint,
  ): void {
    const {latest} = this
    if (latest === null) return
    const place = findName(latest.consumers, memory, start, end)
    this.consumerAtHand =
      place >= 0
        ? latest.consumers[place]
        : addConsumer(latest, place, memory.slice(start, end), seen)
    this.consumerAtHand.activeMs = active
  }

  override owned(memory: Memory, idStart: number): void {
    this.own(memory, idStart, this.consumerAtHand)
  }

  override nacked(memory: Memory, idStart: number): void {
    this.own(memory, idStart, null)
  }

  override producer(memory: Memory, start: number, end: number): void {
    this.stream.idmp ??= newIdmp()
    this.producerAtHand = producerOf(this.stream.idmp, memory.slice(start, end))
  }

  override iid(memory: Memory, start: number, end: number, ms: bigint, seq: bigint): void {
    this.producerAtHand?.iids.push({iid: memory.slice(start, end), ms, seq})
  }

  override idmp(meta: IdmpMeta): void {
    this.stream.idmp = {...(this.stream.idmp ?? newIdmp()), ...meta}
  }

  into(db: Database, entry: number): number {
    setValue(db.keyspace, entry, Kind.STREAM, db.keyspace.addObject(this.stream))
    return entry
  }

  private own(memory: Memory, idStart: number, owner: Consumer | null): void {
    const {id, latest} = this
    readIdBytes(memory, idStart, id, 0)
    if (latest?.pel.seek(id, 0)) setOwner(latest, owner)
  }

  private closeEntry(): void {
    if (!this.inEntry) return
    this.inEntry = false
    const {parts, pairs} = this
    const {count} = parts
    if (count > pairs.starts.length) {
      pairs.starts = new Uint32Array(count * 2)
      pairs.ends = new Uint32Array(count * 2)
    }
    pairs.memory = parts.bytes
    for (let i = 0; i < count; i++) {
      pairs.starts[i] = parts.start(i)
      pairs.ends[i] = parts.end(i)
    }
    appendEntry(this.stream, pairs, 0, count, textBytes(pairs, 0, count))
  }
}
