/** Printing what `cluster bootstrap` did, or what is to be typed. */
import {Exit, type ExitCode} from '../errors.ts'
import type {BootstrapReport} from '../operations/cluster-reports.ts'
import {countText, plural} from '../sizes.ts'
import {printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {rangesText} from './split-output.ts'
import {tableLines} from './table.ts'

const EXITS: Readonly<Record<BootstrapReport['verdict'], ExitCode>> = {
  planned: Exit.OK,
  formed: Exit.OK,
  refused: Exit.FOUND,
  waiting: Exit.BUSY,
}

export const bootstrapExit = ({verdict}: BootstrapReport): ExitCode => EXITS[verdict]

export function printBootstrap(outcome: Outcome<BootstrapReport>, printing: Printing): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  const {report} = outcome
  // What is to be typed was asked for.
  if (quiet && report.verdict === 'formed') return
  for (const line of bootstrapLines(report, printing)) output.line(line)
}

function bootstrapLines(
  report: BootstrapReport,
  {paint, verbose}: Pick<Printing, 'paint' | 'verbose'>,
): string[] {
  const {input, verdict, nodes, commands, reason, next} = report
  if (verdict === 'planned') return commands.map(printable)
  const name = paint.bold(printable(input))
  const keys = nodes.reduce((sum, {keysThere}) => sum + (keysThere ?? 0), 0)
  const formed = `a cluster of ${plural(nodes.length, 'node')}, ${plural(keys, 'key')}`
  const rows = nodes.map(({address, keysThere, slots, problem}) => [
    printable(address),
    keysThere === null ? '' : countText(keysThere),
    rangesText(slots, verbose),
    printable(problem ?? ''),
  ])
  const isFormed = verdict === 'formed'
  return [
    `${name}: ${isFormed ? paint.good(formed) : paint.bad(`NO CLUSTER: ${reason}`)}`,
    ...tableLines([['node', 'keys', 'slots', ''], ...rows], '  ', [0, 2, 3]),
    ...(isFormed && commands.length === 0 ? ['', 'It was there already: nothing was done.'] : []),
    ...(commands.length > 0
      ? ['', 'Done:', ...commands.map((line) => `  ${printable(verbose ? line : inShort(line))}`)]
      : []),
    ...(next === null ? [] : ['', `Next: ${paint.bold(printable(next))}`]),
  ]
}

/** Nodes that start with keys have taken their slots, and what is left of a part can be thousands of ranges. */
const WORDS = 12

function inShort(command: string): string {
  const words = command.split(' ')
  if (words.length <= WORDS) return command
  return `${words.slice(0, WORDS).join(' ')} ... (${words.length - WORDS} numbers more)`
}
