import {TRANSLATED_RECORD_MAX} from '../kernel/layout.ts'
import {Growable} from '../packed/growable.ts'
import type {Feature} from '../rdb/features.ts'
import type {LogicalType} from '../rdb/types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from '../rdb/visitor.ts'
import {scoreText} from '../rdb/write-score.ts'
import type {AofRewriter} from './rewriter.ts'
import {AofStreamWriter} from './write-stream.ts'

/** AOF_REWRITE_ITEMS_PER_CMD in server.h. */
const BATCH_ITEMS = 64
/** Pairs of an ARMSET. */
const ARRAY_BATCH_ITEMS = 32
/** A batch that grows past this ends early, so that memory stays bounded. Servers do not do this; the result is the same. */
const BATCH_BYTES = 1 << 24
/** A longer string is written with SET and then APPEND, for the same reason. */
const STRING_BYTES = 1 << 24

/** Types whose commands a kernel reads back, where no record and no score is longer than these. */
const PLAIN: readonly LogicalType[] = ['string', 'list', 'set', 'zset', 'hash', 'stream']
const RECORD_MAX = TRANSLATED_RECORD_MAX - 64
const PLAIN_SCORE = 20
/** Scores that a kernel tells by their seventeen digits, where these are printed; see score-printf.ts. */
const PRINTED_UNTIL = 10
const PRINTED_FROM = 2 ** -72
const PRINTED_BELOW = 2 ** 53

const NEEDS: Partial<Record<LogicalType, Feature>> = {
  stream: 'streams',
  module: 'module-commands',
  array: 'arrays',
}

/** Takes the values of all keys, one after the other. A collection without elements gives no command. */
export class AofValueWriter implements ValueVisitor {
  expiresAtMs: number | null = null
  private readonly rewriter: AofRewriter
  private readonly stream: AofStreamWriter
  /** A string so far, or a field whose value or expiry may still come. */
  private readonly kept = new Growable()
  private readonly keptValue = new Growable()
  /** Not only of the plain commands that a kernel reads back. */
  isOdd = false
  private logical: LogicalType = 'string'
  private ignored = false
  private items = 0
  private commands = 0
  private hasPair = false
  private insertIndex: bigint | null = null

  get hasCommands(): boolean {
    return this.commands > 0 && !this.ignored
  }

  constructor(rewriter: AofRewriter) {
    this.rewriter = rewriter
    this.stream = new AofStreamWriter(rewriter)
  }

  begin(logical: LogicalType, type: number): void {
    this.logical = logical
    this.items = 0
    this.commands = 0
    this.hasPair = false
    this.insertIndex = null
    this.kept.clear()
    this.isOdd = !PLAIN.includes(logical)
    const feature = NEEDS[logical]
    this.ignored = feature !== undefined && !this.rewriter.needs(feature)
    if (logical === 'stream' && !this.ignored) this.stream.begin(type)
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    if (this.ignored) return
    this.kept.append(memory, start, end)
    if (this.kept.length > STRING_BYTES) this.writeString()
  }

  member(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'zset') {
      this.kept.clear()
      this.kept.append(memory, start, end)
      return
    }
    this.item(this.logical === 'list' ? 'RPUSH' : 'SADD', BATCH_ITEMS)
    this.rewriter.record.add(memory, start, end)
  }

  score(score: number): void {
    const {record, target} = this.rewriter
    const text = scoreText(score, target.version)
    this.isOdd ||= !isRead(score, text, target.version)
    this.item('ZADD', BATCH_ITEMS)
    record.addText(text)
    record.add(this.kept.bytes, 0, this.kept.length)
  }

  field(memory: Uint8Array, start: number, end: number): void {
    if (this.ignored) return
    if (this.logical === 'stream') {
      this.stream.fieldOrValue(memory, start, end)
      return
    }
    this.flushPair()
    this.kept.clear()
    this.kept.append(memory, start, end)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    if (this.ignored) return
    if (this.logical === 'stream') this.stream.fieldOrValue(memory, start, end)
    else if (this.logical === 'array') this.rewriter.record.add(memory, start, end)
    else {
      this.keptValue.clear()
      this.keptValue.append(memory, start, end)
      this.hasPair = true
    }
  }

  fieldExpiry(expiresAtMs: number): void {
    const {rewriter} = this
    if (this.logical !== 'hash') {
      rewriter.needs('member-ttl')
      return
    }
    if (!rewriter.needs('hash-field-ttl')) return
    this.isOdd = true
    this.hasPair = false
    this.closeBatch()
    if (rewriter.target.dialect === 'valkey') {
      rewriter.command('HSETEX')
      rewriter.record.addTexts('PXAT', String(expiresAtMs), 'FIELDS', '1')
      this.addPair()
      rewriter.record.end()
    } else {
      rewriter.command('HMSET')
      this.addPair()
      rewriter.record.end()
      rewriter.command('HPEXPIREAT')
      rewriter.record.addTexts(String(expiresAtMs), 'FIELDS', '1')
      rewriter.record.add(this.kept.bytes, 0, this.kept.length)
      rewriter.record.end()
    }
    this.commands++
  }

  entry(memory: Uint8Array, idStart: number): void {
    if (!this.ignored) this.stream.entry(memory, idStart)
  }

  streamNode(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    return !this.ignored && this.stream.node(memory, idStart, start, end)
  }

  streamEnd(meta: StreamMeta): void {
    if (!this.ignored) this.stream.streamEnd(meta)
  }

  group(memory: Uint8Array, start: number, end: number, meta: GroupMeta): void {
    if (!this.ignored) this.stream.group(memory, start, end, meta)
  }

  pending(memory: Uint8Array, idStart: number, timeMs: bigint, deliveries: bigint): void {
    if (!this.ignored) this.stream.pending(memory, idStart, timeMs, deliveries)
  }

  consumer(memory: Uint8Array, start: number, end: number): void {
    if (!this.ignored) this.stream.consumer(memory, start, end)
  }

  owned(memory: Uint8Array, idStart: number): void {
    if (!this.ignored) this.stream.owned(memory, idStart)
  }

  nacked(memory: Uint8Array, idStart: number): void {
    if (!this.ignored) this.stream.nacked(memory, idStart)
  }

  idmp(meta: IdmpMeta): void {
    if (!this.ignored) this.stream.idmp(meta)
  }

  /** Producers and their ids go with `idmp`, which was refused or dropped. */
  producer(): void {}
  iid(): void {}

  arrayMeta(insertIndex: bigint | null): void {
    this.insertIndex = insertIndex
  }

  cell(index: bigint): void {
    if (this.ignored) return
    this.item('ARMSET', ARRAY_BATCH_ITEMS)
    this.rewriter.record.addText(String(index))
  }

  /** Modules are refused or dropped by `begin`. */
  moduleId(): void {}
  moduleItem(): void {}

  end(): void {
    if (this.ignored) return
    const {rewriter} = this
    if (this.logical === 'string') this.writeString()
    else if (this.logical === 'stream') {
      this.stream.end()
      this.isOdd = this.stream.isOdd
      this.commands++
    }
    this.flushPair()
    this.closeBatch()
    if (this.commands === 0) return
    if (this.logical === 'array' && this.insertIndex !== null) {
      rewriter.command('ARSEEK')
      rewriter.record.addText(String(this.insertIndex + 1n))
      rewriter.record.end()
    }
    if (this.expiresAtMs === null) return
    rewriter.command('PEXPIREAT')
    rewriter.record.addText(String(this.expiresAtMs))
    rewriter.record.end()
  }

  private writeString(): void {
    if (this.commands > 0 && this.kept.length === 0) return
    this.isOdd ||= this.commands > 0
    this.rewriter.command(this.commands++ === 0 ? 'SET' : 'APPEND')
    this.rewriter.record.add(this.kept.bytes, 0, this.kept.length)
    this.endRecord()
    this.kept.clear()
  }

  /** Make room for one more item in the running command, or begin one. */
  private item(command: string, most: number): void {
    if (this.items >= most || this.rewriter.record.size > BATCH_BYTES) this.closeBatch()
    if (this.items++ === 0) this.rewriter.command(command)
  }

  private closeBatch(): void {
    if (this.items === 0) return
    this.endRecord()
    this.items = 0
    this.commands++
  }

  private endRecord(): void {
    const {record} = this.rewriter
    this.isOdd ||= record.size > RECORD_MAX
    record.end()
  }

  private flushPair(): void {
    if (!this.hasPair) return
    this.hasPair = false
    this.item('HMSET', BATCH_ITEMS)
    this.addPair()
  }

  private addPair(): void {
    this.rewriter.record.add(this.kept.bytes, 0, this.kept.length)
    this.rewriter.record.add(this.keptValue.bytes, 0, this.keptValue.length)
  }
}

/** Does the kernel read a score back? */
function isRead(score: number, text: string, version: number): boolean {
  if (text.length <= PLAIN_SCORE && !/[a-z]/.test(text)) return true
  const size = Math.abs(score)
  return version <= PRINTED_UNTIL && size >= PRINTED_FROM && size < PRINTED_BELOW
}
