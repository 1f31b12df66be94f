/**
 * Values as rows: the text of a string, each item of a list, member of a set or sorted set, field of a hash, field of a stream's
 * entry, cell of an array, item of a module. Groups of streams are no elements.
 */
import type {Entry} from '../entry.ts'
import {HeldString} from '../held-string.ts'
import {idText} from '../json/stream-writer.ts'
import {encodingOf} from '../rdb/encodings.ts'
import {IgnoringVisitor} from '../rdb/ignoring.ts'
import type {LogicalType} from '../rdb/types.ts'
import type {TextMemory} from '../text-output.ts'
import type {RowWriter} from './rows.ts'

const STRING = 5

const encoder = new TextEncoder()

export class TableVisitor extends IgnoringVisitor {
  entry_: Entry | null = null
  /** There are no rows for a collection that is empty. */
  isEmpty = false
  private readonly rows: RowWriter
  private readonly held: HeldString
  private logical: LogicalType = 'string'
  private elements = 0
  private bytes = 0
  private id = ''

  constructor(rows: RowWriter, c: TextMemory) {
    super()
    this.rows = rows
    this.held = new HeldString(c, () => this.part())
  }

  override begin(logical: LogicalType, type: number, count: number): void {
    this.logical = logical
    this.isEmpty = count === 0
    this.elements = 0
    this.bytes = 0
    if (this.isEmpty) return
    this.rows.begin(this.entry_!, logical, encodingOf(logical, type))
    this.held.begin()
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
    this.held.piece(memory, start, end)
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.rows.row(this.logical === 'list' ? this.elements : null)
    this.counted(memory, start, end)
  }

  override score(score: number): void {
    this.rows.score(score)
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    const {rows} = this
    const inStream = this.logical === 'stream'
    rows.row(inStream ? this.id : null)
    rows.field(memory, start, end)
    if (!inStream) this.elements++
    this.bytes += end - start
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
    this.rows.value(memory, start, end)
  }

  override fieldExpiry(expiresAtMs: number): void {
    this.rows.expiry(expiresAtMs)
  }

  override entry(memory: Uint8Array, idStart: number): void {
    this.elements++
    this.id = idText(memory, idStart)
  }

  override cell(index: bigint): void {
    this.elements++
    this.rows.row(index)
  }

  override moduleItem(opcode: number, value: bigint | number): void {
    if (opcode === STRING && value === 1) return this.held.begin()
    if (opcode === STRING) return this.part()
    this.rows.row(this.elements)
    const text = encoder.encode(String(value))
    this.counted(text, 0, text.length)
  }

  override end(): void {
    if (this.isEmpty) return
    if (this.logical === 'string') this.part()
    this.rows.end(this.logical === 'string' ? 1 : this.elements, this.bytes)
  }

  private counted(memory: Uint8Array, start: number, end: number): void {
    this.elements++
    this.bytes += end - start
    this.rows.value(memory, start, end)
  }

  /** A string, or a part of a long one. */
  private part(): void {
    const {rows, held} = this
    rows.row(this.logical === 'string' ? held.parts : this.elements)
    rows.value(held.memory, held.start, held.end)
    if (this.logical === 'module') this.elements++
  }
}
