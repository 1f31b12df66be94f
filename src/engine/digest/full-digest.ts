/** Our own digest: everything of a dataset that can be read back, whatever its encoding. docs/digest.md defines it. */
import {AREA_DIGEST} from '../../formats/bytes/areas.ts'
import {
  DIGEST_CHAIN,
  DIGEST_CHAIN_2,
  DIGEST_CONTENT,
  DIGEST_ROWS,
  DIGEST_TEMP,
  DIGEST_TEXT,
  DIGEST_TOTAL,
  DIGEST_VALUE,
} from '../../formats/kernel/layout.ts'
import {groupEntriesRead, idmpInUse} from '../../formats/rdb/stream-counters.ts'
import {LOGICAL_TYPES, type LogicalType} from '../../formats/rdb/types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta} from '../../formats/rdb/visitor.ts'
import type {DatasetDigest, Totals} from './dataset-digest.ts'
import {FullModule} from './full-module.ts'
import {
  addressOf,
  HASH_WORDS,
  type HashMemory,
  hashHex,
  readHash,
  writeHash,
  writeText,
} from './hash-memory.ts'
import {Note} from './note.ts'

/** How the kernel puts elements together. */
const TEXT = 0
const MEMBERS = 1
const PAIRS = 2

const ID_BYTES = 16

/** No expiry: no server knows this time. */
const NEVER_HIGH = 0x80000000

/** The group or consumer, and the producer, that the following parts belong to. */
const GROUP_HASH = DIGEST_CHAIN
const CONSUMER_HASH = DIGEST_CHAIN_2

/** Words of a double. */
const float = new Float64Array(1)
const floatWords = new Uint32Array(float.buffer)

export class FullDigest implements DatasetDigest {
  protected readonly algorithm: string = 'respite-full/1'
  private readonly c: HashMemory
  private readonly note: Note
  private logical: LogicalType = 'string'
  private type = 0
  private expiresAtMs: number | null = null
  /** Number of the next element where order matters. */
  private next = 0
  private readonly module: FullModule
  private meta: StreamMeta | null = null
  private cellIndex = 0n

  constructor(c: HashMemory, eachValue = false) {
    this.c = c
    this.note = new Note(c)
    this.module = new FullModule(c, this.note)
    c.kernel.fullStart(eachValue ? 1 : 0)
  }

  beginEntry(
    db: number,
    logical: LogicalType,
    keyStart: number,
    keyEnd: number,
    expiresAtMs: number | null,
  ): void {
    const how = logical === 'string' ? TEXT : logical === 'set' ? MEMBERS : PAIRS
    this.logical = logical
    this.expiresAtMs = expiresAtMs
    this.next = 0
    this.c.kernel.fullBegin(how, db, LOGICAL_TYPES.indexOf(logical), keyStart, keyEnd)
  }

  endEntry(): void {
    const {kernel} = this.c
    const {expiresAtMs} = this
    if (expiresAtMs === null) kernel.fullEnd(NEVER_HIGH, 0)
    else kernel.fullEnd(Math.floor(expiresAtMs / 0x100000000), expiresAtMs % 0x100000000)
  }

  library(code: Uint8Array): void {
    const {c, note} = this
    const at = addressOf(c, code, 0, code.length)
    c.kernel.sha1(at, at + code.length, DIGEST_TEMP + 64)
    note
      .begin('f')
      .hash(DIGEST_TEMP + 64)
      .addTo(DIGEST_TOTAL)
  }

  /** In place of a total: rows of the keys since the last call, at most four, at DIGEST_ROWS. Returns how many. */
  rows(): number {
    return this.c.kernel.fullRows(DIGEST_ROWS)
  }

  valueHex(): string {
    return hashHex(this.c, DIGEST_VALUE)
  }

  totals(): Totals {
    this.c.kernel.fullSettle()
    return new Map([[0, readHash(this.c, DIGEST_TOTAL)]])
  }

  addTotals(totals: Totals): void {
    const {view} = this.c
    for (const total of totals.values()) {
      for (let i = 0; i < HASH_WORDS; i++) {
        const at = DIGEST_TOTAL + i * 4
        view.setUint32(at, view.getUint32(at, true) + total[i], true)
      }
    }
  }

  finish(): string {
    const {c} = this
    c.kernel.fullSettle()
    const at = writeText(c, this.algorithm, DIGEST_TEXT)
    writeHash(c, DIGEST_TOTAL, at)
    c.kernel.sha1(DIGEST_TEXT, at + 20, DIGEST_TEMP)
    return hashHex(c, DIGEST_TEMP)
  }

  begin(_logical: LogicalType, type: number): void {
    this.type = type
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    const at = addressOf(c, memory, start, end)
    if (this.logical === 'string') c.kernel.fullPiece(at, at + end - start)
    else this.module.piece(at, at + end - start)
  }

  member(memory: Uint8Array, start: number, end: number): void {
    this.first(memory, start, end)
    if (this.logical === 'list') this.number(this.next++)
  }

  score(score: number): void {
    // Adding 0 makes -0 the 0 that listpacks make of it.
    float[0] = score + 0
    this.c.kernel.fullNumber(floatWords[1], floatWords[0])
  }

  field(memory: Uint8Array, start: number, end: number): void {
    this.first(memory, start, end)
    if (this.logical === 'stream') this.number(this.next++)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    if (this.logical === 'array') {
      this.first(memory, start, end)
      const {cellIndex} = this
      return c.kernel.fullNumber(Number(cellIndex >> 32n), Number(cellIndex & 0xffffffffn))
    }
    const at = addressOf(c, memory, start, end)
    c.kernel.fullSecond(at, at + end - start)
  }

  fieldExpiry(expiresAtMs: number): void {
    this.number(expiresAtMs)
  }

  entry(memory: Uint8Array, idStart: number): void {
    this.first(memory, idStart, idStart + 16)
    this.number(this.next++)
  }

  streamNode(memory: Uint8Array, idStart: number, start: number, end: number): boolean {
    const {c, next} = this
    let [id, node] = [idStart, start]
    if (memory !== c.memory) {
      id = c.area(AREA_DIGEST, ID_BYTES + end - start)
      node = id + ID_BYTES
      c.memory.set(memory.subarray(idStart, idStart + ID_BYTES), id)
      c.memory.set(memory.subarray(start, end), node)
    }
    this.next = c.kernel.fullStreamNode(node, node + end - start, id, next)
    return true
  }

  streamEnd(meta: StreamMeta): void {
    this.meta = meta
    const {lastId, maxDeletedId, entriesAdded} = meta
    this.note.begin('m').id(lastId).id(maxDeletedId).u64(entriesAdded).addTo(DIGEST_CONTENT)
  }

  group(memory: Uint8Array, start: number, end: number, group: GroupMeta): void {
    this.name(memory, start, end, GROUP_HASH)
    const entriesRead = this.meta ? groupEntriesRead(group, this.type, this.meta) : -1n
    const note = this.note.begin('g').hash(GROUP_HASH)
    note.id(group.lastId).u64(entriesRead).addTo(DIGEST_CONTENT)
  }

  pending(memory: Uint8Array, idStart: number, timeMs: bigint, count: bigint): void {
    const note = this.note.begin('p').hash(GROUP_HASH).bytes(memory, idStart, 16)
    note.u64(timeMs).u64(count).addTo(DIGEST_CONTENT)
  }

  consumer(memory: Uint8Array, start: number, end: number): void {
    this.name(memory, start, end, CONSUMER_HASH)
    this.note.begin('c').hash(GROUP_HASH).hash(CONSUMER_HASH).addTo(DIGEST_CONTENT)
  }

  owned(memory: Uint8Array, idStart: number): void {
    const note = this.note.begin('o').hash(GROUP_HASH).hash(CONSUMER_HASH)
    note.bytes(memory, idStart, 16).addTo(DIGEST_CONTENT)
  }

  nacked(memory: Uint8Array, idStart: number): void {
    const note = this.note.begin('n').hash(GROUP_HASH)
    note.bytes(memory, idStart, 16).addTo(DIGEST_CONTENT)
  }

  idmp(meta: IdmpMeta): void {
    if (!idmpInUse(meta)) return
    const {durationSeconds, maxEntries, iidsAdded, iidsDuplicates} = meta
    const note = this.note.begin('s').u64(durationSeconds).u64(maxEntries)
    note.u64(iidsAdded).u64(iidsDuplicates).addTo(DIGEST_CONTENT)
  }

  producer(memory: Uint8Array, start: number, end: number): void {
    this.name(memory, start, end, GROUP_HASH)
    this.note.begin('r').hash(GROUP_HASH).addTo(DIGEST_CONTENT)
  }

  iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    this.name(memory, start, end, CONSUMER_HASH)
    const note = this.note.begin('i').hash(GROUP_HASH).hash(CONSUMER_HASH)
    note.id({ms, seq}).addTo(DIGEST_CONTENT)
  }

  arrayMeta(insertIndex: bigint | null): void {
    if (insertIndex !== null) this.note.begin('x').u64(insertIndex).addTo(DIGEST_CONTENT)
  }

  cell(index: bigint): void {
    this.cellIndex = index
  }

  moduleId(id: bigint): void {
    this.module.begin(id)
  }

  moduleItem(
    opcode: number,
    value: bigint | number,
    memory: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.module.item(opcode, value, memory, start, end)
  }

  end(): void {}

  private first(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    const at = addressOf(c, memory, start, end)
    c.kernel.fullFirst(at, at + end - start)
  }

  private number(value: number): void {
    this.c.kernel.fullNumber(Math.floor(value / 0x100000000), value % 0x100000000)
  }

  private name(memory: Uint8Array, start: number, end: number, out: number): void {
    const at = addressOf(this.c, memory, start, end)
    this.c.kernel.sha1(at, at + end - start, out)
  }
}
