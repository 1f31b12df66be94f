/**
 * Hashes without field expiries:
 *
 *     HASH_LISTPACK     string(listpack)      (field, value)*, up to 512 of up to 64 bytes each
 *     HASH_ZIPLIST      string(ziplist)       the same, before RDB 10
 *     HASH              count (field value)*
 *
 * and with them:
 *
 *     HASH_LISTPACK_EX  min i64le string(listpack)      Redis: (field, value, ms or 0)*, by ms, those without one last
 *     HASH_METADATA     min i64le count (ttl field value)*     Redis: ttl = ms - min + 1, 0 for none
 *     HASH_2            count (field value ms i64le)*          Valkey: -1 for none
 *
 * A hash that may have expiries is buffered, since its type depends on them. Past BUFFER_LIMIT it is written as one that has.
 * Source: rdbSaveObject() in rdb.c of Redis 7.4 and of Valkey 9.
 */
import {Elements} from '../packed/elements.ts'
import type {PackedEncoder} from '../packed/encoder.ts'
import {ListpackEncoder} from '../packed/listpack.ts'
import {ZiplistEncoder} from '../packed/ziplist.ts'
import {supports} from './features.ts'
import {RdbType} from './types.ts'
import {BUFFER_LIMIT, LIMITS, type WriteContext} from './write-context.ts'

/** Types of the input that hold no field expiries, in any dialect. */
const WITHOUT_EXPIRY: readonly number[] = [
  RdbType.HASH,
  RdbType.HASH_ZIPMAP,
  RdbType.HASH_ZIPLIST,
  RdbType.HASH_LISTPACK,
]
const NONE = -1
/** EB_EXPIRE_TIME_MAX in ebuckets.h. */
const REDIS_MAX_MS = 2 ** 48 - 1
/** Base of expiries when the smallest is not known yet: any base that is not above them does. */
const OPEN_BASE = 1

/** What is written as it comes, without a buffer. */
type Streamed = 'no' | 'plain' | 'expiring'

export class HashWriter {
  private readonly context: WriteContext
  private readonly elements = new Elements()
  private readonly packed: PackedEncoder
  private readonly redis: boolean
  private readonly holdsExpiry: boolean
  private expiries = new Float64Array(64)
  private expiring = 0
  private count = -1
  private mayExpire = false
  private streamed: Streamed = 'no'
  private written = 0

  constructor(context: WriteContext) {
    this.context = context
    this.redis = context.target.dialect === 'redis'
    this.holdsExpiry = supports(context.target, 'hash-field-ttl')
    this.packed = context.target.version >= 10 ? new ListpackEncoder() : new ZiplistEncoder()
  }

  begin(type: number, count: number): void {
    this.elements.clear()
    this.expiring = 0
    this.count = count
    this.mayExpire = this.holdsExpiry && !WITHOUT_EXPIRY.includes(type)
    this.streamed = 'no'
    this.written = 0
  }

  field(memory: Uint8Array, start: number, end: number): void {
    const {elements} = this
    if (this.streamed === 'expiring') this.writeExpiring(OPEN_BASE)
    if (this.streamed === 'no' && !this.fits(end - start)) this.startStream()
    if (this.streamed === 'plain') this.context.strings.write(memory, start, end)
    else elements.push(memory, start, end)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    if (this.streamed === 'no' && !this.fits(end - start)) this.startStream()
    if (this.streamed === 'plain') {
      this.context.strings.write(memory, start, end)
      this.written++
      return
    }
    this.elements.push(memory, start, end)
    this.setExpiry(NONE)
  }

  fieldExpiry(expiresAtMs: number): void {
    if (!this.context.needs('hash-field-ttl')) return
    if (expiresAtMs > REDIS_MAX_MS && !this.context.needs('far-hash-field-ttl')) return
    this.expiring++
    this.setExpiry(Math.max(expiresAtMs, 1))
  }

  end(): void {
    if (this.streamed === 'no') this.writeBuffered()
    else {
      if (this.streamed === 'expiring') this.writeExpiring(OPEN_BASE)
      if (this.count < 0) this.context.out.close(this.written)
    }
  }

  private setExpiry(ms: number): void {
    const pair = (this.elements.count >> 1) - 1
    if (pair >= this.expiries.length) {
      const expiries = new Float64Array(this.expiries.length * 2)
      expiries.set(this.expiries)
      this.expiries = expiries
    }
    this.expiries[pair] = ms
  }

  private compact(pairs: number, longest: number): boolean {
    return pairs <= LIMITS.hashEntries && longest <= LIMITS.hashBytes
  }

  /** Whether to keep one more field or value, of `length` bytes, until the end. */
  private fits(length: number): boolean {
    const {elements} = this
    if (this.mayExpire) return elements.data.length + length <= BUFFER_LIMIT
    const pairs = Math.max(this.count, (elements.count >> 1) + 1)
    return this.compact(pairs, Math.max(elements.longest, length))
  }

  /** Write what is kept, and from now on what comes. Kept may end with a field whose value is still to come. */
  private startStream(): void {
    const {context, elements} = this
    this.streamed = this.mayExpire ? 'expiring' : 'plain'
    this.writeHead(this.mayExpire, OPEN_BASE, this.count)
    if (this.mayExpire) {
      this.writeExpiring(OPEN_BASE)
      return
    }
    for (let i = 0; i < elements.count; i++) {
      context.strings.write(elements.bytes, elements.start(i), elements.end(i))
    }
    this.written = elements.count >> 1
    elements.clear()
  }

  private writeHead(expiring: boolean, base: number, count: number): void {
    const {context} = this
    if (!expiring) context.head(RdbType.HASH)
    else if (this.redis) {
      context.head(RdbType.HASH_METADATA)
      context.out.ms(base)
    } else context.head(RdbType.HASH_2)
    if (count < 0) context.out.open()
    else context.out.count(count)
  }

  /** Write the kept pairs with their expiries; keep a field that has no value yet. */
  private writeExpiring(base: number): void {
    const {context, elements} = this
    const pairs = elements.count >> 1
    for (let pair = 0; pair < pairs; pair++) {
      const ms = this.expiries[pair]
      if (this.redis) context.out.count(ms === NONE ? 0 : ms - base + 1)
      this.writePair(pair)
      if (!this.redis) context.out.ms(ms)
    }
    this.written += pairs
    if (elements.count === pairs * 2) elements.clear()
    else this.keepLast()
  }

  private keepLast(): void {
    const {elements} = this
    const last = elements.count - 1
    const field = elements.bytes.slice(elements.start(last), elements.end(last))
    elements.clear()
    elements.push(field, 0, field.length)
  }

  private writePair(pair: number): void {
    const {context, elements} = this
    for (let i = pair * 2; i < pair * 2 + 2; i++) {
      context.strings.write(elements.bytes, elements.start(i), elements.end(i))
    }
  }

  private writeBuffered(): void {
    const {elements} = this
    const pairs = elements.count >> 1
    if (pairs === 0) return
    const compact = this.compact(pairs, elements.longest)
    if (this.expiring > 0 && compact && this.redis) this.writePackedExpiring(pairs)
    else if (this.expiring > 0) {
      const base = this.smallestExpiry(pairs)
      this.writeHead(true, base, pairs)
      this.writeExpiring(base)
    } else if (compact) this.writePacked(pairs)
    else {
      this.writeHead(false, OPEN_BASE, pairs)
      for (let pair = 0; pair < pairs; pair++) this.writePair(pair)
    }
  }

  private writePacked(pairs: number): void {
    const {context, packed} = this
    packed.reset()
    for (let pair = 0; pair < pairs; pair++) this.packPair(pair)
    packed.finish()
    context.head(context.target.version >= 10 ? RdbType.HASH_LISTPACK : RdbType.HASH_ZIPLIST)
    context.strings.write(packed.out.bytes, 0, packed.out.length)
  }

  private writePackedExpiring(pairs: number): void {
    const {context, expiries} = this
    const listpack = this.packed as ListpackEncoder
    const rank = (pair: number) => (expiries[pair] === NONE ? Infinity : expiries[pair])
    const order = Uint32Array.from({length: pairs}, (_, i) => i)
    order.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)))
    listpack.reset()
    for (const pair of order) {
      this.packPair(pair)
      const ms = expiries[pair] === NONE ? 0 : expiries[pair]
      const hi = Math.floor(ms / 2 ** 32)
      listpack.appendInt64({lo: ms - hi * 2 ** 32, hi})
    }
    listpack.finish()
    context.head(RdbType.HASH_LISTPACK_EX)
    context.out.ms(expiries[order[0]])
    context.strings.write(listpack.out.bytes, 0, listpack.out.length)
  }

  private packPair(pair: number): void {
    const {elements, packed} = this
    for (let i = pair * 2; i < pair * 2 + 2; i++) {
      packed.append(elements.bytes, elements.start(i), elements.end(i))
    }
  }

  private smallestExpiry(pairs: number): number {
    let smallest = Infinity
    for (const ms of this.expiries.subarray(0, pairs)) {
      if (ms !== NONE && ms < smallest) smallest = ms
    }
    return smallest
  }
}
