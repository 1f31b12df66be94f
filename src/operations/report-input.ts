/** Reads one input into the state of a report; a large RDB in two threads, each of which takes a span of it. */
import {allocatorOf, layoutOf} from '../engine/memory/server-layout.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {type Host, RECORDS} from '../io/host.ts'
import {loadSlotOfSpan} from '../net/key-slot.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {dividedAt, readSpanOf, type Span} from './divided-source.ts'
import {FactsSink} from './report-facts.ts'
import type {Compression, InputSummary} from './report-reports.ts'
import {RowMeter} from './report-rows.ts'
import type {ReportOptions} from './report-settings.ts'
import type {SpanReport, SpanSettings} from './report-span.ts'
import type {ReportState} from './report-state.ts'
import type {Finding} from './reports.ts'
import {isSelective, SelectingSink, selectorFor} from './select.ts'

export function newSummary(input: string): InputSummary {
  return {
    ...{input, kind: 'unknown', producer: null, createdAt: null, keys: 0, memory: 0},
    ...{memoryOf: null, stoppedAt: null},
  }
}

/** @throws InputError. What stands in the way of the data itself is in the summary. */
export async function addInput(
  host: Host,
  input: string,
  state: ReportState,
  options: ReportOptions,
): Promise<void> {
  const summary = newSummary(input)
  state.inputs.push(summary)
  const before = state.groups.total()
  try {
    const source = openDataset(host, input, options)
    summary.kind = source.kind
    const {selection = {}} = options
    if (isSelective(selection)) await readSelected(host, source, summary, state, options)
    else await readWhole(host, source, summary, state, options)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    summary.stoppedAt = error.finding
  }
  const after = state.groups.total()
  summary.keys = after.keys - before.keys
  summary.memory = after.memory.sum - before.memory.sum
}

async function readSelected(
  host: Host,
  source: DatasetSource,
  summary: InputSummary,
  state: ReportState,
  options: ReportOptions,
): Promise<void> {
  const selector = await selectorFor(source, options.selection ?? {})
  const facts = await factsOf(host, source, summary, state, options)
  const selecting = new SelectingSink(facts, selector)
  try {
    noting(source, summary, state, () => source.read(selecting))
  } finally {
    state.unselected += selecting.skipped
  }
}

async function readWhole(
  host: Host,
  source: DatasetSource,
  summary: InputSummary,
  state: ReportState,
  options: ReportOptions,
): Promise<void> {
  const {kind, repeatable, paths} = source
  const isFile = kind === 'rdb' && repeatable
  // Copies of values are held by each thread: twice that is too much.
  const from = isFile && state.copies === null ? dividedAt(host, paths[0]) : null
  const facts = await factsOf(host, source, summary, state, options)
  if (from === null) return noting(source, summary, state, () => source.read(facts))
  const settings: SpanSettings = {state: state.settings, allocator: options.allocator, from}
  const rest = host.beside!.start<SpanReport>('report-span', paths, settings)
  noting(source, summary, state, () => readSpanOf(source, facts, {from: 0, to: from}))
  const {part, memoryOf, stoppedAt} = rest()
  state.addState(part)
  summary.memoryOf ??= memoryOf
  summary.stoppedAt = stoppedAt
}

/** Read a span into a state of its own. Returns what stood in the way. */
export async function addSpan(
  host: Host,
  source: DatasetSource,
  span: Span,
  summary: InputSummary,
  state: ReportState,
  options: ReportOptions,
): Promise<Finding | null> {
  const facts = await factsOf(host, source, summary, state, options)
  try {
    noting(source, summary, state, () => readSpanOf(source, facts, span))
    return null
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return error.finding
  }
}

async function factsOf(
  host: Host,
  source: DatasetSource,
  summary: InputSummary,
  state: ReportState,
  {allocator: asked}: ReportOptions,
): Promise<FactsSink> {
  const newMeter = (): RowMeter => {
    const layout = layoutOf(source.producer)
    const allocator = asked ?? allocatorOf(layout)
    summary.memoryOf = {server: layout.name, allocator}
    state.begin(source.createdAtMs)
    return new RowMeter(layout, allocator, source.memory)
  }
  const slotOf = state.slots === null ? null : await loadSlotOfSpan()
  const cursor = source.kind === 'rdb' ? (source.memory as Cursor) : null
  const told = (keys: number) => {
    host.counters[RECORDS] += keys
  }
  return new FactsSink(state, {newMeter, slotOf, cursor, told})
}

/** Note what is known of the source once it has been read. */
function noting(
  source: DatasetSource,
  summary: InputSummary,
  state: ReportState,
  read: () => void,
): void {
  const before = compressionOf(source)
  try {
    read()
  } finally {
    const {producer, createdAtMs} = source
    summary.producer = producer
    if (createdAtMs > 0) summary.createdAt = new Date(createdAtMs).toISOString()
    addCompression(state, before, compressionOf(source))
  }
}

/** Of what was read so far. Keyspaces have none. */
function compressionOf({memory}: Pick<DatasetSource, 'memory'>): Compression {
  return {...NOTHING, ...(memory as {lzf?: Compression}).lzf}
}

const NOTHING: Compression = {strings: 0, compressed: 0, expanded: 0}

function addCompression({compression}: ReportState, before: Compression, now: Compression): void {
  for (const name of ['strings', 'compressed', 'expanded'] as const) {
    compression[name] += now[name] - before[name]
  }
}
