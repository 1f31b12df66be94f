import {IgnoringVisitor} from '../engine/values/ignoring.ts'
import type {KernelMemory} from '../formats/bytes/areas.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {LiveIds} from '../formats/rdb/live-ids.ts'
import {FAR_MS} from '../formats/rdb/lossy-visitor.ts'
import {isVectorSet} from '../formats/rdb/module.ts'
import {COUNTERS_SINCE, idmpInUse} from '../formats/rdb/stream-counters.ts'
import {type LogicalType, RdbType} from '../formats/rdb/types.ts'
import type {IdmpMeta} from '../formats/rdb/visitor.ts'

const ACTIVITY_SINCE: number = RdbType.STREAM_LISTPACKS_3

/** Finds out which features a value uses that not every target has. */
export class FeatureVisitor extends IgnoringVisitor {
  readonly found = new Set<Feature>()
  private readonly live = new LiveIds()
  private readonly looksForDeleted: boolean
  private readonly memory: KernelMemory | null
  private logical: LogicalType = 'string'
  private type = 0
  private readonly longest: number
  private length = 0

  /** To find pending entries of deleted messages, the ids of a stream have to be kept; in nodes, where there is `memory` to work in. */
  constructor(
    looksForDeleted: boolean,
    longest = Number.POSITIVE_INFINITY,
    memory: KernelMemory | null = null,
  ) {
    super()
    this.memory = memory
    this.looksForDeleted = looksForDeleted
    this.longest = longest
  }

  override begin(logical: LogicalType, type: number): void {
    this.found.clear()
    this.length = 0
    this.live.clear()
    this.logical = logical
    this.type = type
    if (logical === 'stream') this.found.add('streams')
    else if (logical === 'module') this.found.add('modules')
    else if (logical === 'array') this.found.add('arrays')
  }

  override piece(_memory: Uint8Array, start: number, end: number): void {
    this.length += end - start
    this.measure(this.length)
  }

  override member(_memory: Uint8Array, start: number, end: number): void {
    this.measure(end - start)
  }

  override field(_memory: Uint8Array, start: number, end: number): void {
    this.measure(end - start)
  }

  override value(_memory: Uint8Array, start: number, end: number): void {
    this.measure(end - start)
  }

  override fieldExpiry(expiresAtMs: number): void {
    this.found.add(this.logical === 'hash' ? 'hash-field-ttl' : 'member-ttl')
    if (this.logical === 'hash' && expiresAtMs > FAR_MS) this.found.add('far-hash-field-ttl')
  }

  override entry(memory: Uint8Array, idStart: number): void {
    if (this.looksForDeleted) this.live.add(memory, idStart)
  }

  streamNode(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    if (end - start > this.longest) return false
    if (!this.looksForDeleted) return true
    if (this.memory === null) return false
    this.live.addNode(this.memory, memory, idStart, start, end)
    return true
  }

  override streamEnd(): void {
    if (this.type >= COUNTERS_SINCE) this.found.add('stream-counters')
  }

  override pending(memory: Uint8Array, idStart: number): void {
    if (!this.looksForDeleted || this.live.has(memory, idStart)) return
    this.found.add('stream-deleted-pending')
  }

  override consumer(): void {
    if (this.type >= ACTIVITY_SINCE) this.found.add('consumer-activity')
  }

  override nacked(): void {
    this.found.add('stream-nacks')
  }

  override moduleId(id: bigint): void {
    if (isVectorSet(id)) this.found.add('vector-sets')
  }

  override producer(): void {
    this.found.add('stream-idmp')
  }

  override idmp(meta: IdmpMeta): void {
    if (idmpInUse(meta)) this.found.add('stream-idmp')
  }

  private measure(length: number): void {
    if (length > this.longest) this.found.add('long-strings')
  }
}
