/** Looks at everything that is to be converted before anything is written: what of it the output cannot hold. */
import type {KernelMemory} from '../formats/bytes/areas.ts'
import type {DatasetHeader, Entry, EntrySink, RunSink} from '../formats/entry.ts'
import {canCopy, canCopyRuns, FEATURES, type Feature, type Target} from '../formats/rdb/features.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'
import type {RunTally} from '../formats/rdb/run.ts'
import {type LogicalType, RdbOpcode, RdbType, TYPES} from '../formats/rdb/types.ts'
import type {MissingFeature} from './convert-reports.ts'
import {FeatureVisitor} from './feature-visitor.ts'
import type {InputCuts} from './input-cuts.ts'
import {reportBytes} from './report-builder.ts'
import type {DatabaseCounts} from './reports.ts'

/** What an output can hold. */
export interface Holder {
  readonly target: Target
  /** Values can be copied from an RDB. Otherwise every one is written anew. */
  readonly copies: boolean
  /** How many databases it has, and how long a key, an element or a string may be. */
  readonly databases: number
  readonly longest: number
  /** Of what is copied, and of what is written anew. */
  holdsCopied(feature: Feature): boolean
  holds(feature: Feature): boolean
}

const EXAMPLES = 3
const KEY_SHOWN = 1024

/** Types whose keys go when the target has no such type. */
const KEY_FEATURES: Readonly<Partial<Record<LogicalType, Feature>>> = {
  stream: 'streams',
  module: 'modules',
  array: 'arrays',
}

const LOSES_KEYS: readonly Feature[] = [
  ...Object.values(KEY_FEATURES),
  ...(['vector-sets', 'path-hashes', 'databases', 'long-strings'] as const),
]

/** What the target needs to have the key at all, where that is not sure. */
export function keyFeature({logical, type, from}: Entry): Feature | undefined {
  return from?.dialect === 'valkey' && type === RdbType.PATH_HASH
    ? 'path-hashes'
    : KEY_FEATURES[logical]
}

/** Mask of the types whose values any target can hold, in one form or another. */
const PLAIN_TYPES = [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 16, 17, 18, 20].reduce(
  (mask, type) => mask | (1 << type),
  0,
)

export class ConvertPlan implements EntrySink {
  readonly databases: Record<string, DatabaseCounts> = {}
  keys = 0
  libraries = 0
  /** Ordinals of entries, from 1 on, that the output cannot have because they are too long. */
  readonly tooLong = new Set<number>()
  /** By feature: what is missing. */
  readonly missing = new Map<Feature, MissingFeature>()
  readonly runs?: RunSink
  /** Where the input can be divided; null where nobody asked. */
  cuts: InputCuts | null = null
  private readonly holder: Holder
  private readonly drop: ReadonlySet<Feature>
  private readonly features: FeatureVisitor
  private plain = 0
  private entries = 0
  private dialect: keyof typeof TYPES = 'redis'

  /** `bulk`: every key is wanted and stays what it is, so that most of them need not be looked at one by one. */
  constructor(
    holder: Holder,
    drop: ReadonlySet<Feature>,
    bulk: boolean,
    memory: KernelMemory | null = null,
  ) {
    this.holder = holder
    this.drop = drop
    const looksForDeleted = !holder.holds('stream-deleted-pending')
    this.features = new FeatureVisitor(looksForDeleted, holder.longest, memory)
    if (bulk) this.runs = this.runSink()
  }

  /** What the output is without. */
  get lost(): ReadonlySet<Feature> {
    const {holder} = this
    const all = Object.keys(FEATURES) as Feature[]
    return new Set(all.filter((feature) => !holder.holds(feature)))
  }

  get refused(): boolean {
    return [...this.missing.values()].some(({decision}) => decision === 'refused')
  }

  header({source}: DatasetHeader): void {
    if (source === null) return
    const {holder} = this
    this.dialect = source.dialect
    // What the target reads as it is, needs nothing of it.
    this.plain = PLAIN_TYPES | (holder.copies ? canCopyRuns(source, holder.target) : 0)
  }

  record(opcode: number, fields: RecordFields): void {
    if (opcode === RdbOpcode.MODULE_AUX) this.need('module-aux', null, fields.module)
    else if (opcode === RdbOpcode.SLOT_IMPORT && this.dialect === 'valkey') {
      this.need('slot-import', null, null)
    }
  }

  library(): void {
    if (this.need('functions', null, null)) this.libraries++
  }

  entry(entry: Entry): void {
    const {holder, features} = this
    const {db, logical, type, from, expiresAtMs} = entry
    this.entries++
    this.cuts?.sawEntry(db)
    if (db >= holder.databases) {
      this.need('databases', entry)
      entry.skipValue()
      return
    }
    if (entry.idleSeconds !== null) this.need('idle', entry)
    if (entry.freq !== null) this.need('frequency', entry)
    if (entry.keyMeta !== null) this.need('key-metadata', entry)
    const feature = keyFeature(entry)
    if (holder.copies && from !== null && canCopy(type, from, holder.target)) {
      if (!entry.skipValue()) return
    } else if (feature === 'path-hashes') {
      this.need(feature, entry)
      entry.skipValue()
      return
    } else {
      if (!entry.readValue(features)) return
      if (entry.keyEnd - entry.keyStart > holder.longest) features.found.add('long-strings')
      // Where no module is held, that has been said.
      if (!holder.holds('modules')) features.found.delete('vector-sets')
      for (const found of features.found) this.need(found, entry)
      if (features.found.has('long-strings')) {
        this.tooLong.add(this.entries)
        return
      }
      if (feature !== undefined && !holder.holds(feature)) return
      if (features.found.has('vector-sets') && !holder.holds('vector-sets')) return
    }
    this.count(db, logical, 1, expiresAtMs === null ? 0 : 1)
  }

  /** An entry that the target has as it was. */
  copied({db, logical, expiresAtMs}: Entry): void {
    this.count(db, logical, 1, expiresAtMs === null ? 0 : 1)
  }

  private runSink(): RunSink {
    const plan = this
    return {
      get types() {
        return plan.plain | plan.streams
      },
      databases: plan.holder.databases,
      get attributes() {
        return plan.holder.holds('idle')
      },
      get most() {
        return plan.cuts?.most
      },
      leap: (r) => plan.cuts?.note(r),
      write() {},
      done(db, tally) {
        plan.cuts?.sawEntry(db)
        plan.countRun(db, tally)
      },
    }
  }

  /** Types of streams of which there is nothing to tell that is not known, so that they need only be counted. */
  private get streams(): number {
    const {holder, missing} = this
    if (!holder.holds('streams')) return 0
    let mask = 1 << RdbType.STREAM_LISTPACKS
    const told = missing.get('stream-counters')?.examples.length === EXAMPLES
    if (!told && !holder.holds('stream-counters')) return mask
    mask |= 1 << RdbType.STREAM_LISTPACKS_2
    return holder.holds('consumer-activity') ? mask | (1 << RdbType.STREAM_LISTPACKS_3) : mask
  }

  countRun(db: number, tally: RunTally): void {
    let expires = tally.expires
    this.entries += tally.entries
    const counted =
      this.plain & (1 << RdbType.STREAM_LISTPACKS_2) ? 0 : tally.types[RdbType.STREAM_LISTPACKS_2]
    const counters = this.missing.get('stream-counters')
    if (counters) counters.count += counted
    for (let type = 0; type < 32; type++) {
      const row = TYPES[this.dialect][type]
      if (row === undefined || tally.types[type] === 0) continue
      this.count(db, row.logical, tally.types[type], expires)
      expires = 0
    }
  }

  private count(db: number, logical: LogicalType, keys: number, expires: number): void {
    const counts = (this.databases[db] ??= {keys: 0, expires: 0, types: {}})
    counts.keys += keys
    counts.expires += expires
    counts.types[logical] = (counts.types[logical] ?? 0) + keys
    this.keys += keys
  }

  /** Note that something is used. Returns whether the output will have it. */
  private need(feature: Feature, entry: Entry | null, name: string | null = null): boolean {
    const {holder, drop, missing} = this
    const held = entry === null ? holder.holdsCopied(feature) : holder.holds(feature)
    if (held) return true
    const row = missing.get(feature) ?? this.addMissing(feature, drop.has(feature))
    row.count++
    if (row.examples.length >= EXAMPLES) return false
    if (entry !== null) {
      const {db, memory, keyStart, keyEnd} = entry
      const key = reportBytes(memory.slice(keyStart, Math.min(keyEnd, keyStart + KEY_SHOWN)))
      row.examples.push({db, key})
    } else if (name !== null) row.examples.push({db: 0, key: name})
    return false
  }

  private addMissing(feature: Feature, dropped: boolean): MissingFeature {
    const {text, weight} = FEATURES[feature]
    const losesKeys = LOSES_KEYS.includes(feature)
    const decision = dropped || weight === 'detail' ? 'dropped' : 'refused'
    const row = {feature, text, weight, count: 0, losesKeys, examples: [], decision} as const
    const added: MissingFeature = {...row, examples: []}
    this.missing.set(feature, added)
    return added
  }
}
