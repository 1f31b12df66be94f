import type {LogicalType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from './visitor.ts'

/** Passes a value on as it is: for visitors that change or look at a part of it. */
export class PassingVisitor implements ValueVisitor {
  protected to: ValueVisitor

  constructor(to: ValueVisitor) {
    this.to = to
  }

  begin(logical: LogicalType, type: number, count: number): void {
    this.to.begin(logical, type, count)
  }
  piece(memory: Uint8Array, start: number, end: number): void {
    this.to.piece(memory, start, end)
  }
  member(memory: Uint8Array, start: number, end: number): void {
    this.to.member(memory, start, end)
  }
  score(score: number): void {
    this.to.score(score)
  }
  field(memory: Uint8Array, start: number, end: number): void {
    this.to.field(memory, start, end)
  }
  value(memory: Uint8Array, start: number, end: number): void {
    this.to.value(memory, start, end)
  }
  fieldExpiry(expiresAtMs: number): void {
    this.to.fieldExpiry(expiresAtMs)
  }
  entry(memory: Uint8Array, idStart: number): void {
    this.to.entry(memory, idStart)
  }
  streamEnd(meta: StreamMeta): void {
    this.to.streamEnd(meta)
  }
  group(memory: Uint8Array, start: number, end: number, meta: GroupMeta): void {
    this.to.group(memory, start, end, meta)
  }
  pending(memory: Uint8Array, idStart: number, timeMs: bigint, deliveries: bigint): void {
    this.to.pending(memory, idStart, timeMs, deliveries)
  }
  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void {
    this.to.consumer(memory, start, end, seenMs, activeMs)
  }
  owned(memory: Uint8Array, idStart: number): void {
    this.to.owned(memory, idStart)
  }
  nacked(memory: Uint8Array, idStart: number): void {
    this.to.nacked(memory, idStart)
  }
  idmp(meta: IdmpMeta): void {
    this.to.idmp(meta)
  }
  producer(memory: Uint8Array, start: number, end: number, count: number): void {
    this.to.producer(memory, start, end, count)
  }
  iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    this.to.iid(memory, start, end, ms, seq)
  }
  arrayMeta(insertIndex: bigint | null): void {
    this.to.arrayMeta(insertIndex)
  }
  cell(index: bigint): void {
    this.to.cell(index)
  }
  moduleId(id: bigint): void {
    this.to.moduleId(id)
  }
  moduleItem(
    opcode: number,
    value: bigint | number,
    memory: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.to.moduleItem(opcode, value, memory, start, end)
  }
  end(): void {
    this.to.end()
  }
}
