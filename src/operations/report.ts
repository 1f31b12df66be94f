/** `respite report`: what fills any number of inputs, or what parts of a report come to together. */
import {allocatorOf, layoutOf} from '../engine/memory/server-layout.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {text} from '../formats/text.ts'
import {nodeDisk} from '../io/disk.ts'
import {type Host, RECORDS} from '../io/host.ts'
import {InputError} from '../io/input-error.ts'
import {readText} from '../io/read-text.ts'
import {loadSlotOfSpan, type SlotOfSpan} from '../net/key-slot.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import {FactsSink} from './report-facts.ts'
import {finishReport} from './report-finish.ts'
import {PART_HEAD, parsePart, partText} from './report-part.ts'
import type {Compression, InputSummary, ReportReport} from './report-reports.ts'
import {RowMeter} from './report-rows.ts'
import {
  DEFAULT_PREFIXES,
  DEFAULT_SEPARATORS,
  DEFAULT_TOP,
  type ReportOptions,
} from './report-settings.ts'
import {type PartState, ReportState, type StateSettings} from './report-state.ts'
import {isSelective, SelectingSink, selectorFor} from './select.ts'

/** With `partial` it emits a part file. @throws InputError. What stands in the way of the data itself is in the report. */
export async function report(
  host: Host,
  inputs: readonly string[],
  options: ReportOptions = {},
): Promise<ReportReport> {
  const parts = inputs.map((input) => (isPart(host, input) ? readPart(input) : null))
  const state = new ReportState(settingsOf(parts, options))
  const slotOf = state.slots === null ? null : await loadSlotOfSpan()
  for (const [i, input] of inputs.entries()) {
    const part = parts[i]
    if (part === null) await addInput(host, input, state, slotOf, options)
    else state.addState(part)
  }
  if (options.partial) host.emit(new TextEncoder().encode(partText(state)))
  return finishReport(state, options.prefixes ?? DEFAULT_PREFIXES)
}

/** Parts were made with settings of their own, which then hold for all. @throws InputError where they differ. */
function settingsOf(parts: readonly (PartState | null)[], options: ReportOptions): StateSettings {
  const {separators = DEFAULT_SEPARATORS, top, slots = false, dedup = false} = options
  const [first, ...others] = parts.filter((part) => part !== null).map(({settings}) => settings)
  const asked = {separators: [...new TextEncoder().encode(separators)], slots, dedup}
  if (first === undefined) return {...asked, top: top ?? DEFAULT_TOP}
  const same = (settings: StateSettings) =>
    ['separators', 'slots', 'dedup'].every(
      (name) =>
        JSON.stringify(settings[name as keyof StateSettings]) ===
        JSON.stringify(first[name as keyof StateSettings]),
    )
  const whole = parts.includes(null) ? [...others, {...asked, top: 0}] : others
  const odd = whole.find((settings) => !same(settings))
  if (odd !== undefined) throw unlike(parts)
  const tops = [first, ...others].map((settings) => settings.top)
  return {...first, top: Math.min(...tops, top ?? Number.POSITIVE_INFINITY)}
}

function unlike(parts: readonly (PartState | null)[]): InputError {
  const message =
    'the parts were made with other separators, --slots or --dedup than the rest: make all of them alike'
  const path = parts.find((part) => part !== null)?.inputs[0]?.input ?? 'parts'
  return new InputError('INPUT_KIND', path, message)
}

function isPart(host: Host, input: string): boolean {
  if (input === '-' || !nodeDisk().stat(input)?.isFile()) return false
  try {
    return text(host.open(input, {crc: false}).head).startsWith(PART_HEAD)
  } catch (error) {
    // Whoever reads it will tell.
    if (error instanceof FormatError) return false
    throw error
  }
}

/** @throws InputError. */
function readPart(input: string): PartState {
  const part = parsePart(readText(input))
  if (part !== null) return part
  const message = 'a part of a report that is cut or was changed: make it again'
  throw new InputError('INPUT_KIND', input, message)
}

async function addInput(
  host: Host,
  input: string,
  state: ReportState,
  slotOf: SlotOfSpan | null,
  options: ReportOptions,
): Promise<void> {
  const summary: InputSummary = {
    ...{input, kind: 'unknown', producer: null, createdAt: null, keys: 0, memory: 0},
    ...{memoryOf: null, stoppedAt: null},
  }
  state.inputs.push(summary)
  const before = state.groups.total()
  try {
    const source = openDataset(host, input, options)
    summary.kind = source.kind
    await readInput(host, source, summary, state, slotOf, options)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    summary.stoppedAt = error.finding
  }
  const after = state.groups.total()
  summary.keys = after.keys - before.keys
  summary.memory = after.memory.sum - before.memory.sum
}

async function readInput(
  host: Host,
  source: DatasetSource,
  summary: InputSummary,
  state: ReportState,
  slotOf: SlotOfSpan | null,
  {selection = {}, allocator: asked}: ReportOptions,
): Promise<void> {
  const newMeter = (): RowMeter => {
    const layout = layoutOf(source.producer)
    const allocator = asked ?? allocatorOf(layout)
    summary.memoryOf = {server: layout.name, allocator}
    state.begin(source.createdAtMs)
    return new RowMeter(layout, allocator, source.memory.kernel)
  }
  const cursor = source.kind === 'rdb' ? (source.memory as Cursor) : null
  const told = (keys: number) => {
    host.counters[RECORDS] += keys
  }
  const facts = new FactsSink(state, {newMeter, slotOf, cursor, told})
  const selector = isSelective(selection) ? await selectorFor(source, selection) : null
  const selecting = selector && new SelectingSink(facts, selector)
  const before = compressionOf(source)
  try {
    source.read(selecting ?? facts)
  } finally {
    const {producer, createdAtMs} = source
    summary.producer = producer
    if (createdAtMs > 0) summary.createdAt = new Date(createdAtMs).toISOString()
    state.unselected += selecting?.skipped ?? 0
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
