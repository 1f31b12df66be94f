/** Collects values as the truth files have them: names in base64, sorted where the order says nothing. */
import type {LogicalType} from '../../src/formats/rdb/types.ts'
import type {
  GroupMeta,
  IdmpMeta,
  StreamId,
  StreamMeta,
  ValueVisitor,
} from '../../src/formats/rdb/visitor.ts'
import type {DigestRules} from './digest.ts'
import type {Value} from './fixtures.ts'
import {rangeText} from './score.ts'

type Field = [field: string, value: string, expiresAtMs?: number | null]

interface Group {
  name: string
  lastId: string
  entriesRead: string | null
  consumers: {name: string; pending: number; seenTime: number; activeTime: number}[]
  pending: [id: string, owner: string | null, time: number, count: number][]
  nacked?: string[]
}

interface Producer {
  id: string
  iids: [iid: string, id: string][]
}

type Idmp = {[K in keyof IdmpMeta]: string} & {producers: Producer[]}

const MODULE_SINT = 1
const MODULE_STRING = 5

export const base64 = (memory: Uint8Array, start = 0, end = memory.length): string =>
  Buffer.from(memory.subarray(start, end)).toString('base64')

const byBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'))

const idText = ({ms, seq}: StreamId): string => `${ms}-${seq}`

function rawIdText(memory: Uint8Array, start: number): string {
  const view = new DataView(memory.buffer, memory.byteOffset + start, 16)
  return `${view.getBigUint64(0)}-${view.getBigUint64(8)}`
}

export class ValueRows implements ValueVisitor {
  /** Calls in the order they came, for what the value itself does not show. */
  begun = 0
  ended = 0
  logical: LogicalType = 'string'
  type = 0
  count = 0
  private readonly rules: DigestRules
  private parts: Buffer[] = []
  private members: string[] = []
  private scores: number[] = []
  private fields: Field[] = []
  private entries: [id: string, pairs: string[]][] = []
  private meta: StreamMeta | null = null
  private groups: Group[] = []
  private producers: Producer[] = []
  private idmpBlock: Idmp | null = null
  private cells: [index: string, text: string][] = []
  private insertIndex: string | null = null
  private items: [opcode: number, value: string][] = []
  private cellIndex = 0n
  private module = 0n

  /** Scores are given as a server with these rules would print them after loading. */
  constructor(rules: DigestRules) {
    this.rules = rules
  }

  begin(logical: LogicalType, type: number, count: number): void {
    this.begun++
    this.logical = logical
    this.type = type
    this.count = count
    this.parts = []
    this.members = []
    this.scores = []
    this.fields = []
    this.entries = []
    this.meta = null
    this.groups = []
    this.producers = []
    this.idmpBlock = null
    this.cells = []
    this.insertIndex = null
    this.items = []
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    this.parts.push(Buffer.from(memory.slice(start, end)))
  }

  member(memory: Uint8Array, start: number, end: number): void {
    this.members.push(base64(memory, start, end))
  }

  score(score: number): void {
    this.scores.push(score)
  }

  field(memory: Uint8Array, start: number, end: number): void {
    const field = base64(memory, start, end)
    if (this.logical === 'stream') this.entries[this.entries.length - 1][1].push(field)
    else this.fields.push([field, ''])
  }

  value(memory: Uint8Array, start: number, end: number): void {
    const value = base64(memory, start, end)
    if (this.logical === 'stream') this.entries[this.entries.length - 1][1].push(value)
    else if (this.logical === 'array') this.cells.push([String(this.cellIndex), value])
    else this.fields[this.fields.length - 1][1] = value
  }

  fieldExpiry(expiresAtMs: number): void {
    this.fields[this.fields.length - 1][2] = expiresAtMs
  }

  entry(memory: Uint8Array, idStart: number): void {
    this.entries.push([rawIdText(memory, idStart), []])
  }

  streamEnd(meta: StreamMeta): void {
    this.meta = structuredClone(meta)
  }

  group(memory: Uint8Array, start: number, end: number, meta: GroupMeta): void {
    this.groups.push({
      name: base64(memory, start, end),
      lastId: idText(meta.lastId),
      entriesRead: meta.entriesRead === -1n ? null : String(meta.entriesRead),
      consumers: [],
      pending: [],
    })
  }

  private get lastGroup(): Group {
    return this.groups[this.groups.length - 1]
  }

  pending(memory: Uint8Array, idStart: number, timeMs: bigint, count: bigint): void {
    this.lastGroup.pending.push([rawIdText(memory, idStart), null, Number(timeMs), Number(count)])
  }

  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void {
    const name = base64(memory, start, end)
    const times = {seenTime: Number(seenMs), activeTime: Number(activeMs)}
    this.lastGroup.consumers.push({name, pending: 0, ...times})
  }

  owned(memory: Uint8Array, idStart: number): void {
    const {consumers, pending} = this.lastGroup
    const consumer = consumers[consumers.length - 1]
    const id = rawIdText(memory, idStart)
    const found = pending.find((each) => each[0] === id)
    if (!found) throw new Error(`${id} is owned, but not pending in its group`)
    found[1] = consumer.name
    consumer.pending++
  }

  nacked(memory: Uint8Array, idStart: number): void {
    const group = this.lastGroup
    group.nacked ??= []
    group.nacked.push(rawIdText(memory, idStart))
  }

  idmp(meta: IdmpMeta): void {
    this.idmpBlock = {
      durationSeconds: String(meta.durationSeconds),
      maxEntries: String(meta.maxEntries),
      iidsAdded: String(meta.iidsAdded),
      iidsDuplicates: String(meta.iidsDuplicates),
      producers: this.producers,
    }
  }

  producer(memory: Uint8Array, start: number, end: number): void {
    this.producers.push({id: base64(memory, start, end), iids: []})
  }

  iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    this.producers[this.producers.length - 1].iids.push([
      base64(memory, start, end),
      idText({ms, seq}),
    ])
  }

  arrayMeta(insertIndex: bigint | null): void {
    this.insertIndex = insertIndex === null ? null : String(insertIndex)
  }

  cell(index: bigint): void {
    this.cellIndex = index
  }

  moduleId(id: bigint): void {
    this.module = id
  }

  moduleItem(opcode: number, value: bigint | number): void {
    if (opcode === MODULE_STRING) {
      if (value === 1) this.parts = []
      else this.items.push([opcode, base64(Buffer.concat(this.parts))])
      return
    }
    const signed = opcode === MODULE_SINT ? BigInt.asIntN(64, BigInt(value)) : value
    this.items.push([opcode, String(signed)])
  }

  end(): void {
    this.ended++
  }

  /** The value just read, in the shape of the truth. */
  result(): Value {
    switch (this.logical) {
      case 'string':
        return Buffer.concat(this.parts).toString('base64')
      case 'list':
        return this.members
      case 'set':
        return this.members.sort(byBytes)
      case 'zset':
        return this.sortedSet()
      case 'hash':
        return this.hash()
      case 'stream':
        return this.stream()
      case 'array':
        return {cells: this.cells, insertIndex: this.insertIndex}
      case 'module':
        return {id: String(this.module), items: this.items}
    }
  }

  private sortedSet(): Value {
    const rows = this.members.map((member, i) => ({member, score: this.scores[i]}))
    rows.sort((a, b) => a.score - b.score || byBytes(a.member, b.member))
    const small = rows.length <= 128 && rows.every(({member}) => byteLength(member) <= 64)
    const unsigned = this.rules.unsignedZero && small
    return rows.map(({member, score}) => [
      member,
      rangeText(unsigned && score === 0 ? 0 : score, this.rules.scores),
    ])
  }

  private hash(): Value {
    const expires = this.fields.some((field) => field.length > 2)
    const rows = this.fields.sort((a, b) => byBytes(a[0], b[0]))
    return expires ? rows.map(([field, value, at]) => [field, value, at ?? null]) : rows
  }

  private stream(): Value {
    const meta = this.meta!
    const value = {
      length: Number(meta.length),
      lastId: idText(meta.lastId),
      entriesAdded: String(meta.entriesAdded),
      maxDeletedId: idText(meta.maxDeletedId),
      recordedFirstId: idText(meta.firstId),
      entries: this.entries,
      groups: this.groups.sort((a, b) => byBytes(a.name, b.name)),
    }
    for (const {consumers} of this.groups) consumers.sort((a, b) => byBytes(a.name, b.name))
    return this.idmpBlock ? {...value, idmp: this.idmpBlock} : value
  }
}

const byteLength = (text: string): number => Buffer.from(text, 'base64').length
