/** What is shown of a key's value where there is room for one line: its type, how much there is, and what it begins with. */
import type {Database} from '../engine/database.ts'
import {IgnoringVisitor} from '../engine/values/ignoring.ts'
import {logicalOf, valueField} from '../engine/values/kinds.ts'
import {streamOf} from '../engine/values/stream.ts'
import {LAST_ID} from '../engine/values/stream-data.ts'
import {streamId} from '../engine/values/stream-id.ts'
import {VALUE_OPS} from '../engine/values/table.ts'
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
    value.cut = true
  }
  // Of a string the bytes count.
  if (type === 'string') value.count = valueField(keyspace, entry)
  return value
}

class ShortVisitor extends IgnoringVisitor {
  private readonly result: ShortValue
  private readonly maxBytes: number

  constructor(result: ShortValue, maxBytes: number) {
    super()
    this.result = result
    this.maxBytes = maxBytes
  }

  override begin(_logical: string, _type: number, count: number): void {
    this.result.count = count < 0 ? null : count
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    this.item(memory, start, end)
    if (this.result.cut) throw new Enough()
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.item(memory, start, end)
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    this.item(memory, start, end)
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    this.push(memory, start, end)
  }

  override score(score: number): void {
    this.result.items.push(scoreText(score))
  }

  override cell(index: bigint): void {
    this.room()
    this.result.items.push(String(index))
  }

  private item(memory: Uint8Array, start: number, end: number): void {
    this.room()
    this.push(memory, start, end)
  }

  private room(): void {
    if (this.result.items.length >= ITEMS_MAX) throw new Enough()
  }

  private push(memory: Uint8Array, start: number, end: number): void {
    const kept = Math.min(end, start + this.maxBytes)
    if (kept < end) this.result.cut = true
    this.result.items.push(reportBytes(memory.slice(start, kept)))
  }
}

function scoreText(score: number): string {
  if (Number.isFinite(score)) return Object.is(score, -0) ? '-0' : String(score)
  return score > 0 ? 'inf' : '-inf'
}
