/** Gives a value, or what is wanted of it, to rows. */
import {IgnoringVisitor} from '../engine/values/ignoring.ts'
import {Glob} from '../formats/glob.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import {compareBytes} from '../formats/text.ts'
import {GetRow} from './get-reports.ts'
import type {GetRows} from './get-rows.ts'

/** Which part of a value; all of it unless something is given. Plain data. */
export interface ValuePart {
  /** Positions of elements, or bytes of a string, both ends included, from 0. */
  range?: readonly [first: number, last: number]
  /** Fields of hashes and of entries of streams, members of sets and sorted sets. */
  fields?: readonly Uint8Array[]
  /** Patterns of the same. */
  match?: readonly string[]
}

/** The shortest text that reads back as the score. */
function scoreText(score: number): string {
  if (Number.isFinite(score)) return Object.is(score, -0) ? '-0' : String(score)
  return score > 0 ? 'inf' : '-inf'
}

export class ValueGiver extends IgnoringVisitor {
  private readonly rows: GetRows
  private readonly range: readonly [number, number]
  private readonly fields: readonly Uint8Array[] | null
  private readonly globs: readonly Glob[] | null
  private logical: LogicalType = 'string'
  /** Elements, or bytes, that went by. */
  private position = 0
  /** The element, or what belongs to it, is wanted. */
  private wanted = false

  constructor(rows: GetRows, part: ValuePart) {
    super()
    this.rows = rows
    this.range = part.range ?? [0, Number.POSITIVE_INFINITY]
    this.fields = part.fields ?? null
    const encoder = new TextEncoder()
    this.globs = part.match?.map((pattern) => new Glob(encoder.encode(pattern))) ?? null
  }

  override begin(logical: LogicalType): void {
    this.logical = logical
    this.position = 0
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    const [first, last] = this.range
    const from = Math.max(0, first - this.position)
    const to = Math.min(end - start, last + 1 - this.position)
    this.position += end - start
    if (from < to) this.rows.add(GetRow.PIECE, memory, start + from, start + to)
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.wanted = this.inRange() && (this.logical === 'list' || this.named(memory, start, end))
    if (this.wanted) this.rows.add(GetRow.ITEM, memory, start, end)
  }

  override score(score: number): void {
    if (this.wanted) this.rows.text(GetRow.ITEM, scoreText(score))
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    // An entry of a stream comes with all its fields, or not at all.
    if (this.logical !== 'stream') this.wanted = this.inRange() && this.named(memory, start, end)
    if (this.wanted) this.rows.add(GetRow.ITEM, memory, start, end)
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    if (this.wanted) this.rows.add(GetRow.ITEM, memory, start, end)
  }

  override fieldExpiry(expiresAtMs: number): void {
    if (this.wanted) this.rows.text(GetRow.EXPIRY, String(expiresAtMs))
  }

  override cell(index: bigint): void {
    this.wanted = this.inRange()
    if (this.wanted) this.rows.text(GetRow.ITEM, String(index))
  }

  override entry(memory: Uint8Array, idStart: number): void {
    this.wanted = this.inRange()
    if (!this.wanted) return
    const view = new DataView(memory.buffer, memory.byteOffset)
    const id = `${view.getBigUint64(idStart)}-${view.getBigUint64(idStart + 8)}`
    this.rows.text(GetRow.ID, id)
  }

  private inRange(): boolean {
    const [first, last] = this.range
    const at = this.position++
    return at >= first && at <= last
  }

  private named(memory: Uint8Array, start: number, end: number): boolean {
    const {fields, globs} = this
    if (fields === null && globs === null) return true
    const name = memory.subarray(start, end)
    if (fields?.some((field) => compareBytes(field, name) === 0)) return true
    return globs?.some((glob) => glob.matches(memory, start, end)) ?? false
  }
}
