/** Makes of entries, or of rows of a kernel, what the statistics count, and gives it to them. */
import {ENCODINGS} from '../engine/memory/encoding.ts'
import {type KeyFacts, newFacts} from '../engine/statistics/key-facts.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Entry, EntrySink, RunSink} from '../formats/entry.ts'
import {
  MEASURE_EXPIRY,
  MEASURE_HAS_EXPIRY,
  MEASURE_HAS_FREQ,
  MEASURE_HAS_IDLE,
  MEASURE_HASH,
  MEASURE_IDLE,
  MEASURE_KEY,
  MEASURE_ROW,
  MEASURE_SIZE,
  MEASURE_TYPE,
  MEASURE_VALUE,
} from '../formats/kernel/layout.ts'
import type {MeasureSettings} from '../formats/rdb/measure-run.ts'
import {LOGICAL_TYPES, type LogicalType} from '../formats/rdb/types.ts'
import type {SlotOfSpan} from '../net/key-slot.ts'
import {measureSettings, type RowMeter} from './report-rows.ts'
import type {ReportState} from './report-state.ts'
import {COPIES_LEAST, ValueHash} from './report-value-hash.ts'

/** Any type that a kernel measures; it says itself which it does. */
const ALL_TYPES = -1

export interface FactsOptions {
  /** Made for the first entry: of stdin it is known only then what wrote it. */
  newMeter: () => RowMeter
  slotOf: SlotOfSpan | null
  /** What the entries of an RDB are read from. */
  cursor: Cursor | null
  /** So many keys more. */
  told: (keys: number) => void
}

export class FactsSink implements EntrySink {
  readonly runs: RunSink
  private readonly facts: KeyFacts = newFacts()
  private readonly state: ReportState
  private readonly options: FactsOptions
  private readonly hash: ValueHash | null
  private meter_: RowMeter | null = null
  private settings_: MeasureSettings | null = null

  constructor(state: ReportState, options: FactsOptions) {
    const {cursor} = options
    this.state = state
    this.options = options
    this.hash = state.copies === null || cursor === null ? null : new ValueHash(cursor)
    this.runs = {
      types: ALL_TYPES,
      attributes: true,
      measure: {
        settings: () => this.settings(),
        take: (memory, view, rows, count, db) => this.takeRows(memory, view, rows, count, db),
      },
      write() {},
      done() {},
    }
  }

  library(): void {}

  entry(entry: Entry): void {
    const {facts, meter} = this
    if (!this.read(entry)) return
    const {keyStart, keyEnd, expiresAtMs} = entry
    facts.db = entry.db
    facts.size = entry.size ?? 0
    facts.expiresAtMs = expiresAtMs ?? Number.NaN
    facts.idleSeconds = entry.idleSeconds ?? -1
    facts.freq = entry.freq ?? -1
    facts.bytes = entry.memory
    facts.keyStart = keyStart
    facts.keyEnd = keyEnd
    this.add(entry.logical, meter)
  }

  private takeRows(
    memory: Uint8Array,
    view: DataView,
    rows: number,
    count: number,
    db: number,
  ): void {
    const {facts, meter, hash} = this
    facts.bytes = memory
    facts.db = db
    for (let row = rows; row < rows + count * MEASURE_ROW; row += MEASURE_ROW) {
      meter.load(memory, view, row)
      const has = memory[row + MEASURE_TYPE + 1]
      facts.size = view.getUint32(row + MEASURE_SIZE, true)
      facts.expiresAtMs =
        (has & MEASURE_HAS_EXPIRY) === 0 ? Number.NaN : view.getFloat64(row + MEASURE_EXPIRY, true)
      facts.idleSeconds =
        (has & MEASURE_HAS_IDLE) === 0 ? -1 : view.getUint32(row + MEASURE_IDLE, true)
      facts.freq = (has & MEASURE_HAS_FREQ) === 0 ? -1 : memory[row + MEASURE_TYPE + 2]
      facts.keyStart = view.getUint32(row + MEASURE_KEY, true)
      facts.keyEnd = view.getUint32(row + MEASURE_KEY + 4, true)
      this.add(meter.logical, meter)
      if (hash !== null) this.addCopy(hashIn(view, row), view.getUint32(row + MEASURE_VALUE, true))
    }
    this.options.told(count)
  }

  /** What comes from the meter. */
  private add(logical: LogicalType, meter: RowMeter): void {
    const {facts, state} = this
    const {bytes, keyStart, keyEnd, expiresAtMs} = facts
    const {slotOf} = this.options
    facts.memory = meter.usage(keyEnd - keyStart, !Number.isNaN(expiresAtMs)) ?? 0
    facts.type = LOGICAL_TYPES.indexOf(logical)
    facts.encoding = ENCODINGS.indexOf(meter.encoding)
    facts.elements = meter.elements
    facts.longest = meter.longestElement
    facts.saves = meter.saves
    facts.integers = meter.integers
    facts.slot = slotOf === null ? -1 : slotOf(bytes, keyStart, keyEnd)
    state.add(facts)
  }

  private get meter(): RowMeter {
    return (this.meter_ ??= this.options.newMeter())
  }

  private settings(): MeasureSettings {
    return (this.settings_ ??= measureSettings(this.meter, this.hash !== null))
  }

  /** Returns as `readValue`. */
  private read(entry: Entry): boolean {
    const {hash, meter} = this
    const {cursor} = this.options
    if (hash === null || cursor === null) return entry.readValue(meter)
    hash.begin(entry.type)
    cursor.beginTap(hash)
    let counts: boolean
    try {
      counts = entry.readValue(meter)
    } finally {
      cursor.endTap()
    }
    const {facts} = this
    facts.bytes = entry.memory
    facts.keyStart = entry.keyStart
    facts.keyEnd = entry.keyEnd
    facts.db = entry.db
    if (counts) this.addCopy(hash.finish(), hash.bytes)
    return counts
  }

  private addCopy(hash: number, size: number): void {
    const copies = this.state.copies!
    if (size < COPIES_LEAST || !copies.takes(hash)) return
    const {bytes, keyStart, keyEnd, db} = this.facts
    copies.add(hash, size, db, bytes.subarray(keyStart, keyEnd))
  }
}

/** The upper 52 of its bits. */
function hashIn(view: DataView, row: number): number {
  const low = view.getUint32(row + MEASURE_HASH, true)
  return view.getUint32(row + MEASURE_HASH + 4, true) * 2 ** 20 + (low >>> 12)
}
