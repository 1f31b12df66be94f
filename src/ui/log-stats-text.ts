/** `log --stats` as text. */
import type {CommandSum, LogReport, LogStatsReport, StatsKey} from '../operations/reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {printable, quoteKey} from './escape.ts'
import {tableLines} from './table.ts'

const NAMES_SHOWN = 20
const TIMES_SHOWN = 40

export function statsLines(
  {input, stats, firstTime, lastTime}: LogReport,
  exact: boolean,
): string[] {
  if (stats === null) return []
  const {commands, bytes} = stats
  const times = firstTime === null ? '' : `, ${firstTime} to ${lastTime}`
  return [
    `${printable(input)}: ${plural(commands, 'command')}, ${sizeText(bytes, exact)}${times}`,
    ...sumTable(
      'By command',
      stats.byName.slice(0, NAMES_SHOWN),
      ({name}) => printable(name),
      stats,
      exact,
    ),
    ...(stats.byDb.length > 1
      ? sumTable('By database', stats.byDb, ({db}) => `db${db}`, stats, exact)
      : []),
    ...sumTable('By time', busiest(stats), ({time}) => time, stats, exact),
    ...keyTable('Keys that most bytes were written to', stats.keys, stats.keyError, exact),
    ...keyTable('Prefixes, up to the first colon', stats.prefixes, stats.prefixError, exact),
    ...largestTable(stats, exact),
    '',
    compactionText(stats, exact),
  ]
}

/** All times, or the busiest ones. */
function busiest({byTime}: LogStatsReport): LogStatsReport['byTime'] {
  if (byTime.length <= TIMES_SHOWN) return byTime
  const most = [...byTime].sort((a, b) => b.bytes - a.bytes).slice(0, TIMES_SHOWN)
  return most.sort((a, b) => (a.time < b.time ? -1 : 1))
}

function sumTable<Row extends CommandSum>(
  title: string,
  rows: readonly Row[],
  name: (row: Row) => string,
  {bytes: total}: CommandSum,
  exact: boolean,
): string[] {
  if (rows.length === 0) return []
  const cells = rows.map((row) => [
    name(row),
    countText(row.commands),
    sizeText(row.bytes, exact),
    `${Math.round((100 * row.bytes) / Math.max(1, total))} %`,
  ])
  return ['', `${title}:`, ...tableLines([['', 'commands', 'bytes', ''], ...cells], '  ', [0])]
}

function keyTable(
  title: string,
  keys: readonly StatsKey[],
  error: number,
  exact: boolean,
): string[] {
  if (keys.length === 0) return []
  const cells = keys.map(({db, key, keyBytes, commands, bytes, liveBytes}) => [
    `db${db} ${quoteKey(key)}${keyBytes > 128 ? ` (${keyBytes} bytes)` : ''}`,
    countText(commands),
    sizeText(bytes, exact),
    liveBytes === null ? '?' : sizeText(liveBytes, exact),
    liveBytes === null || liveBytes === 0 ? '' : `${(bytes / liveBytes).toFixed(1)}x`,
  ])
  const doubt = error === 0 ? '' : `, each perhaps up to ${sizeText(Math.round(error), exact)} more`
  const head = ['', 'commands', 'bytes', 'left', '']
  return ['', `${title}${doubt}:`, ...tableLines([head, ...cells], '  ', [0])]
}

function largestTable({largest}: LogStatsReport, exact: boolean): string[] {
  if (largest.length === 0) return []
  const cells = largest.map(({bytes, name, number, file, offset, db}) => [
    printable(name),
    sizeText(bytes, exact),
    `#${number}`,
    `@${offset}`,
    `db${db}`,
    printable(file),
  ])
  return ['', 'Largest commands:', ...tableLines(cells, '  ', [0, 5])]
}

function compactionText({compaction, bytes}: LogStatsReport, exact: boolean): string {
  const {liveBytes, savedBytes, liveKeys} = compaction
  const percent = Math.round((100 * savedBytes) / Math.max(1, bytes))
  return `A rewrite would leave about ${sizeText(liveBytes, exact)} in ${plural(liveKeys, 'key')} and save about ${sizeText(savedBytes, exact)} (${percent} %), the base apart.`
}
