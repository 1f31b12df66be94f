import type {LogicalType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from './visitor.ts'

type Memory = Uint8Array

/** A visitor that takes nothing: whoever wants something of a value overrides what that is. */
export class IgnoringVisitor implements ValueVisitor {
  begin(_logical: LogicalType, _type: number, _count: number): void {}
  piece(_memory: Memory, _start: number, _end: number): void {}
  member(_memory: Memory, _start: number, _end: number): void {}
  score(_score: number): void {}
  field(_memory: Memory, _start: number, _end: number): void {}
  value(_memory: Memory, _start: number, _end: number): void {}
  fieldExpiry(_expiresAtMs: number): void {}
  entry(_memory: Memory, _idStart: number): void {}
  streamEnd(_meta: StreamMeta): void {}
  group(_memory: Memory, _start: number, _end: number, _meta: GroupMeta): void {}
  pending(_memory: Memory, _idStart: number, _timeMs: bigint, _count: bigint): void {}
  consumer(_memory: Memory, _start: number, _end: number, _seen: bigint, _active: bigint): void {}
  owned(_memory: Memory, _idStart: number): void {}
  nacked(_memory: Memory, _idStart: number): void {}
  idmp(_meta: IdmpMeta): void {}
  producer(_memory: Memory, _start: number, _end: number, _count: number): void {}
  iid(_memory: Memory, _start: number, _end: number, _ms: bigint, _seq: bigint): void {}
  arrayMeta(_insertIndex: bigint | null): void {}
  cell(_index: bigint): void {}
  moduleId(_id: bigint): void {}
  moduleItem(
    _opcode: number,
    _value: bigint | number,
    _memory: Memory,
    _start: number,
    _end: number,
  ): void {}
  end(): void {}
}
