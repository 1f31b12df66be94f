/** `respite keys`: what keys an input holds, one row each, with what is known of them without their values. */
import type {Allocator} from '../engine/memory/allocator.ts'
import {MemoryMeter} from '../engine/memory/meter.ts'
import {allocatorOf, layoutOf} from '../engine/memory/server-layout.ts'
import type {Entry, EntrySink} from '../formats/entry.ts'
import type {Host} from '../io/host.ts'
import {loadKeySlot} from '../net/key-slot.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {type DatasetOptions, openDataset} from './dataset-source.ts'
import {FirstKeys, rankOf} from './key-order.ts'
import {type KeyMeasures, KeyRows, keyRow} from './key-rows.ts'
import type {KeyOrder, KeysReport, KeyTotals} from './keys-reports.ts'
import {isSelective, keyOf, SelectingSink, type Selection, selectorFor} from './select.ts'

export interface KeysOptions extends DatasetOptions {
  selection?: Selection
  /** Give the first `limit` keys in an order; without it, as they come. */
  sort?: KeyOrder
  limit?: number
  /** Rows are not wanted, nor what values are made of. */
  countOnly?: boolean
  /** Slots of a cluster are wanted. */
  slots?: boolean
  /** The allocator of the server whose memory is estimated. */
  allocator?: Allocator
}

const SORT_LIMIT = 100

/** Emits rows (key-rows.ts). @throws InputError. What stands in the way of the data itself is in the report. */
export async function keys(
  host: Host,
  [input]: readonly string[],
  options: KeysOptions = {},
): Promise<KeysReport> {
  const report = emptyReport(input)
  try {
    const source = openDataset(host, input, options)
    const slotOf = options.slots ? await loadKeySlot() : null
    await new KeysRun(host, source, options, report, slotOf).run()
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    report.stoppedAt = error.finding
  }
  return report
}

class KeysRun implements EntrySink {
  private readonly source: DatasetSource
  private readonly options: KeysOptions
  private readonly report: KeysReport
  private readonly slotOf: ((key: Uint8Array) => number) | null
  private readonly rows: KeyRows
  private readonly first: FirstKeys | null
  /** Made for the first entry: of stdin it is known only then what wrote it. */
  private meter: MemoryMeter | null = null
  private readonly limit: number

  constructor(
    host: Host,
    source: DatasetSource,
    options: KeysOptions,
    report: KeysReport,
    slotOf: ((key: Uint8Array) => number) | null,
  ) {
    const {sort, limit} = options
    this.source = source
    this.options = options
    this.report = report
    this.slotOf = slotOf
    this.rows = new KeyRows((chunk) => host.emit(chunk))
    this.first = sort === undefined ? null : new FirstKeys(limit ?? SORT_LIMIT)
    this.limit = limit ?? Number.POSITIVE_INFINITY
  }

  async run(): Promise<void> {
    const {source, report, options, rows} = this
    const {selection = {}} = options
    report.kind = source.kind
    const selector = isSelective(selection) ? await selectorFor(source, selection) : null
    const selecting = selector && new SelectingSink(this, selector)
    try {
      source.read(selecting ?? this)
    } finally {
      report.producer = source.producer
      report.unselected = selecting?.skipped ?? 0
      if (source.createdAtMs > 0) report.createdAt = new Date(source.createdAtMs).toISOString()
      for (const row of this.first?.rows() ?? []) {
        rows.addRow(row)
        report.listed++
      }
      rows.flush()
    }
  }

  library(): void {}

  entry(entry: Entry): void {
    if (this.options.countOnly) {
      if (entry.skipValue()) this.count(entry, null)
      return
    }
    this.meter ??= this.newMeter()
    const {meter} = this
    if (!entry.readValue(meter)) return
    const memory = meter.usage(entry.keyEnd - entry.keyStart, entry.expiresAtMs !== null)
    this.count(entry, memory)
    const slot = this.slotOf === null ? -1 : this.slotOf(keyOf(entry))
    this.give(entry, {elements: meter.elements, memory, encoding: meter.encoding, slot})
  }

  private newMeter(): MemoryMeter {
    const layout = layoutOf(this.source.producer)
    const allocator = this.options.allocator ?? allocatorOf(layout)
    this.report.memoryOf = {server: layout.name, allocator}
    return new MemoryMeter(layout, allocator)
  }

  private give(entry: Entry, measures: KeyMeasures): void {
    const {first, report} = this
    if (first === null) {
      if (report.listed >= this.limit) return
      report.listed++
      this.rows.add(entry, measures)
      return
    }
    const sort = this.options.sort!
    const rank = rankOf(sort, ranked(sort, entry, measures))
    if (!first.mayTake(rank)) return
    first.add({rank, db: entry.db, key: keyOf(entry), row: keyRow(entry, measures)})
  }

  private count(entry: Entry, memory: number | null): void {
    const {report} = this
    report.keys++
    if (entry.expiresAtMs !== null) report.expires++
    add(report.databases, String(entry.db), entry, memory)
    add(report.types, entry.logical, entry, memory)
  }
}

function add(
  totals: Record<string, KeyTotals>,
  name: string,
  entry: Entry,
  memory: number | null,
): void {
  const {size} = entry
  const total = (totals[name] ??= {keys: 0, size: null, memory: null})
  total.keys++
  if (size !== null) total.size = (total.size ?? 0) + size
  if (memory !== null) total.memory = (total.memory ?? 0) + memory
}

function ranked(order: KeyOrder, entry: Entry, measures: KeyMeasures): number | null {
  switch (order) {
    case 'memory':
      return measures.memory
    case 'elements':
      return measures.elements
    case 'size':
      return entry.size
    case 'expiry':
      return entry.expiresAtMs
    case 'idle':
      return entry.idleSeconds
    case 'freq':
      return entry.freq
    case 'key':
      return null
  }
}

function emptyReport(input: string): KeysReport {
  return {
    schema: 'respite.keys/1',
    input,
    kind: 'unknown',
    producer: null,
    createdAt: null,
    keys: 0,
    listed: 0,
    unselected: 0,
    expires: 0,
    databases: {},
    types: {},
    memoryOf: null,
    stoppedAt: null,
  }
}
