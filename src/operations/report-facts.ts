/** Makes of an entry what the statistics count, and gives it to them. */
import {ENCODINGS} from '../engine/memory/encoding.ts'
import {type KeyFacts, newFacts} from '../engine/statistics/key-facts.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Entry, EntrySink} from '../formats/entry.ts'
import {LOGICAL_TYPES} from '../formats/rdb/types.ts'
import type {SlotOfSpan} from '../net/key-slot.ts'
import type {ReportMeter} from './report-meter.ts'
import type {ReportState} from './report-state.ts'
import {COPIES_LEAST, ValueHash} from './report-value-hash.ts'

export class FactsSink implements EntrySink {
  private readonly facts: KeyFacts = newFacts()
  private readonly state: ReportState
  private readonly newMeter: () => ReportMeter
  private readonly slotOf: SlotOfSpan | null
  /** Made for the first entry: of stdin it is known only then what wrote it. */
  private meter: ReportMeter | null = null
  private readonly hash: ValueHash | null
  private readonly cursor: Cursor | null

  /** `cursor` is what the entries of an RDB are read from. */
  constructor(
    state: ReportState,
    newMeter: () => ReportMeter,
    slotOf: SlotOfSpan | null,
    cursor: Cursor | null,
  ) {
    this.state = state
    this.newMeter = newMeter
    this.slotOf = slotOf
    this.cursor = cursor
    this.hash = state.copies === null || cursor === null ? null : new ValueHash(cursor)
  }

  library(): void {}

  entry(entry: Entry): void {
    const {facts, state} = this
    const meter = (this.meter ??= this.newMeter())
    if (!this.read(entry, meter)) return
    const {keyStart, keyEnd, expiresAtMs} = entry
    facts.memory = meter.usage(keyEnd - keyStart, expiresAtMs !== null) ?? 0
    facts.db = entry.db
    facts.type = LOGICAL_TYPES.indexOf(entry.logical)
    facts.encoding = ENCODINGS.indexOf(meter.encoding)
    facts.elements = meter.elements
    facts.size = entry.size ?? 0
    facts.longest = meter.longestElement
    facts.saves = meter.saves
    facts.integers = meter.integers
    facts.expiresAtMs = expiresAtMs ?? Number.NaN
    facts.idleSeconds = entry.idleSeconds ?? -1
    facts.freq = entry.freq ?? -1
    facts.bytes = entry.memory
    facts.keyStart = keyStart
    facts.keyEnd = keyEnd
    facts.slot = this.slotOf === null ? -1 : this.slotOf(entry.memory, keyStart, keyEnd)
    state.add(facts)
  }

  /** Returns as `readValue`. */
  private read(entry: Entry, meter: ReportMeter): boolean {
    const {hash, cursor, state} = this
    if (hash === null || cursor === null) return entry.readValue(meter)
    hash.begin(entry.type)
    cursor.beginTap(hash)
    let counts: boolean
    try {
      counts = entry.readValue(meter)
    } finally {
      cursor.endTap()
    }
    const {memory, keyStart, keyEnd, db} = entry
    if (counts && hash.bytes >= COPIES_LEAST) {
      const found = hash.finish()
      if (state.copies!.takes(found)) {
        state.copies!.add(found, hash.bytes, db, memory.subarray(keyStart, keyEnd))
      }
    }
    return counts
  }
}
