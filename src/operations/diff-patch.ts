/**
 * Writes the commands that turn A into B. Hashes, sets and sorted sets that are on both sides are changed element by element; what
 * is new comes before what goes, so that no collection is empty in between and gone with its expiry. All else is written whole.
 */
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import type {Entry} from '../formats/entry.ts'
import {FEATURES, type Feature, UnsupportedByTarget} from '../formats/rdb/features.ts'
import {LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import {TeeVisitor} from '../formats/rdb/tee-visitor.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import type {Holder} from './convert-plan.ts'
import {unpackElement} from './diff-elements.ts'
import type {PatchProof} from './diff-proof.ts'
import type {Change} from './diff-reports.ts'
import {FeatureVisitor} from './feature-visitor.ts'

/** AOF_REWRITE_ITEMS_PER_CMD in server.h. */
const BATCH_ITEMS = 64
const BATCH_BYTES = 1 << 24

const ADDS: Partial<Record<LogicalType, string>> = {hash: 'HSET', set: 'SADD', zset: 'ZADD'}
const REMOVES: Partial<Record<LogicalType, string>> = {hash: 'HDEL', set: 'SREM', zset: 'ZREM'}

export class DiffPatch {
  private readonly rewriter: AofRewriter
  private readonly holder: Holder
  private readonly features = new FeatureVisitor(true)
  private readonly whole_: ValueVisitor
  private readonly lost: ReadonlySet<Feature>
  private readonly proof: PatchProof | null
  private db = -1
  private logical: LogicalType = 'string'
  private command = ''
  private items = 0
  private written: Entry | null = null

  constructor(sink: Sink, holder: Holder, lost: ReadonlySet<Feature>, proof: PatchProof | null) {
    this.rewriter = new AofRewriter(sink, {...holder.target, drop: lost})
    this.holder = holder
    this.lost = lost
    this.proof = proof
    // The writer gives the same visitor every time.
    const nobody = {memory: new Uint8Array(0), keyStart: 0, keyEnd: 0, expiresAtMs: null}
    const writer = this.rewriter.beginEntry(nobody)
    this.whole_ = new TeeVisitor(this.features, new LossyVisitor(writer, lost, 'ignored'))
  }

  /** Values of this type are changed in place. */
  byElements(logical: LogicalType): boolean {
    return ADDS[logical] !== undefined
  }

  /** Entries of B follow, which lie in `memory`. */
  begin(memory: HashMemory): void {
    this.proof?.begin(memory)
  }

  end(): void {
    this.proof?.end()
  }

  library(change: Change, name: string, before?: Uint8Array, code?: Uint8Array): void {
    const {rewriter} = this
    const {record} = rewriter
    if (!rewriter.needs('functions')) return
    if (code === undefined) record.addTexts('FUNCTION', 'DELETE', name)
    else {
      record.addTexts('FUNCTION', 'LOAD')
      if (change === 'changed') record.addText('REPLACE')
      record.add(code, 0, code.length)
    }
    record.end()
    this.proof?.library(before, code)
  }

  /** Where the proof needs the value that the key has in A: who takes it. */
  before(entry: Entry): ValueVisitor | null {
    return this.proof?.before(entry, this.byElements(entry.logical)) ?? null
  }

  remove(entry: Entry): void {
    this.proof?.before(entry, false)
    this.key(entry)
    this.plain('DEL')
  }

  /** Write an entry of B, in place of the one in A if there is any. Its value goes to the visitor; then `endWhole`. */
  whole(entry: Entry, exists: boolean): ValueVisitor {
    this.key(entry)
    // SET takes the place of whatever there is.
    if (exists && entry.logical !== 'string') this.plain('DEL')
    this.rewriter.beginEntry(entry)
    this.written = entry
    const proof = this.proof?.value(entry)
    return proof ? new TeeVisitor(this.whole_, proof) : this.whole_
  }

  endWhole(): void {
    const {written, features, holder} = this
    if (written === null) return
    this.written = null
    this.proof?.endValue()
    for (const feature of features.found) {
      if (FEATURES[feature].weight === 'detail' || holder.holds(feature)) continue
      if (this.lost.has(feature)) continue
      const {memory, keyStart, keyEnd} = written
      throw new UnsupportedByTarget(feature, holder.target, memory.slice(keyStart, keyEnd))
    }
  }

  /** Elements of an entry of B follow; its value goes to the visitor, if there is one. Then `endElements`. */
  elements(entry: Entry): ValueVisitor | null {
    this.key(entry)
    this.logical = entry.logical
    return this.proof?.value(entry) ?? null
  }

  /** `content` is what B has, null for nothing. Removed ones come last. */
  element(_change: Change, name: string, content: string | null): void {
    const {logical, rewriter} = this
    const {
      name: [member],
      items: [value],
      expiresAtMs,
    } = unpackElement(name, content ?? '|')
    if (content === null) return this.item(REMOVES[logical]!, member)
    if (
      expiresAtMs !== null &&
      rewriter.needs(logical === 'hash' ? 'hash-field-ttl' : 'member-ttl')
    ) {
      return this.expiringField(member, value, expiresAtMs)
    }
    if (logical === 'set') this.item('SADD', member)
    else if (logical === 'zset') this.item('ZADD', value, member)
    else this.item('HSET', member, value)
  }

  /** `aExpiresAtMs` is what the key has in A. */
  endElements(entry: Entry, aExpiresAtMs: number | null): void {
    this.close()
    this.proof?.endValue()
    this.expiry(entry, aExpiresAtMs)
  }

  /** Only the expiry is another one. */
  expire(entry: Entry, aExpiresAtMs: number | null): void {
    this.proof?.expiry(entry, aExpiresAtMs)
    this.key(entry)
    this.expiry(entry, aExpiresAtMs)
  }

  private expiry({expiresAtMs}: Entry, aExpiresAtMs: number | null): void {
    if (expiresAtMs === aExpiresAtMs) return
    if (expiresAtMs === null) return this.plain('PERSIST')
    this.item('PEXPIREAT', String(expiresAtMs))
    this.close()
  }

  /** Redis takes the expiry of a field away when it sets the field. */
  private expiringField(field: string, value: string, expiresAtMs: number): void {
    const {rewriter} = this
    const ms = String(expiresAtMs)
    this.close()
    if (rewriter.target.dialect === 'valkey') {
      this.item('HSETEX', 'PXAT', ms, 'FIELDS', '1', field, value)
    } else {
      this.item('HSET', field, value)
      this.close()
      this.item('HPEXPIREAT', ms, 'FIELDS', '1', field)
    }
    this.close()
  }

  private key({db, memory, keyStart, keyEnd}: Entry): void {
    const {rewriter} = this
    if (db !== this.db) rewriter.selectDb(db)
    this.db = db
    rewriter.key.clear()
    rewriter.key.append(memory, keyStart, keyEnd)
  }

  private plain(command: string): void {
    this.item(command)
    this.close()
  }

  private item(command: string, ...args: readonly string[]): void {
    const {rewriter} = this
    const full = this.items >= BATCH_ITEMS || rewriter.record.size > BATCH_BYTES
    if (full || command !== this.command) this.close()
    if (this.items++ === 0) rewriter.command(command)
    this.command = command
    rewriter.record.addTexts(...args)
  }

  private close(): void {
    if (this.items > 0) this.rewriter.record.end()
    this.items = 0
    this.command = ''
  }
}
