/** Values as plain JavaScript, for whoever reads one at a time and wants it whole. */
import type {LogicalType} from './types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from './visitor.ts'

export interface StreamGroup extends GroupMeta {
  name: Uint8Array
  pending: {id: string; deliveryTimeMs: bigint; deliveryCount: bigint}[]
  consumers: {name: Uint8Array; seenMs: bigint; activeMs: bigint; pending: string[]}[]
  /** Ids that belong to no consumer (Redis 8.8). */
  nacked: string[]
}

export interface StreamValue {
  entries: {id: string; fields: [field: Uint8Array, value: Uint8Array][]}[]
  meta: StreamMeta | null
  groups: StreamGroup[]
  idmp: IdmpMeta | null
  producers: {name: Uint8Array; iids: {iid: Uint8Array; ms: bigint; seq: bigint}[]}[]
}

export interface HashField {
  field: Uint8Array
  value: Uint8Array
  /** Absolute, in ms; null without an expiry of its own. */
  expiresAtMs: number | null
}

export interface ModuleValue {
  id: bigint
  /** Integers as bigint, floats as numbers, strings as bytes. */
  items: (bigint | number | Uint8Array)[]
}

export type Value =
  | {type: 'string'; value: Uint8Array}
  | {type: 'list' | 'set'; value: Uint8Array[]}
  | {type: 'zset'; value: [member: Uint8Array, score: number][]}
  | {type: 'hash'; value: HashField[]}
  | {type: 'stream'; value: StreamValue}
  | {
      type: 'array'
      value: {cells: [index: bigint, value: Uint8Array][]; insertIndex: bigint | null}
    }
  | {type: 'module'; value: ModuleValue}

const MODULE_STRING = 5

/** Give `read` a visitor that keeps everything; returns the value that it was shown. */
export function collectValue(read: (visit: ValueVisitor) => void): Value {
  const collector = new Collector()
  read(collector)
  return collector.result()
}

class Collector implements ValueVisitor {
  private type: LogicalType = 'string'
  /** Pieces of a string, members, or the field whose value comes next. */
  private spans: Uint8Array[] = []
  private readonly scored: [Uint8Array, number][] = []
  private readonly fields: HashField[] = []
  private readonly cells: [bigint, Uint8Array][] = []
  private cellIndex = 0n
  private insertIndex: bigint | null = null
  private readonly module: ModuleValue = {id: 0n, items: []}
  private readonly stream: StreamValue = {
    entries: [],
    meta: null,
    groups: [],
    idmp: null,
    producers: [],
  }

  result(): Value {
    const {type} = this
    switch (type) {
      case 'string':
        return {type, value: join(this.spans)}
      case 'list':
      case 'set':
        return {type, value: this.spans}
      case 'zset':
        return {type, value: this.scored}
      case 'hash':
        return {type, value: this.fields}
      case 'stream':
        return {type, value: this.stream}
      case 'array':
        return {type, value: {cells: this.cells, insertIndex: this.insertIndex}}
      case 'module':
        return {type, value: this.module}
    }
  }

  begin(logical: LogicalType): void {
    this.type = logical
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    this.spans.push(memory.slice(start, end))
  }

  member(memory: Uint8Array, start: number, end: number): void {
    this.spans.push(memory.slice(start, end))
  }

  score(score: number): void {
    this.scored.push([this.takeSpan(), score])
  }

  field(memory: Uint8Array, start: number, end: number): void {
    this.spans.push(memory.slice(start, end))
  }

  value(memory: Uint8Array, start: number, end: number): void {
    const value = memory.slice(start, end)
    if (this.type === 'array') this.cells.push([this.cellIndex, value])
    else if (this.type === 'stream') {
      this.stream.entries.at(-1)?.fields.push([this.takeSpan(), value])
    } else this.fields.push({field: this.takeSpan(), value, expiresAtMs: null})
  }

  fieldExpiry(expiresAtMs: number): void {
    const last = this.fields.at(-1)
    if (last) last.expiresAtMs = expiresAtMs
  }

  entry(memory: Uint8Array, idStart: number): void {
    this.stream.entries.push({id: idText(memory, idStart), fields: []})
  }

  streamEnd(meta: StreamMeta): void {
    this.stream.meta = meta
  }

  group(memory: Uint8Array, start: number, end: number, meta: GroupMeta): void {
    const name = memory.slice(start, end)
    this.stream.groups.push({name, ...meta, pending: [], consumers: [], nacked: []})
  }

  pending(
    memory: Uint8Array,
    idStart: number,
    deliveryTimeMs: bigint,
    deliveryCount: bigint,
  ): void {
    const id = idText(memory, idStart)
    this.stream.groups.at(-1)?.pending.push({id, deliveryTimeMs, deliveryCount})
  }

  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void {
    const name = memory.slice(start, end)
    this.stream.groups.at(-1)?.consumers.push({name, seenMs, activeMs, pending: []})
  }

  owned(memory: Uint8Array, idStart: number): void {
    this.stream.groups.at(-1)?.consumers.at(-1)?.pending.push(idText(memory, idStart))
  }

  nacked(memory: Uint8Array, idStart: number): void {
    this.stream.groups.at(-1)?.nacked.push(idText(memory, idStart))
  }

  idmp(meta: IdmpMeta): void {
    this.stream.idmp = meta
  }

  producer(memory: Uint8Array, start: number, end: number): void {
    this.stream.producers.push({name: memory.slice(start, end), iids: []})
  }

  iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    this.stream.producers.at(-1)?.iids.push({iid: memory.slice(start, end), ms, seq})
  }

  arrayMeta(insertIndex: bigint | null): void {
    this.insertIndex = insertIndex
  }

  cell(index: bigint): void {
    this.cellIndex = index
  }

  moduleId(id: bigint): void {
    this.module.id = id
  }

  moduleItem(opcode: number, value: bigint | number): void {
    if (opcode !== MODULE_STRING) this.module.items.push(value)
    else if (value === 0) this.module.items.push(join(this.spans.splice(0)))
  }

  end(): void {}

  private takeSpan(): Uint8Array {
    return this.spans.pop() ?? new Uint8Array(0)
  }
}

function join(pieces: Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]
  const whole = new Uint8Array(pieces.reduce((sum, {length}) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** `ms-seq` of the 16 bytes at `start`. */
function idText(memory: Uint8Array, start: number): string {
  const view = new DataView(memory.buffer, memory.byteOffset + start, 16)
  return `${view.getBigUint64(0)}-${view.getBigUint64(8)}`
}
