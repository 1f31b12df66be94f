/** What a state comes to, as a report. The same state gives the same report, whatever it was added up from. */
import {ENCODINGS} from '../engine/memory/encoding.ts'
import {LOGICAL_TYPES} from '../formats/rdb/types.ts'
import {SLOTS} from '../net/key-slot.ts'
import {bytesOfLatin1} from './latin1.ts'
import {adviceOn} from './report-advice.ts'
import {reportBytes} from './report-builder.ts'
import type {CopiesOfValues, ReportReport, SlotReport, TopKey} from './report-reports.ts'
import {byInput, type ReportState, type TopOrder, type TopRow} from './report-state.ts'
import {shownTree} from './report-tree.ts'

const SLOTS_NAMED = 10
const COPIES_NAMED = 20
/** As far as Date goes. */
const LAST_MS = 8.64e15

export function finishReport(state: ReportState, prefixes: number): ReportReport {
  const {groups, ttl, idle, freq, compression, lasting, unselected} = state
  const inputs = [...state.inputs].sort(byInput)
  const total = groups.total()
  const {strings, compressed, expanded} = compression
  const ratio = Math.round((expanded / Math.max(1, compressed)) * 100) / 100
  const draft: Omit<ReportReport, 'advice'> = {
    schema: 'respite.report/1',
    inputs,
    keys: total.keys,
    unselected,
    total: total.report(),
    databases: groups.byDatabase().map(({db, group}) => ({db, ...group.report()})),
    types: groups.types().map(({type, group, encodings}) => ({
      type: LOGICAL_TYPES[type],
      ...group.report(),
      encodings: encodings.map(({encoding, group: inside}) => ({
        encoding: ENCODINGS[encoding],
        ...inside.report(),
      })),
    })),
    histograms: {
      memory: total.memory.doublings(),
      elements: total.elements.doublings(),
      size: total.size.doublings(),
    },
    top: {
      memory: topKeys(state, 'memory'),
      elements: topKeys(state, 'elements'),
      elementSize: topKeys(state, 'elementSize'),
    },
    prefixes: {
      separators: String.fromCharCode(...state.settings.separators),
      ...shownTree(state.tree.root(), prefixes),
    },
    expiry: {withoutTtl: {...lasting}, bands: ttl.list()},
    idle: idle.count === 0 ? null : idle.list(),
    freq: freq.count === 0 ? null : freq.list(),
    slots: state.slots === null ? null : slotReport(state.slots, total.keys, total.memory.sum),
    shards: shardsOf(inputs),
    compression: strings === 0 ? null : {...compression, ratio},
    copies: copiesOf(state),
    limits: state.limits.list(),
    stoppedAt: inputs.find(({stoppedAt}) => stoppedAt !== null)?.stoppedAt ?? null,
  }
  return {...draft, advice: adviceOn(draft, state)}
}

function topKeys(state: ReportState, order: TopOrder): TopKey[] {
  return state.top[order].rows().map(topKey)
}

function topKey(row: TopRow): TopKey {
  const [db, type, encoding, elements, size, memory, elementSize, expiresAtMs, text] = row
  return {
    ...{db, key: reportBytes(bytesOfLatin1(text))},
    ...{type: LOGICAL_TYPES[type], encoding: ENCODINGS[encoding]},
    ...{elements, size, memory, elementSize, expiry: expiryText(expiresAtMs)},
  }
}

function expiryText(ms: number | null): string | null {
  if (ms === null) return null
  return Math.abs(ms) > LAST_MS ? String(ms) : new Date(ms).toISOString().replace('.000Z', 'Z')
}

const times = (most: number, sum: number, count: number): number =>
  sum === 0 ? 0 : Math.round(((most * count) / sum) * 100) / 100

function slotReport(columns: Float64Array, keys: number, memory: number): SlotReport {
  const used: SlotReport['top'] = []
  for (let slot = 0; slot < SLOTS; slot++) {
    const count = columns[slot * 2]
    if (count > 0) used.push({slot, keys: count, memory: columns[slot * 2 + 1]})
  }
  const most = used.reduce((found, {keys: count}) => Math.max(found, count), 0)
  used.sort((a, b) => b.memory - a.memory || a.slot - b.slot)
  return {
    used: used.length,
    keySkew: times(most, keys, SLOTS),
    memorySkew: times(used[0]?.memory ?? 0, memory, SLOTS),
    top: used.slice(0, SLOTS_NAMED),
  }
}

function shardsOf(inputs: ReportReport['inputs']): ReportReport['shards'] {
  if (inputs.length < 2) return null
  const skew = (of: (input: ReportReport['inputs'][number]) => number): number => {
    const all = inputs.map(of)
    const sum = all.reduce((a, b) => a + b, 0)
    return times(Math.max(...all), sum, all.length)
  }
  return {
    inputs: inputs.length,
    keySkew: skew(({keys}) => keys),
    memorySkew: skew(({memory}) => memory),
  }
}

function copiesOf({copies}: ReportState): CopiesOfValues | null {
  if (copies === null) return null
  const {top, ...sums} = copies.report(COPIES_NAMED)
  return {...sums, top: top.map(({key, ...copy}) => ({...copy, key: reportBytes(key)}))}
}
