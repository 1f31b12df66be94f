/** `report` as text. */
import type {ReportReport, TopKey} from '../operations/report-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import type {TextOptions} from './check-text.ts'
import {printable, quoteKey} from './escape.ts'
import {prefixRows} from './report-prefixes.ts'
import {adviceText, bandText, percent, timeText, ttlText} from './report-words.ts'
import {tableLines} from './table.ts'

const PREFIXES = 20
const TOP = 10
const INPUTS = 20
const DATABASES = 16

type Group = ReportReport['total']

export function reportLines(report: ReportReport, {paint, verbose, exactBytes}: TextOptions) {
  const exact = exactBytes
  const most = (shown: number) => (verbose ? Number.POSITIVE_INFINITY : shown)
  return [
    paint.bold(headLine(report, exact)),
    ...aboutLines(report),
    ...(report.inputs.length > 1 ? inputTable(report, exact, most(INPUTS)) : []),
    ...groupTable('By type', typeRows(report), report.total, exact),
    ...(report.databases.length > 1
      ? groupTable('By database', databaseRows(report, most(DATABASES)), report.total, exact)
      : []),
    ...spreadTable(report, exact),
    ...prefixTable(report, exact, most(PREFIXES)),
    ...topTable('Most memory', report.top.memory, exact, most(TOP)),
    ...topTable('Most elements', report.top.elements, exact, most(TOP)),
    ...topTable('Longest elements', report.top.elementSize, exact, most(TOP)),
    ...expiryTable(report, exact),
    ...bandTable('Not used for', report.idle, timeText, report.keys, exact),
    ...bandTable('LFU counter', report.freq, String, report.keys, exact),
    ...slotLines(report, exact),
    ...copyTable(report, exact, most(TOP)),
    ...adviceLines(report, exact),
  ]
}

function headLine({inputs, keys, total}: ReportReport, exact: boolean): string {
  const what = inputs.length === 1 ? printable(inputs[0].input) : plural(inputs.length, 'input')
  const expiring = `${countText(total.expires)} with an expiry`
  return `${what}: ${plural(keys, 'key')}, ${expiring}, ${sizeText(total.memory.sum, exact)} of memory`
}

function aboutLines({inputs, unselected, compression}: ReportReport): string[] {
  const lines: string[] = []
  const [first] = inputs
  if (inputs.length === 1 && first?.memoryOf) {
    const {server, allocator} = first.memoryOf
    const at = first.createdAt === null ? '' : `, saved ${first.createdAt}`
    lines.push(`  memory as ${server} with ${allocator} would use it${at}`)
  }
  if (unselected > 0) lines.push(`  ${plural(unselected, 'key')} not selected`)
  if (compression !== null) {
    const {strings, ratio} = compression
    lines.push(`  ${plural(strings, 'string')} compressed, ${ratio.toFixed(1)} : 1 on average`)
  }
  return lines
}

const section = (title: string, rows: string[][], left: number[] = [0]): string[] =>
  rows.length < 2 ? [] : ['', `${title}:`, ...tableLines(rows, '  ', left)]

function inputTable({inputs, shards, total}: ReportReport, exact: boolean, most: number) {
  const rows = inputs
    .slice(0, most)
    .map(({input, keys, memory}) => [
      printable(input),
      countText(keys),
      sizeText(memory, exact),
      percent(memory, total.memory.sum),
    ])
  const lines = section('By input', [['', 'keys', 'memory', ''], ...rows])
  const {keySkew = 0, memorySkew = 0} = shards ?? {}
  return [...lines, `  fullest: ${memorySkew} times the average memory, ${keySkew} times the keys`]
}

const typeRows = ({types}: ReportReport): [string, Group][] =>
  types.flatMap(({type, encodings, ...group}): [string, Group][] => [
    [type, group],
    ...encodings.map(({encoding, ...inside}): [string, Group] => [`  ${encoding}`, inside]),
  ])

const databaseRows = ({databases}: ReportReport, most: number): [string, Group][] =>
  databases.slice(0, most).map(({db, ...group}) => [db === null ? 'all' : String(db), group])

function groupTable(
  title: string,
  groups: readonly [string, Group][],
  total: Group,
  exact: boolean,
): string[] {
  const size = (bytes: number) => sizeText(bytes, exact)
  const rows = groups.map(([name, {keys, expires, elements, memory}]) => [
    ...[name, countText(keys), percent(expires, keys), countText(elements.sum)],
    ...[size(memory.sum), percent(memory.sum, total.memory.sum), size(memory.p50)],
    ...[size(memory.p99), size(memory.max)],
  ])
  const head = ['', 'keys', 'expire', 'elements', 'memory', '', 'p50', 'p99', 'max']
  return section(title, [head, ...rows])
}

function spreadTable({total}: ReportReport, exact: boolean): string[] {
  const {memory, size, elements} = total
  const row = (
    name: string,
    {avg, p50, p90, p99, max}: Group['memory'],
    text: (n: number) => string,
  ) => [name, text(Math.round(avg)), text(p50), text(p90), text(p99), text(max)]
  const bytes = (n: number) => sizeText(n, exact)
  const rows = [
    row('memory', memory, bytes),
    ...(size.sum === 0 ? [] : [row('in the file', size, bytes)]),
    row('elements', elements, countText),
  ]
  return section('Of a key', [['', 'average', 'p50', 'p90', 'p99', 'max'], ...rows])
}

function prefixTable({prefixes, total}: ReportReport, exact: boolean, most: number): string[] {
  const all = prefixRows(prefixes.root)
  const largest = new Set([...all].sort((a, b) => b.node.memory - a.node.memory).slice(0, most))
  const rows = all
    .filter((each) => largest.has(each))
    .map(({path, depth, node}) => [
      '  '.repeat(depth) + quoteKey(path),
      countText(node.keys),
      sizeText(node.memory, exact),
      percent(node.memory, total.memory.sum),
      percent(node.withoutTtl, node.keys),
    ])
  return section('By prefix', [['', 'keys', 'memory', '', 'never expire'], ...rows])
}

function topTable(title: string, keys: readonly TopKey[], exact: boolean, most: number): string[] {
  const rows = keys
    .slice(0, most)
    .map(({db, key, type, encoding, elements, memory, elementSize}) => [
      ...[String(db), `${type}, ${encoding}`, countText(elements)],
      ...[sizeText(elementSize, exact), sizeText(memory, exact), quoteKey(key)],
    ])
  const head = ['db', 'type', 'elements', 'longest', 'memory', 'key']
  return section(title, [head, ...rows], [1, 5])
}

function expiryTable({expiry, keys}: ReportReport, exact: boolean): string[] {
  const {withoutTtl, bands} = expiry
  const row = (name: string, count: number, memory: number) => [
    name,
    countText(count),
    percent(count, keys),
    sizeText(memory, exact),
  ]
  const rows = bands
    .filter((band) => band.keys > 0)
    .map((band) => row(ttlText(band.from, band.to), band.keys, band.memory))
  if (withoutTtl.keys > 0) rows.push(row('never expire', withoutTtl.keys, withoutTtl.memory))
  return section('Time to live, from when it was saved', [['', 'keys', '', 'memory'], ...rows])
}

function bandTable(
  title: string,
  bands: ReportReport['idle'],
  text: (n: number) => string,
  keys: number,
  exact: boolean,
): string[] {
  const rows = (bands ?? [])
    .filter((band) => band.keys > 0)
    .map((band) => [
      ...[bandText(band.from, band.to, text), countText(band.keys)],
      ...[percent(band.keys, keys), sizeText(band.memory, exact)],
    ])
  return section(title, [['', 'keys', '', 'memory'], ...rows])
}

function slotLines({slots}: ReportReport, exact: boolean): string[] {
  if (slots === null || slots.used === 0) return []
  const rows = slots.top.map(({slot, keys, memory}) => [
    ...[String(slot), countText(keys), sizeText(memory, exact)],
  ])
  const {used, memorySkew, keySkew} = slots
  const lines = section('Slots with most memory', [['slot', 'keys', 'memory'], ...rows], [])
  const skew = `fullest: ${memorySkew} times the average memory, ${keySkew} times the keys`
  return [...lines, `  ${countText(used)} of 16,384 slots have keys; ${skew}`]
}

function copyTable({copies}: ReportReport, exact: boolean, most: number): string[] {
  if (copies === null) return []
  if (copies.values === 0)
    return ['', 'No values were compared: --dedup looks at large ones of RDBs.']
  const {values, distinct, redundant, oneOf, top} = copies
  const guess = oneOf === 1 ? '' : `, estimated from one of ${oneOf} values`
  const sum = `  ${plural(values, 'value')}, ${countText(distinct)} of them different; ${sizeText(redundant, exact)} in copies${guess}`
  const rows = top
    .slice(0, most)
    .map(({copies: count, bytes, key}) => [countText(count), sizeText(bytes, exact), quoteKey(key)])
  const lines = section(
    'Values that are there more than once',
    [['copies', 'size', 'of'], ...rows],
    [2],
  )
  return lines.length === 0 ? ['', 'No value is there more than once.'] : [...lines, sum]
}

function adviceLines({advice}: ReportReport, exact: boolean): string[] {
  if (advice.length === 0) return []
  return ['', 'Advice:', ...advice.map((each) => `  ${adviceText(each, exact)}`)]
}
