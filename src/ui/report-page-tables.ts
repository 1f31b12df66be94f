/** Tables of the page of a report: names and sorts of their columns, and rows. */
import type {ReportReport} from '../operations/report-reports.ts'
import {printable, quoteKey} from './escape.ts'

/** How a column is shown, and sorted. */
type Sort = 'count' | 'size' | 'text' | 'key' | 'share'
type Column = [name: string, sort: Sort]

export interface PageTable {
  title: string
  columns: Column[]
  rows: (string | number | null)[][]
  /** Rows that belong to the one above them. */
  inner?: boolean[]
}

type Group = ReportReport['total']

const GROUP: readonly Column[] = [
  ...([
    ['keys', 'count'],
    ['expire', 'share'],
    ['elements', 'count'],
    ['memory', 'size'],
  ] as const),
  ...([
    ['of all', 'share'],
    ['average', 'size'],
    ['p50', 'size'],
    ['p90', 'size'],
  ] as const),
  ...([
    ['p99', 'size'],
    ['largest', 'size'],
  ] as const),
].map(([name, sort]): Column => [name, sort])

const share = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole)

const groupRow = ({keys, expires, elements, memory}: Group, total: Group): number[] => [
  ...[keys, share(expires, keys), elements.sum, memory.sum, share(memory.sum, total.memory.sum)],
  ...[Math.round(memory.avg), memory.p50, memory.p90, memory.p99, memory.max],
]

export function pageTables(report: ReportReport): PageTable[] {
  const {databases, inputs, total, slots, copies, limits} = report
  const tables: PageTable[] = [typeTable(report)]
  if (databases.length > 1) {
    const rows = databases.map(({db, ...group}) => [
      ...[db === null ? 'all' : String(db), ...groupRow(group, total)],
    ])
    tables.push({title: 'Databases', columns: [['db', 'text'], ...GROUP], rows})
  }
  if (inputs.length > 1) tables.push(inputTable(report))
  if (limits.length > 0) {
    const rows = limits.map(({setting, limit, keys, memory, saves}) => [
      ...[setting, limit, keys, memory, saves],
    ])
    const columns: Column[] = [
      ['setting', 'text'],
      ['default', 'count'],
      ['keys', 'count'],
    ]
    columns.push(['memory', 'size'], ['twice it saves', 'size'])
    tables.push({title: 'Just over a limit for packing', columns, rows})
  }
  if (slots !== null && slots.used > 0) {
    const rows = slots.top.map(({slot, keys, memory}) => [slot, keys, memory])
    const columns: Column[] = [
      ['slot', 'count'],
      ['keys', 'count'],
      ['memory', 'size'],
    ]
    const title = `Slots with most memory (${slots.used} of 16384 have keys)`
    tables.push({title, columns, rows})
  }
  if (copies !== null && copies.top.length > 0) {
    const rows = copies.top.map(({copies: count, bytes, key}) => [
      ...[quoteKey(key), count, bytes, (count - 1) * bytes],
    ])
    const columns: Column[] = [
      ['one of the keys', 'key'],
      ['copies', 'count'],
    ]
    columns.push(['size', 'size'], ['in copies', 'size'])
    tables.push({title: 'Values that are there more than once', columns, rows})
  }
  return tables
}

function typeTable({types, total}: ReportReport): PageTable {
  const rows: PageTable['rows'] = []
  const inner: boolean[] = []
  for (const {type, encodings, ...group} of types) {
    rows.push([type, ...groupRow(group, total)])
    inner.push(false)
    for (const {encoding, ...inside} of encodings) {
      rows.push([encoding, ...groupRow(inside, total)])
      inner.push(true)
    }
  }
  return {title: 'Types and encodings', columns: [['type', 'text'], ...GROUP], rows, inner}
}

function inputTable({inputs, total}: ReportReport): PageTable {
  const rows = inputs.map(({input, producer, createdAt, keys, memory}) => [
    ...[printable(input), producer === null ? null : printable(producer), createdAt],
    ...[keys, memory, share(memory, total.memory.sum)],
  ])
  const columns: Column[] = [
    ['input', 'key'],
    ['written by', 'text'],
    ['saved', 'text'],
  ]
  columns.push(['keys', 'count'], ['memory', 'size'], ['of all', 'share'])
  return {title: 'Inputs', columns, rows}
}
