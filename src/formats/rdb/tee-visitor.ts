import {PassingVisitor} from './passing-visitor.ts'
import type {LogicalType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from './visitor.ts'

type Memory = Uint8Array

/** Gives a value to two visitors at once. */
export class TeeVisitor extends PassingVisitor {
  private readonly and: ValueVisitor

  constructor(to: ValueVisitor, and: ValueVisitor) {
    super(to)
    this.and = and
  }

  override begin(logical: LogicalType, type: number, count: number): void {
    this.to.begin(logical, type, count)
    this.and.begin(logical, type, count)
  }
  override piece(memory: Memory, start: number, end: number): void {
    this.to.piece(memory, start, end)
    this.and.piece(memory, start, end)
  }
  override member(memory: Memory, start: number, end: number): void {
    this.to.member(memory, start, end)
    this.and.member(memory, start, end)
  }
  override score(score: number): void {
    this.to.score(score)
    this.and.score(score)
  }
  override field(memory: Memory, start: number, end: number): void {
    this.to.field(memory, start, end)
    this.and.field(memory, start, end)
  }
  override value(memory: Memory, start: number, end: number): void {
    this.to.value(memory, start, end)
    this.and.value(memory, start, end)
  }
  override fieldExpiry(expiresAtMs: number): void {
    this.to.fieldExpiry(expiresAtMs)
    this.and.fieldExpiry(expiresAtMs)
  }
  override entry(memory: Memory, idStart: number): void {
    this.to.entry(memory, idStart)
    this.and.entry(memory, idStart)
  }
  streamNode(memory: Memory, idStart: number, start: number, end: number): boolean {
    const {to, and} = this
    if (!to.streamNode || !and.streamNode) return false
    // The second one may not refuse what the first has taken.
    if (!to.streamNode(memory, idStart, start, end)) return false
    return and.streamNode(memory, idStart, start, end)
  }
  override streamEnd(meta: StreamMeta): void {
    this.to.streamEnd(meta)
    this.and.streamEnd(meta)
  }
  override group(memory: Memory, start: number, end: number, meta: GroupMeta): void {
    this.to.group(memory, start, end, meta)
    this.and.group(memory, start, end, meta)
  }
  override pending(memory: Memory, idStart: number, timeMs: bigint, count: bigint): void {
    this.to.pending(memory, idStart, timeMs, count)
    this.and.pending(memory, idStart, timeMs, count)
  }
  override consumer(
    memory: Memory,
    start: number,
    end: number,
    seen: bigint,
    active: bigint,
  ): void {
    this.to.consumer(memory, start, end, seen, active)
    this.and.consumer(memory, start, end, seen, active)
  }
  override owned(memory: Memory, idStart: number): void {
    this.to.owned(memory, idStart)
    this.and.owned(memory, idStart)
  }
  override nacked(memory: Memory, idStart: number): void {
    this.to.nacked(memory, idStart)
    this.and.nacked(memory, idStart)
  }
  override idmp(meta: IdmpMeta): void {
    this.to.idmp(meta)
    this.and.idmp(meta)
  }
  override producer(memory: Memory, start: number, end: number, count: number): void {
    this.to.producer(memory, start, end, count)
    this.and.producer(memory, start, end, count)
  }
  override iid(memory: Memory, start: number, end: number, ms: bigint, seq: bigint): void {
    this.to.iid(memory, start, end, ms, seq)
    this.and.iid(memory, start, end, ms, seq)
  }
  override arrayMeta(insertIndex: bigint | null): void {
    this.to.arrayMeta(insertIndex)
    this.and.arrayMeta(insertIndex)
  }
  override cell(index: bigint): void {
    this.to.cell(index)
    this.and.cell(index)
  }
  override moduleId(id: bigint): void {
    this.to.moduleId(id)
    this.and.moduleId(id)
  }
  override moduleItem(
    opcode: number,
    value: bigint | number,
    memory: Memory,
    start: number,
    end: number,
  ): void {
    this.to.moduleItem(opcode, value, memory, start, end)
    this.and.moduleItem(opcode, value, memory, start, end)
  }
  override end(): void {
    this.to.end()
    this.and.end()
  }
}
