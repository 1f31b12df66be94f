/** Printing what `pull --cluster` took. */
import {Exit, type ExitCode} from '../errors.ts'
import type {ClusterPullReport} from '../operations/cluster-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {fieldLines, tableLines} from './table.ts'

export function clusterPullExit({verdict}: ClusterPullReport): ExitCode {
  return verdict === 'pulled' ? Exit.OK : Exit.CHANGED
}

export function printClusterPull(outcome: Outcome<ClusterPullReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of clusterPullLines(outcome.report, printing)) output.line(line)
}

export function clusterPullLines(
  report: ClusterPullReport,
  {paint, exactBytes}: Pick<Printing, 'paint' | 'exactBytes'>,
): string[] {
  const {input, output, verdict, keys, bytes, nodes, uncovered, reason, next} = report
  const name = paint.bold(printable(input))
  if (verdict === 'refused') {
    const line = `${name}: ${paint.bad('NOT PULLED')}: ${printable(reason ?? '')}`
    return [line, ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`])]
  }
  const fields: [string, string][] = [
    ['directory', `${printable(output)}, ${sizeText(bytes, exactBytes)}`],
  ]
  if (uncovered > 0) fields.push(['uncovered', `${plural(uncovered, 'slot')}: no node serves them`])
  const rows = nodes.map(({address, from, slots, file, bytes: size, keys: count}) => [
    printable(address),
    from === address ? 'itself' : printable(from),
    countText(count),
    sizeText(size, exactBytes),
    slots.map(([first, last]) => `${first}-${last}`).join(','),
    printable(file),
  ])
  return [
    `${name}: ${paint.good(`pulled from ${plural(nodes.length, 'master')}, ${plural(keys, 'key')}`)}`,
    ...fieldLines(fields, '  '),
    ...tableLines([['node', 'from', 'keys', 'size', 'slots', 'file'], ...rows], '  ', [0, 1, 4, 5]),
  ]
}
