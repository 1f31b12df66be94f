import type {Feature} from './features.ts'
import {isVectorSet} from './module.ts'
import {type LogicalType, RdbType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from './visitor.ts'
import type {WriteContext} from './write-context.ts'
import {HashWriter} from './write-hash.ts'
import {OldListWriter, QuicklistWriter} from './write-list.ts'
import {SetWriter} from './write-set.ts'
import {StreamWriter} from './write-stream.ts'
import {PieceWriter} from './write-text.ts'
import {ZsetWriter} from './write-zset.ts'

/** Item of module data. Source: RDB_MODULE_OPCODE_* in rdb.h. */
const ModuleOpcode = {EOF: 0, SINT: 1, UINT: 2, FLOAT: 3, DOUBLE: 4, STRING: 5} as const

/** Types that not every target has. */
const NEEDS: Partial<Record<LogicalType, Feature>> = {
  stream: 'streams',
  module: 'modules',
  array: 'arrays',
}

/** Takes the values of all entries, one after the other, each to the writer of its type. */
export class RdbValueWriter implements ValueVisitor {
  private readonly context: WriteContext
  private readonly text: PieceWriter
  private readonly list: QuicklistWriter | OldListWriter
  private readonly set: SetWriter
  private readonly zset: ZsetWriter
  private readonly hash: HashWriter
  private readonly stream: StreamWriter
  private logical: LogicalType = 'string'
  /** The target has no such type and it may be dropped. */
  private ignored = false

  constructor(context: WriteContext) {
    this.context = context
    this.text = new PieceWriter(context)
    this.list =
      context.target.version < 7 ? new OldListWriter(context) : new QuicklistWriter(context)
    this.set = new SetWriter(context)
    this.zset = new ZsetWriter(context)
    this.hash = new HashWriter(context)
    this.stream = new StreamWriter(context)
  }

  begin(logical: LogicalType, type: number, count: number): void {
    this.logical = logical
    const feature = NEEDS[logical]
    this.ignored = feature !== undefined && !this.context.needs(feature)
    if (this.ignored) return
    if (logical === 'string') {
      this.context.head(RdbType.STRING)
      this.text.begin()
    } else if (logical === 'list') this.list.begin(count)
    else if (logical === 'set') this.set.begin(count)
    else if (logical === 'zset') this.zset.begin(type, count)
    else if (logical === 'hash') this.hash.begin(type, count)
    else if (logical === 'stream') this.stream.begin(type)
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    if (!this.ignored) this.text.piece(memory, start, end)
  }

  member(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'list') this.list.member(memory, start, end)
    else if (this.logical === 'set') this.set.member(memory, start, end)
    else this.zset.member(memory, start, end)
  }

  score(score: number): void {
    this.zset.score(score)
  }

  field(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'hash') this.hash.field(memory, start, end)
    else if (!this.ignored) this.stream.fieldOrValue(memory, start, end)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'hash') this.hash.value(memory, start, end)
    else if (!this.ignored) this.stream.fieldOrValue(memory, start, end)
  }

  fieldExpiry(expiresAtMs: number): void {
    if (this.logical === 'hash') this.hash.fieldExpiry(expiresAtMs)
    else this.context.needs('member-ttl')
  }

  entry(memory: Uint8Array, idStart: number): void {
    if (!this.ignored) this.stream.entry(memory, idStart)
  }

  streamNode(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    return this.ignored || this.stream.node(memory, idStart, start, end)
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

  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void {
    if (!this.ignored) this.stream.consumer(memory, start, end, seenMs, activeMs)
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

  /** Arrays are refused or dropped by `begin`. */
  arrayMeta(): void {}
  cell(): void {}

  moduleId(id: bigint): void {
    const {context} = this
    this.ignored ||= isVectorSet(id) && !context.needs('vector-sets')
    if (this.ignored) return
    context.head(RdbType.MODULE_2)
    context.out.count64(id)
  }

  moduleItem(opcode: number, value: bigint | number): void {
    if (this.ignored) return
    const {out} = this.context
    // A string comes in pieces, between two items.
    if (opcode === ModuleOpcode.STRING && value === 0) {
      this.text.end()
      return
    }
    out.count(opcode)
    if (opcode === ModuleOpcode.STRING) this.text.begin()
    else if (opcode === ModuleOpcode.FLOAT) out.f32le(Number(value))
    else if (opcode === ModuleOpcode.DOUBLE) out.f64le(Number(value))
    else out.count64(BigInt(value))
  }

  end(): void {
    if (this.ignored) return
    if (this.logical === 'string') this.text.end()
    else if (this.logical === 'list') this.list.end()
    else if (this.logical === 'set') this.set.end()
    else if (this.logical === 'zset') this.zset.end()
    else if (this.logical === 'hash') this.hash.end()
    else if (this.logical === 'stream') this.stream.end()
    else if (this.logical === 'module') this.context.out.count(ModuleOpcode.EOF)
  }
}
