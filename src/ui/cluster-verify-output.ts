/** Printing the verdict of `cluster verify`, for people and for Nagios. */
import {Exit, type ExitCode} from '../errors.ts'
import type {ClusterFinding, ClusterVerifyReport} from '../operations/cluster-reports.ts'
import {countText, plural} from '../sizes.ts'
import {nagiosText, printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {nagiosStatus, STATUS} from './nagios.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'
import {rangesText} from './split-output.ts'
import {fieldLines, tableLines} from './table.ts'

export function clusterVerifyExit({verdict}: ClusterVerifyReport): ExitCode {
  return verdict === 'ok' ? Exit.OK : Exit.FOUND
}

export function printClusterVerify(
  outcome: Outcome<ClusterVerifyReport>,
  printing: Printing,
): void {
  const {output, json, version, complain, quiet} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return complain(outcome.error, outcome.input)
  if (quiet && outcome.exit === Exit.OK) return
  for (const line of clusterVerifyLines(outcome.report, printing)) output.line(line)
}

function clusterVerifyLines(
  {input, verdict, keys, nodes, digest, against, findings}: ClusterVerifyReport,
  {paint, verbose}: Pick<Printing, 'paint' | 'verbose'>,
): string[] {
  const color = verdict === 'ok' ? paint.good : verdict === 'warnings' ? paint.warn : paint.bad
  const said = verdict === 'ok' ? 'good' : verdict === 'warnings' ? 'warnings' : 'FAILED'
  const masters = nodes.filter(({role}) => role === 'master').length
  const what = `${plural(masters, 'master')}, ${plural(nodes.length - masters, 'replica')}, ${plural(keys, 'key')}`
  const rows = nodes.map(({address, role, master, slots, keys: count, digest: own}) => [
    printable(address),
    master === null ? role : `of ${printable(master)}`,
    count === null ? '?' : countText(count),
    own ?? '',
    rangesText(slots, verbose),
  ])
  const facts: [string, string][] = digest === null ? [] : [['digest', digest]]
  if (against !== null)
    facts.push(['against', `${printable(against.input)} ${against.digest ?? ''}`])
  return [
    `${paint.bold(printable(input))}: ${color(said)}, ${what}`,
    ...fieldLines(facts, '  '),
    ...tableLines([['node', 'role', 'keys', 'digest', 'slots'], ...rows], '  ', [0, 1, 3, 4]),
    ...(findings.length > 0 ? [''] : []),
    ...findings.map((found) => `  ${found.severity.padEnd(7)}  ${findingText(found)}`),
  ]
}

export function clusterNagios({exit, report, input, error}: Outcome<ClusterVerifyReport>): {
  line: string
  exit: number
} {
  const status = nagiosStatus(exit, report?.verdict === 'warnings' ? 'warnings' : null)
  const head = (what: string) => `RESPITE ${STATUS[status]} - ${nagiosText(`${input}: ${what}`)}`
  if (report === null) return {line: head(error.message), exit: status}
  const bad = report.findings.filter(({severity}) => severity !== 'note')
  const what = bad.length === 0 ? `good, ${report.keys} keys` : bad.map(findingText).join('; ')
  const strays = report.nodes.reduce((sum, {strayKeys}) => sum + (strayKeys ?? 0), 0)
  const data = `keys=${report.keys} nodes=${report.nodes.length} uncovered=${report.uncovered} strays=${strays}`
  return {line: `${head(what)} | ${data}`, exit: status}
}

const findingText = ({node, message, code}: ClusterFinding): string =>
  `${node === null ? '' : `${printable(node)} `}${printable(message)} [${code}]`
