/** What is shown of a key's value where there is room for one line: its type, how much there is, and what it begins with. */
import type {Database} from '../engine/database.ts'
import {IgnoringVisitor} from '../engine/values/ignoring.ts'
import {logicalOf, valueField} from '../engine/values/kinds.ts'
import {streamOf} from '../engine/values/stream.ts'
import {LAST_ID} from '../engine/values/stream-data.ts'
import {streamId} from '../engine/values/stream-id.ts'
import {VALUE_OPS} from '../engine/values/table.ts'
import type {Entry} from '../formats/entry.ts'
import type {StreamMeta} from '../formats/rdb/visitor.ts'
import {reportBytes} from './report-builder.ts'
import type {ShortValue} from './reports.ts'

const ITEMS_MAX = 8

/** Everything that was wanted has been seen: thrown to leave a value that may be large. */
class Enough extends Error {}

/** The value of an entry; items are cut after `maxBytes`. */
export function shortValue(
  db: Database,
  number: number,
  entry: number,
  maxBytes: number,
): ShortValue {
  const {keyspace} = db
  const type = logicalOf(db.kind(entry))
  const value: ShortValue = {
    db: number,
    type,
    count: null,
    items: [],
    cut: false,
    lastId: null,
    expiresAtMs: db.expiresAtMs(entry),
  }
  if (type === 'stream') {
    const {length, groups, words} = streamOf(keyspace, entry)
    const {ms, seq} = streamId(words, LAST_ID)
    return {...value, count: length, lastId: `${ms}-${seq}`, groups: groups.length}
  }
  const visitor = new ShortVisitor(value, maxBytes)
  try {
    VALUE_OPS[type].visit(keyspace, entry, visitor)
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  // Of a string the bytes count.
  if (type === 'string') value.count = valueField(keyspace, entry)
  return value
}

/** Takes what a value begins with. One that cannot be left halfway goes on without being looked at. */
class ShortVisitor extends IgnoringVisitor {
  protected readonly result: ShortValue
  protected readonly maxBytes: number
  private readonly leaves: boolean
  private left = false

  constructor(result: ShortValue, maxBytes: number, leaves = true) {
    super()
    this.result = result
    this.maxBytes = maxBytes
    this.leaves = leaves
  }

  override begin(_logical: string, _type: number, count: number): void {
    this.result.count = count < 0 ? null : count
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    this.item(memory, start, end)
    if (this.result.cut) this.leave()
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.item(memory, start, end)
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    this.item(memory, start, end)
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    if (!this.left) this.push(memory, start, end)
  }

  override score(score: number): void {
    if (!this.left) this.result.items.push(scoreText(score))
  }

  override cell(index: bigint): void {
    if (this.hasRoom()) this.result.items.push(String(index))
  }

  protected push(memory: Uint8Array, start: number, end: number): void {
    const kept = Math.min(end, start + this.maxBytes)
    if (kept < end) this.result.cut = true
    this.result.items.push(reportBytes(memory.slice(start, kept)))
  }

  private item(memory: Uint8Array, start: number, end: number): void {
    if (this.hasRoom()) this.push(memory, start, end)
  }

  private hasRoom(): boolean {
    if (this.result.items.length >= ITEMS_MAX) this.leave()
    return !this.left
  }

  private leave(): void {
    this.left = true
    this.result.cut = true
    if (this.leaves) throw new Enough()
  }
}

/** The value of an entry that comes from wherever: give it to the visitor, then take the result. */
export class ShortEntry extends ShortVisitor {
  declare readonly result: ShortValue
  private readonly head: number[] = []
  private count = 0

  constructor({db, logical: type, expiresAtMs}: Entry, maxBytes: number) {
    const counts = {count: 0, items: [], cut: false, lastId: null}
    super({db, type, ...counts, expiresAtMs}, maxBytes, false)
  }

  override begin(): void {}

  /** However the pieces are cut, the result is the same. */
  override piece(memory: Uint8Array, start: number, end: number): void {
    const {head, maxBytes, result} = this
    if (result.type !== 'string') return
    this.count += end - start
    for (let at = start; at < end && head.length < maxBytes; at++) head.push(memory[at])
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.count++
    super.member(memory, start, end)
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    if (this.result.type === 'stream') return
    this.count++
    super.field(memory, start, end)
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    if (this.result.type !== 'stream') super.value(memory, start, end)
  }

  override cell(index: bigint): void {
    this.count++
    super.cell(index)
  }

  override streamEnd({length, lastId: {ms, seq}}: StreamMeta): void {
    this.count = Number(length)
    Object.assign(this.result, {lastId: `${ms}-${seq}`, groups: 0})
  }

  override group(): void {
    this.result.groups = (this.result.groups ?? 0) + 1
  }

  override end(): void {
    const {head, result, count} = this
    result.count = result.type === 'module' ? null : count
    if (result.type !== 'string') return
    result.cut = count > head.length
    if (head.length > 0) result.items.push(reportBytes(Uint8Array.from(head)))
  }
}

export function scoreText(score: number): string {
  if (Number.isFinite(score)) return Object.is(score, -0) ? '-0' : String(score)
  return score > 0 ? 'inf' : '-inf'
}
