/** What entries become on their way: other databases, other names, other expiries. */
import {Exit, RespiteError} from '../errors.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import type {Entry, EntrySink} from '../formats/entry.ts'
import {Growable} from '../formats/packed/growable.ts'
import {PassingVisitor} from '../formats/rdb/passing-visitor.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** Plain data. */
export interface Transform {
  /** What becomes of expiries, those of hash fields included: none at all, or so many ms later. By default they stay. */
  ttl?: 'strip' | {shiftMs: number}
  /** By number of a database, its new number. */
  renameDb?: Readonly<Record<number, number>>
  /** Goes away from the beginning of each key that has it; then the other one is put there. */
  prefixStrip?: string
  prefixAdd?: string
}

export const isTransforming = (transform: Transform): boolean =>
  Object.values(transform).some((value) => value !== undefined)

/** Passes entries on as `transform` says. */
export class TransformingSink implements EntrySink {
  private readonly sink: EntrySink
  private readonly entryOf: ChangedEntry
  /** By database of the output, those whose keys go there. */
  private readonly origins = new Map<number, Set<number>>()
  private db = -1
  private from = -1

  constructor(sink: EntrySink, transform: Transform) {
    this.sink = sink
    this.entryOf = new ChangedEntry(transform)
  }

  header(header: Parameters<NonNullable<EntrySink['header']>>[0]): void {
    this.sink.header?.(header)
  }

  record(...args: Parameters<NonNullable<EntrySink['record']>>): void {
    this.sink.record?.(...args)
  }

  library(code: Uint8Array): void {
    this.sink.library(code)
  }

  /** Keys may have become the same key. @throws RespiteError `USAGE`. */
  refuseCollisions(): void {
    const {origins, entryOf} = this
    for (const [db, from] of origins) {
      if (from.size > 1) throw usage(`databases ${[...from].join(' and ')} would become one, ${db}`)
    }
    if (entryOf.stripped === 0 || entryOf.unstripped === 0) return
    const count = entryOf.unstripped
    throw usage(
      `${count} keys do not begin with the prefix and could be the same as one without it: leave them out with --match`,
    )
  }

  entry(entry: Entry): void {
    const {entryOf, origins} = this
    entryOf.take(entry)
    if (entry.db !== this.from) {
      this.from = entry.db
      origins.set(entryOf.db, (origins.get(entryOf.db) ?? new Set()).add(entry.db))
    }
    if (entryOf.db !== this.db) {
      this.db = entryOf.db
      this.sink.database?.(this.db)
    }
    this.sink.entry(entryOf)
  }
}

class ChangedEntry implements Entry {
  private readonly transform: Transform
  private readonly add: Uint8Array
  private readonly strip: Uint8Array
  private readonly key = new Growable()
  private readonly renamed: boolean
  private readonly times: FieldTimes | null
  private entry!: Entry
  /** Keys that had the prefix, and keys that had not. */
  stripped = 0
  unstripped = 0
  db = 0
  expiresAtMs: number | null = null

  constructor(transform: Transform) {
    const encoder = new TextEncoder()
    this.transform = transform
    this.add = encoder.encode(transform.prefixAdd ?? '')
    this.strip = encoder.encode(transform.prefixStrip ?? '')
    this.renamed = this.add.length > 0 || this.strip.length > 0
    this.times = transform.ttl === undefined ? null : new FieldTimes(transform.ttl)
  }

  take(entry: Entry): void {
    const {ttl, renameDb} = this.transform
    this.entry = entry
    this.db = renameDb?.[entry.db] ?? entry.db
    this.expiresAtMs = ttl === undefined ? entry.expiresAtMs : changed(entry.expiresAtMs, ttl)
    if (!this.renamed) return
    const {memory, keyStart, keyEnd} = entry
    const {key, add, strip} = this
    const stripped = startsWith(memory, keyStart, keyEnd, strip) ? strip.length : 0
    if (stripped > 0) this.stripped++
    else this.unstripped++
    key.clear()
    key.append(add, 0, add.length)
    key.append(memory, keyStart + stripped, keyEnd)
  }

  get logical(): LogicalType {
    return this.entry.logical
  }
  get type(): number {
    return this.entry.type
  }
  get offset(): number | null {
    return this.entry.offset
  }
  get size(): number | null {
    return this.entry.size
  }
  get memory(): Uint8Array {
    return this.renamed ? this.key.bytes : this.entry.memory
  }
  get keyStart(): number {
    return this.renamed ? 0 : this.entry.keyStart
  }
  get keyEnd(): number {
    return this.renamed ? this.key.length : this.entry.keyEnd
  }
  get idleSeconds(): number | null {
    return this.entry.idleSeconds
  }
  get freq(): number | null {
    return this.entry.freq
  }
  get keyMeta(): Uint8Array | null {
    return this.entry.keyMeta
  }

  /** Bytes with expiries of fields in them cannot be copied when those change. Hashes alone have any. */
  get from(): Entry['from'] {
    return this.times !== null && this.entry.logical === 'hash' ? null : this.entry.from
  }

  readValue(visit: ValueVisitor): boolean {
    return this.entry.readValue(this.times === null ? visit : this.times.before(visit))
  }

  copyValue(sink: Sink): boolean {
    return this.entry.copyValue(sink)
  }

  skipValue(): boolean {
    return this.entry.skipValue()
  }
}

/** Changes the expiries of hash fields. */
class FieldTimes extends PassingVisitor {
  private readonly ttl: NonNullable<Transform['ttl']>

  constructor(ttl: NonNullable<Transform['ttl']>) {
    // Each value says where it goes.
    super(undefined as unknown as ValueVisitor)
    this.ttl = ttl
  }

  before(visit: ValueVisitor): this {
    this.to = visit
    return this
  }

  override fieldExpiry(expiresAtMs: number): void {
    const ms = changed(expiresAtMs, this.ttl)
    if (ms !== null) this.to.fieldExpiry(ms)
  }
}

function changed(ms: number | null, ttl: NonNullable<Transform['ttl']>): number | null {
  if (ms === null || ttl === 'strip') return null
  return Math.min(Math.max(ms + ttl.shiftMs, 1), Number.MAX_SAFE_INTEGER)
}

function startsWith(memory: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (memory[start + i] !== prefix[i]) return false
  return true
}
