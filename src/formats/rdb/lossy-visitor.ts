/**
 * Shows values without what a target cannot hold, as they will be read from it. Writer and digest see a value through the same one,
 * so that what was announced is lost and nothing else.
 */
import type {KernelMemory} from '../bytes/areas.ts'
import type {Feature} from './features.ts'
import {LiveIds} from './live-ids.ts'
import {isVectorSet} from './module.ts'
import {PassingVisitor} from './passing-visitor.ts'
import {completeMeta} from './stream-counters.ts'
import {type LogicalType, RdbType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from './visitor.ts'

/** Redis keeps no later expiry of a field: EB_EXPIRE_TIME_MAX in ebuckets.h. */
export const FAR_MS = 2 ** 48 - 1
/** Who gets the pending entries without a consumer, where those cannot be. */
const FOUND_CONSUMER = Uint8Array.from('unowned', (letter) => letter.charCodeAt(0))

/** What reads it makes up counters for a stream that has none; or they are left out, where nothing can be said of them. */
export type Counters = 'made-up' | 'ignored'

export class LossyVisitor extends PassingVisitor {
  /** The value at hand is itself what the target cannot hold. */
  losesValue = false
  private readonly lost: ReadonlySet<Feature>
  private readonly counters: Counters
  private readonly memory: KernelMemory | null
  private readonly live = new LiveIds()
  private logical: LogicalType = 'string'
  private hasFound = false

  /** Without `memory` to work in, streams may have to be given entry by entry. */
  constructor(
    to: ValueVisitor,
    lost: ReadonlySet<Feature>,
    counters: Counters,
    memory: KernelMemory | null = null,
  ) {
    super(to)
    this.lost = lost
    this.counters = counters
    this.memory = memory
  }

  override begin(logical: LogicalType, type: number, count: number): void {
    this.logical = logical
    this.losesValue = false
    const shown =
      logical === 'stream' && this.lost.has('stream-counters') ? this.streamType() : type
    this.live.clear()
    this.to.begin(logical, shown, count)
  }

  override moduleId(id: bigint): void {
    this.losesValue = this.lost.has('vector-sets') && isVectorSet(id)
    this.to.moduleId(id)
  }

  override fieldExpiry(expiresAtMs: number): void {
    const {lost} = this
    if (lost.has(this.logical === 'hash' ? 'hash-field-ttl' : 'member-ttl')) return
    if (expiresAtMs > FAR_MS && lost.has('far-hash-field-ttl')) return
    this.to.fieldExpiry(expiresAtMs)
  }

  override entry(memory: Uint8Array, idStart: number): void {
    if (this.lost.has('stream-deleted-pending')) this.live.add(memory, idStart)
    this.to.entry(memory, idStart)
  }

  streamNode(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    const needsIds = this.lost.has('stream-deleted-pending')
    if (needsIds && this.memory === null) return false
    if (!this.to.streamNode?.(memory, idStart, start, end)) return false
    if (needsIds) this.live.addNode(this.memory!, memory, idStart, start, end)
    return true
  }

  override streamEnd(meta: StreamMeta): void {
    if (!this.lost.has('stream-counters')) return this.to.streamEnd(meta)
    const {length, firstId} = meta
    const shown = completeMeta(meta, RdbType.STREAM_LISTPACKS, length, firstId)
    this.to.streamEnd(this.counters === 'made-up' ? shown : {...shown, entriesAdded: 0n})
  }

  override group(memory: Uint8Array, start: number, end: number, meta: GroupMeta): void {
    this.hasFound = false
    const ignored = this.lost.has('stream-counters') && this.counters === 'ignored'
    this.to.group(memory, start, end, ignored ? {...meta, entriesRead: -1n} : meta)
  }

  override pending(memory: Uint8Array, idStart: number, timeMs: bigint, count: bigint): void {
    if (this.holds(memory, idStart)) this.to.pending(memory, idStart, timeMs, count)
  }

  override owned(memory: Uint8Array, idStart: number): void {
    if (this.holds(memory, idStart)) this.to.owned(memory, idStart)
  }

  override nacked(memory: Uint8Array, idStart: number): void {
    if (!this.holds(memory, idStart)) return
    if (!this.lost.has('stream-nacks')) return this.to.nacked(memory, idStart)
    if (!this.hasFound) this.to.consumer(FOUND_CONSUMER, 0, FOUND_CONSUMER.length, 0n, -1n)
    this.hasFound = true
    this.to.owned(memory, idStart)
  }

  override idmp(meta: IdmpMeta): void {
    if (!this.lost.has('stream-idmp')) this.to.idmp(meta)
  }

  override producer(memory: Uint8Array, start: number, end: number, count: number): void {
    if (!this.lost.has('stream-idmp')) this.to.producer(memory, start, end, count)
  }

  override iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    if (!this.lost.has('stream-idmp')) this.to.iid(memory, start, end, ms, seq)
  }

  /** One with counters keeps what is said of them; one without has them made up. */
  private streamType(): number {
    return this.counters === 'made-up' ? RdbType.STREAM_LISTPACKS : RdbType.STREAM_LISTPACKS_2
  }

  private holds(memory: Uint8Array, idStart: number): boolean {
    return !this.lost.has('stream-deleted-pending') || this.live.has(memory, idStart)
  }
}
