/** `report` as tables for spreadsheets and databases: file names and their texts. */
import type {ReportReport, TopKey} from '../operations/report-reports.ts'
import type {Bytes} from '../operations/reports.ts'
import {csvLine} from './csv.ts'
import {quoteKey} from './escape.ts'
import {prefixRows} from './report-prefixes.ts'

type Cell = string | number | null
type Group = ReportReport['total']

const DISTRIBUTION = ['sum', 'avg', 'p50', 'p90', 'p99', 'max'] as const
const GROUP_HEAD: readonly string[] = [
  'keys',
  'expires',
  ...(['elements', 'size', 'memory'] as const).flatMap((measure) =>
    DISTRIBUTION.map((each) => `${measure}_${each}`),
  ),
]

export function reportTables(report: ReportReport): Record<string, string> {
  const {idle, freq, slots, copies} = report
  return {
    'inputs.csv': inputs(report),
    'types.csv': types(report),
    'databases.csv': databases(report),
    'prefixes.csv': prefixes(report),
    'top.csv': top(report),
    'expiry.csv': bands(report.expiry.bands, report.expiry.withoutTtl),
    'histograms.csv': histograms(report),
    ...(idle && {'idle.csv': bands(idle)}),
    ...(freq && {'freq.csv': bands(freq)}),
    ...(slots && {'slots.csv': table(['slot', 'keys', 'memory'], slots.top.map(rowOf))}),
    ...(copies && {'copies.csv': copyTable(copies.top)}),
    'advice.csv': advice(report),
  }
}

const rowOf = ({slot, keys, memory}: {slot: number; keys: number; memory: number}): Cell[] => [
  slot,
  keys,
  memory,
]

const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  `${[head, ...rows].map((row) => csvLine(row)).join('\r\n')}\r\n`

/** Text where it is plain, else as redis-cli shows it. */
const keyCell = (key: Bytes): string =>
  typeof key === 'string' && !/[\p{C}\p{Zl}\p{Zp}]/u.test(key) ? key : quoteKey(key)

const groupCells = ({keys, expires, elements, size, memory}: Group): Cell[] => [
  keys,
  expires,
  ...[elements, size, memory].flatMap((each) => DISTRIBUTION.map((name) => each[name])),
]

function inputs({inputs: all}: ReportReport): string {
  const head = ['input', 'kind', 'producer', 'created_at', 'keys', 'memory', 'complete']
  const rows = all.map(({input, kind, producer, createdAt, keys, memory, stoppedAt}) => [
    ...[keyCell(input), kind, producer === null ? null : keyCell(producer), createdAt],
    ...[keys, memory, stoppedAt === null ? 1 : 0],
  ])
  return table(head, rows)
}

function types({types: all}: ReportReport): string {
  const rows = all.flatMap(({type, encodings}) =>
    encodings.map(({encoding, ...group}) => [type, encoding, ...groupCells(group)]),
  )
  return table(['type', 'encoding', ...GROUP_HEAD], rows)
}

const databases = ({databases: all}: ReportReport): string =>
  table(
    ['db', ...GROUP_HEAD],
    all.map(({db, ...group}) => [db, ...groupCells(group)]),
  )

function prefixes({prefixes: {root}}: ReportReport): string {
  const head = ['prefix', 'depth', 'keys', 'memory', 'size', 'without_ttl']
  const rows = prefixRows(root).map(({path, depth, node}) => [
    ...[keyCell(path), depth, node.keys, node.memory, node.size, node.withoutTtl],
  ])
  return table(head, rows)
}

function top({top: lists}: ReportReport): string {
  const head = ['by', 'rank', 'db', 'key', 'type', 'encoding']
  const measures = ['elements', 'size', 'memory', 'element_size', 'expiry']
  const rows = (by: string, keys: readonly TopKey[]) =>
    keys.map((each, i) => [
      ...[by, i + 1, each.db, keyCell(each.key), each.type, each.encoding],
      ...[each.elements, each.size, each.memory, each.elementSize, each.expiry],
    ])
  return table(
    [...head, ...measures],
    [
      ...rows('memory', lists.memory),
      ...rows('elements', lists.elements),
      ...rows('element_size', lists.elementSize),
    ],
  )
}

function bands(
  list: ReportReport['expiry']['bands'],
  without?: {keys: number; memory: number},
): string {
  const rows: Cell[][] = list.map(({from, to, keys, memory}) => [from, to, keys, memory])
  if (without) rows.push(['never', null, without.keys, without.memory])
  return table(['from', 'below', 'keys', 'memory'], rows)
}

function histograms({histograms: all}: ReportReport): string {
  const rows = (['memory', 'elements', 'size'] as const).flatMap((measure) =>
    all[measure].map(({from, to, count}) => [measure, from, to, count]),
  )
  return table(['of', 'from', 'below', 'keys'], rows)
}

const copyTable = (top: NonNullable<ReportReport['copies']>['top']): string =>
  table(
    ['copies', 'bytes', 'db', 'key'],
    top.map(({copies, bytes, db, key}) => [copies, bytes, db, keyCell(key)]),
  )

const advice = ({advice: all}: ReportReport): string =>
  table(
    ['code', 'subject', 'keys', 'memory', 'saves'],
    all.map(({code, subject, keys, memory, saves}) => [code, subject, keys, memory, saves]),
  )
