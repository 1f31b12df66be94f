/** Printing what `evict` found. */
import {Exit, type ExitCode} from '../errors.ts'
import type {Decile, EvictReport} from '../operations/evict-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {missingLines, stoppedExit} from './convert-output.ts'
import {printable, quoteKey} from './escape.ts'
import {findingLines} from './findings.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {prefixRows} from './report-prefixes.ts'
import {percent} from './report-words.ts'
import {isoTime} from './short-value-text.ts'
import {fieldLines, tableLines} from './table.ts'

const PREFIXES = 20

export function evictExit({verdict, stoppedAt, written}: EvictReport): ExitCode {
  if (stoppedAt !== null) return stoppedExit('', stoppedAt, [])
  const exit =
    written === null ? Exit.OK : stoppedExit(written.verdict, written.stoppedAt, written.missing)
  if (exit !== Exit.OK) return exit
  return verdict === 'fits' || verdict === 'evicts' ? Exit.OK : Exit.FOUND
}

export function printEvict(outcome: Outcome<EvictReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of evictLines(outcome.report, printing)) output.line(line)
}

function evictLines(report: EvictReport, printing: Printing): string[] {
  const {paint, verbose, exactBytes} = printing
  const {stoppedAt, next, written} = report
  if (stoppedAt !== null) {
    const head = `${printable(report.input)}: ${paint.bad('NOT READ')}`
    return [head, ...findingLines([stoppedAt], true, paint)]
  }
  return [
    verdictLine(report, printing),
    ...fieldLines(facts(report, exactBytes), '  '),
    ...(report.verdict === 'unknown' ? [] : typeTable(report, exactBytes)),
    ...prefixTable(report, exactBytes, verbose ? Number.POSITIVE_INFINITY : PREFIXES),
    ...decileTable(report),
    ...(written === null ? [] : missingLines(written.missing, verbose)),
    ...(written?.reason ? ['', `Not written: ${printable(written.reason)}`] : []),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

function verdictLine(report: EvictReport, {paint, exactBytes}: Printing): string {
  const {input, verdict, evicted, keys, policy, maxmemory, reason} = report
  const name = paint.bold(printable(input))
  const limit = sizeText(maxmemory, exactBytes)
  const went = `${countText(evicted.keys)} of ${plural(keys, 'key')} (${percent(evicted.keys, keys)})`
  switch (verdict) {
    case 'fits':
      return `${name}: ${paint.good(`fits into ${limit}`)}, nothing goes`
    case 'evicts':
      return `${name}: ${policy} takes ${paint.warn(went)} to fit into ${limit}`
    case 'short':
      return `${name}: ${paint.bad(`does not fit into ${limit}`)}: ${policy} takes ${went}`
    case 'unknown':
      return `${name}: ${paint.bad('cannot be told')}: ${printable(reason ?? '')}`
  }
}

function facts(report: EvictReport, exact: boolean): [string, string][] {
  const {memory, evicted, rejected, measure, written, samples, seed, over} = report
  const size = (bytes: number) => sizeText(bytes, exact)
  const {keys, tables, server} = memory
  const parts = `keys ${size(keys)}, their tables ${size(tables)}, the server ${size(server)}`
  const fields: [string, string][] = [['memory', `${size(memory.used)}: ${parts}`]]
  if (over > 0) fields.push(['too much', size(over)])
  if (samples !== null) fields.push(['sampled', `${samples} keys at a time, seed ${seed}`])
  if (evicted.keys > 0) {
    const lasting = plural(evicted.withoutTtl, 'key')
    fields.push(['goes', `${size(evicted.memory)}, among it ${lasting} without expiry`])
  }
  fields.push(...timesFacts(report))
  if (measure.without > 0) {
    const what = measure.of === 'idle' ? 'idle time' : 'LFU counter'
    fields.push([
      'without',
      `${plural(measure.without, 'key')} of ${countText(measure.candidates)} have no ${what}`,
    ])
  }
  if (rejected !== null) {
    const text = `the writes of ${plural(rejected.keys, 'key')} (${size(rejected.memory)}) fail, in the order of the input`
    fields.push(['no room', text])
  }
  if (written?.verdict === 'converted') {
    fields.push([
      'written',
      `${printable(written.output ?? '')}, ${plural(written.keys, 'key')}, ${size(written.bytes)}`,
    ])
  } else if (written?.verdict === 'planned') {
    fields.push(['stays', plural(written.keys - report.evicted.keys, 'key')])
  }
  return fields
}

function timesFacts({commandTimes, measure}: EvictReport): [string, string][] {
  if (commandTimes === null) return []
  const {until, baseSavedAt, atLeast, note} = commandTimes
  const fields: [string, string][] = [['idle', `since the last command, up to ${until}; ${note}`]]
  if (atLeast > 0) {
    const since = baseSavedAt === null ? 'the first annotation' : `the base (${baseSavedAt})`
    const keys = `${plural(atLeast, 'key')} of ${countText(measure.candidates)}`
    const were = atLeast === 1 ? 'was' : 'were'
    fields.push([
      'at least',
      `${keys} ${were} not named since ${since}, and may be idle for longer`,
    ])
  }
  return fields
}

function typeTable({types}: EvictReport, exact: boolean): string[] {
  if (types.length === 0) return []
  const rows = types.map(({type, keys, memory, evicted, evictedMemory}) => [
    ...[type, countText(keys), countText(evicted), percent(evicted, keys)],
    ...[sizeText(memory, exact), sizeText(evictedMemory, exact)],
  ])
  const head = ['', 'keys', 'go', '', 'memory', 'goes']
  return ['', 'By type:', ...tableLines([head, ...rows], '  ', [0])]
}

function prefixTable({prefixes, evicted}: EvictReport, exact: boolean, most: number): string[] {
  const all = prefixRows(prefixes)
  if (all.length === 0) return []
  const largest = new Set([...all].sort((a, b) => b.node.memory - a.node.memory).slice(0, most))
  const rows = all
    .filter((each) => largest.has(each))
    .map(({path, depth, node}) => [
      ...['  '.repeat(depth) + quoteKey(path), countText(node.keys), sizeText(node.memory, exact)],
      percent(node.memory, evicted.memory),
    ])
  return [
    '',
    'What goes, by prefix:',
    ...tableLines([['', 'keys', 'memory', ''], ...rows], '  ', [0]),
  ]
}

const MEASURES = {idle: 'idle seconds', freq: 'LFU counter', expiry: 'expiry', none: ''}

function decileTable({deciles, measure}: EvictReport): string[] {
  if (deciles.length === 0 || deciles.every(({evicted}) => evicted === 0)) return []
  const text = (value: number) =>
    measure.of === 'expiry' ? (isoTime(value) ?? String(value)) : countText(value)
  const row = ({from, to, keys, evicted}: Decile) => [
    ...[`${text(from)} to ${text(to)}`, countText(keys), percent(evicted, keys)],
  ]
  const head = [MEASURES[measure.of], 'keys', 'go']
  return ['', 'Of each tenth of the keys:', ...tableLines([head, ...deciles.map(row)], '  ', [0])]
}
