/** The first reading of both inputs: which keys are only in one of them, and which are not the same in both. */
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {Entry} from '../formats/entry.ts'
import {DIGEST_ROWS} from '../formats/kernel/layout.ts'
import {libraryName} from './check-rdb.ts'
import {firstError, type Unreadable} from './dataset.ts'
import type {View} from './diff-options.ts'
import type {DiffDatabase} from './diff-reports.ts'
import type {DiffSide, KeyPart} from './diff-side.ts'
import {DIGEST_SHAPE, KeyTable} from './diff-table.ts'
import {type Untwinned, untwinned} from './diff-twins.ts'
import {viewOf} from './diff-view.ts'
import {Ordinals} from './ordinals.ts'
import {ReportBuilder} from './report-builder.ts'

/** What is the same about a key that is on both sides, as bits. */
export const VALUE_DIFFERS = 1
export const TTL_DIFFERS = 2

/** A key that is on both sides and not the same. */
export interface ChangedKey {
  a: number
  b: number
  how: number
  aExpiresAtMs: number | null
}

export interface JoinRules {
  view: View
  /** Null: expiries of keys do not count. */
  ttlToleranceMs: number | null
  maxBytes: number
}

/** What a part of the keys came to: ordinals in their inputs. */
export interface Joined {
  removed: Ordinals
  added: Ordinals
  /** By ordinal in B. */
  changed: ChangedKeys
  changedValues: number
  changedTtls: number
}

/** Packed: there may be as many as there are keys. In the order in which they were added. */
export class ChangedKeys {
  count = 0
  private ordinals = new Uint32Array(3 * 256)
  private expiries = new Float64Array(256)

  add(a: number, b: number, how: number, aExpiresAtMs: number | null): void {
    const {count} = this
    if (count === this.expiries.length) this.grow()
    this.ordinals.set([a, b, how], count * 3)
    this.expiries[count] = aExpiresAtMs ?? Number.NaN
    this.count++
  }

  at(index: number): ChangedKey {
    const {ordinals, expiries} = this
    const at = index * 3
    const ms = expiries[index]
    const aExpiresAtMs = Number.isNaN(ms) ? null : ms
    return {a: ordinals[at], b: ordinals[at + 1], how: ordinals[at + 2], aExpiresAtMs}
  }

  /** Indexes by ordinal in A. */
  orderInA(): Uint32Array {
    const {ordinals} = this
    const order = Uint32Array.from({length: this.count}, (_, i) => i)
    return order.sort((x, y) => ordinals[x * 3] - ordinals[y * 3])
  }

  private grow(): void {
    const ordinals = new Uint32Array(this.ordinals.length * 2)
    const expiries = new Float64Array(this.expiries.length * 2)
    ordinals.set(this.ordinals)
    expiries.set(this.expiries)
    this.ordinals = ordinals
    this.expiries = expiries
  }
}

/** Read a part of both sides. Adds to what each database comes to. @throws Unreadable, TableFull */
export function join(
  a: DiffSide,
  b: DiffSide,
  part: KeyPart,
  rules: JoinRules,
  databases: Map<number, DiffDatabase>,
  libraries: {a: Map<string, Uint8Array>; b: Map<string, Uint8Array>},
): Joined {
  const own = new Map<number, DiffDatabase>()
  const rest = part.count === 1 ? untwinned(a, b, rules.maxBytes) : null
  let last = -1
  let lastCounts: DiffDatabase | null = null
  const joiner = new Joiner(rules, (db) => {
    if (db !== last) lastCounts = databaseIn(own, db)
    last = db
    return lastCounts!
  })
  b.release()
  rowsOf(a, part, rules, joiner.takeA(a), libraries.a, rest?.a)
  a.release()
  rowsOf(b, part, rules, joiner.takeB(b), libraries.b, rest?.b)
  if (rest !== null) addTwins(rest, own, libraries)
  const joined = joiner.finish()
  for (const [db, counts] of own) {
    const sum = databaseIn(databases, db)
    counts.removed = counts.a - (counts.b - counts.added)
    for (const name of ['a', 'b', 'added', 'removed', 'changed'] as const) sum[name] += counts[name]
  }
  const total = (side: 'a' | 'b') => [...own.values()].reduce((sum, each) => sum + each[side], 0)
  a.keys += total('a')
  b.keys += total('b')
  return joined
}

/** Takes the row at `at`. */
type TakeRow = (
  view: DataView,
  at: number,
  db: number,
  ordinal: number,
  expiresAtMs: number | null,
) => void

const WAITING = 4
const ROW_BYTES = 32

/** Hash all keys of a part of a side. The kernel does so four at a time. */
function rowsOf(
  side: DiffSide,
  part: KeyPart,
  {view}: JoinRules,
  take: TakeRow,
  libraries: Map<string, Uint8Array>,
  rest: Ordinals | undefined,
): void {
  const {memory} = side.open()
  const digest = new FullDigest(memory)
  const visit = viewOf(digest, view)
  const dbs = new Uint32Array(WAITING)
  const ordinals = new Uint32Array(WAITING)
  const expiries: (number | null)[] = [null, null, null, null]
  let waiting = 0
  const drain = () => {
    const count = digest.rows()
    for (let i = 0; i < count; i++) {
      take(memory.view, DIGEST_ROWS + i * ROW_BYTES, dbs[i], ordinals[i], expiries[i])
    }
    waiting = 0
  }
  const entry = (entry: Entry, ordinal: number) => {
    if (waiting === WAITING) drain()
    const {db, logical, keyStart, keyEnd, expiresAtMs} = entry
    digest.beginEntry(db, logical, keyStart, keyEnd, null)
    if (!entry.readValue(visit)) return
    digest.endEntry()
    dbs[waiting] = db
    ordinals[waiting] = ordinal
    expiries[waiting++] = expiresAtMs
  }
  if (rest) side.readOnly((from) => rest.next(from), entry)
  else side.readPart(part, entry, (code) => libraries.set(libraryName(code), code.slice()))
  drain()
}

function addTwins(
  {twins, libraries: found}: Untwinned,
  databases: Map<number, DiffDatabase>,
  libraries: {a: Map<string, Uint8Array>; b: Map<string, Uint8Array>},
): void {
  for (const [db, count] of twins) {
    const counts = databaseIn(databases, db)
    counts.a += count
    counts.b += count
  }
  for (const side of ['a', 'b'] as const) {
    for (const [name, code] of found[side]) libraries[side].set(name, code)
  }
}

class Joiner {
  private readonly rules: JoinRules
  private readonly database: (db: number) => DiffDatabase
  private readonly table: KeyTable
  private readonly added = new Ordinals()
  private readonly changed = new ChangedKeys()
  private changedValues = 0
  private changedTtls = 0

  constructor(rules: JoinRules, database: (db: number) => DiffDatabase) {
    this.rules = rules
    this.database = database
    this.table = new KeyTable(rules.maxBytes, DIGEST_SHAPE)
  }

  takeA(side: DiffSide): TakeRow {
    return (view, at, db, ordinal, expiresAtMs) => {
      this.database(db).a++
      if (!this.table.add(view, at, ordinal, expiresAtMs)) throw isTwice(side)
    }
  }

  takeB(side: DiffSide): TakeRow {
    const {table, added, changed, rules} = this
    return (view, at, db, ordinal, expiresAtMs) => {
      const counts = this.database(db)
      counts.b++
      const key = table.find(view, at)
      if (key < 0) {
        counts.added++
        return added.add(ordinal)
      }
      if (!table.match(key)) throw isTwice(side)
      const other = table.expiresAtMs(key)
      const value = table.hasContent(key, view, at) ? 0 : VALUE_DIFFERS
      const how = value | (isNear(other, expiresAtMs, rules.ttlToleranceMs) ? 0 : TTL_DIFFERS)
      if (how === 0) return
      counts.changed++
      if (value !== 0) this.changedValues++
      if (how & TTL_DIFFERS) this.changedTtls++
      changed.add(table.ordinal(key), ordinal, how, other)
    }
  }

  finish(): Joined {
    const removed = new Ordinals()
    for (const ordinal of this.table.unmatched()) removed.add(ordinal)
    const {added, changed, changedValues, changedTtls} = this
    return {removed, added, changed, changedValues, changedTtls}
  }
}

function isTwice({input}: DiffSide): Unreadable {
  const builder = new ReportBuilder(input, 'deep', 1)
  builder.add('RDB_DUPLICATE_KEY', 'a key is there twice: respite check says which', {file: input})
  return firstError(builder)
}

function isNear(a: number | null, b: number | null, toleranceMs: number | null): boolean {
  if (toleranceMs === null || a === b) return true
  return a !== null && b !== null && Math.abs(a - b) <= toleranceMs
}

function databaseIn(databases: Map<number, DiffDatabase>, db: number): DiffDatabase {
  const counts = databases.get(db) ?? {a: 0, b: 0, added: 0, removed: 0, changed: 0}
  databases.set(db, counts)
  return counts
}
