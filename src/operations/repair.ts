/**
 * `respite repair`: make a log loadable again. Reads every file in depth, plans what has to go, writes the rest to a new place,
 * reads that back and replays it.
 */
import {basename, join} from 'node:path'
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'
import {InputError} from '../io/input-error.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import type {Layout, LayoutFile} from '../io/layout/types.ts'
import {type Edit, type EditedFile, firstCut} from './edit.ts'
import type {RepairReport} from './edit-reports.ts'
import {layoutOf} from './layout-of.ts'
import {quote} from './next-step.ts'
import {refuseLive} from './refuse-live.ts'
import {editedFile, type PlannedFile, planFiles} from './repair-plan.ts'
import {proveEdit} from './repair-proof.ts'
import {exceeded, fileReports, isChanged, type LossLimit, summary} from './repair-summary.ts'
import {ReportBuilder} from './report-builder.ts'
import {type LogScan, type ScanOptions, scanLog} from './scan-log.ts'
import {type Member, outputDirectory, type SetMembers, setMembers} from './set-members.ts'
import {leaveOutOlder} from './set-order.ts'
import {inspectEdit} from './verify-edit.ts'
import {clearUp, writeEdit} from './write-edit.ts'

export interface RepairOptions {
  /** Null with `inPlace`. */
  output: string | null
  inPlace?: boolean
  force?: boolean
  dryRun?: boolean
  maxLoss?: LossLimit
  /** Do what redis-check-aof --fix does, and no more. */
  tailOnly?: boolean
  /** Look for records also inside an argument that claims all that is left. */
  insideArguments?: boolean
  discard?: boolean
  /** Do not replay the result. */
  skipReplay?: boolean
  config?: string
  databases?: number
  /** Of the backups, `20261120T193000Z`. */
  stamp: string
}

const DEFAULT_DATABASES = 16

export function repair(
  host: Host,
  [input]: readonly string[],
  options: RepairOptions,
): RepairReport {
  const config = options.config === undefined ? null : readConfigFile(options.config)
  return new Repair(host, input, options, config).run()
}

class Repair {
  private readonly host: Host
  private readonly input: string
  private readonly options: RepairOptions
  private readonly layout: Layout
  private readonly set: SetMembers | null
  private readonly builder: ReportBuilder
  private readonly scanOptions: ScanOptions

  constructor(host: Host, input: string, options: RepairOptions, config: ServerConfig | null) {
    this.host = host
    this.input = input
    this.options = options
    this.layout = layoutOf(input, config)
    this.set = setMembers(this.layout)
    this.builder = new ReportBuilder(input, 'deep')
    this.scanOptions = {
      input,
      table: config === null ? DEFAULT_COMMANDS : new CommandTable(config.renames),
      databases: options.databases ?? config?.databases ?? DEFAULT_DATABASES,
      insideArguments: options.insideArguments === true,
    }
  }

  run(): RepairReport {
    const {host, options, set} = this
    const members = this.members()
    const scans = this.scan(members)
    if (set?.rebuilt) leaveOutOlder(host, set, members, scans)
    const files = planFiles(host, scans, options.tailOnly === true)
    const edit = this.edit(members, files)
    const report = this.report(members, files, edit)
    const refusal = this.refusal(report, files)
    if (refusal !== null) return {...report, ...refusal}
    if (options.dryRun) return report
    if (options.inPlace) refuseLive(scans.map(({path}) => path))
    const nothing = options.inPlace === true && report.verdict === 'sound'
    if (!nothing) return this.write(edit, report)
    return {...report, aside: clearUp(edit, this.output), output: null}
  }

  private members(): Member[] {
    const {layout, set, input} = this
    if (set !== null) return set.members
    const file = layout.files.find(({loaded}) => loaded) ?? layout.files[0]
    if (layout.kind === 'rdb' && !this.hasText(file)) {
      const next = `respite salvage ${quote(file.path)} -o recovered.rdb`
      throw new InputError('INPUT_KIND', input, 'an RDB snapshot, which is no log', next)
    }
    return [
      {file: layout.source === 'data-directory' ? file : {...file, name: input}, type: 'i', seq: 1},
    ]
  }

  /** An RDB may be the preamble of a log. Its name is the only hint while nothing follows it. */
  private hasText({path}: LayoutFile): boolean {
    return path.endsWith('.aof')
  }

  private scan(members: readonly Member[]): LogScan[] {
    const {host, builder, scanOptions, layout} = this
    const c = new Cursor(host.kernel)
    const scans = members.map(({file}, i) => {
      return scanLog(host, c, builder, file, i === members.length - 1, scanOptions)
    })
    for (const {code, severity, file, offset, line, message, meaning} of layout.findings) {
      const place = line === null ? '' : `line ${line}: `
      builder.add(code, `${place}${message}`, {file, offset}, {severity, meaning})
    }
    return scans
  }

  private edit(members: readonly Member[], files: readonly PlannedFile[]): Edit {
    const {set, options} = this
    return {
      manifest: set?.manifest ?? null,
      files: files.map((file, i): EditedFile => {
        const {type, seq} = members[i]
        const place = {name: basename(members[i].file.path), type, seq, fields: []}
        return editedFile(file, place, options.tailOnly === true)
      }),
    }
  }

  private get output(): string {
    const {options, set, layout, input} = this
    if (options.output === null) return set?.directory ?? layout.files[0].path
    if (set !== null) return outputDirectory(layout, set, options.output)
    return layout.source === 'data-directory'
      ? join(options.output, basename(input))
      : options.output
  }

  private report(
    members: readonly Member[],
    files: readonly PlannedFile[],
    edit: Edit,
  ): RepairReport {
    const {builder, set, options, input, host} = this
    const {findings, findingCount} = builder.finish()
    return {
      schema: 'respite.repair/1',
      input,
      kind: set === null ? 'aof' : 'aof-set',
      output: options.output === null && !options.inPlace ? null : this.output,
      dryRun: options.dryRun === true,
      ...summary(host, files),
      decisions: set?.decisions ?? [],
      verdict: isChanged(files) || (set?.decisions.length ?? 0) > 0 ? 'repaired' : 'sound',
      reason: null,
      next: null,
      files: fileReports(members, files, edit, set !== null),
      // This is the step after the findings.
      findings: findings.map((finding) => ({...finding, next: null})),
      findingCount,
      aside: [],
      proof: null,
    }
  }

  private refusal(
    {loss, kept, kind}: RepairReport,
    files: readonly PlannedFile[],
  ): Partial<RepairReport> | null {
    const {maxLoss, tailOnly} = this.options
    const unrepairable = (reason: string, next: string | null = null) =>
      ({verdict: 'unrepairable', reason, next, output: null}) as const
    const refused = (reason: string, next: string) =>
      ({verdict: 'refused', reason, next, output: null}) as const
    const rdb = files.find(({scan}) => scan.damagedRdb && scan.salvaged === null)
    if (rdb) {
      const {path, file} = rdb.scan
      return unrepairable(
        `of the RDB part of ${file} nothing can be kept`,
        `respite salvage ${quote(path)} -o recovered.rdb --greedy`,
      )
    }
    if (files.some(({scan}) => scan.cuts.overflowed))
      return unrepairable('there are too many damaged places')
    if (files.every(({scan}) => scan.bytes === 0))
      return unrepairable('there is not one byte in it')
    if (kept.commands === 0 && loss.bytes > 0 && files.every(({scan}) => scan.kind !== 'rdb')) {
      return unrepairable('not one command can be read')
    }
    if (tailOnly && kind === 'aof-set' && files.slice(0, -1).some(({cuts}) => cuts.length > 0)) {
      return refused(
        'the damage is not in the last file, which is all that --tail-only may cut',
        'repair it without --tail-only',
      )
    }
    const over = maxLoss === undefined ? null : exceeded(maxLoss, loss)
    return over === null ? null : refused(over, 'raise --max-loss, or look at --dry-run first')
  }

  private write(edit: Edit, report: RepairReport): RepairReport {
    const {host, options, output, scanOptions} = this
    const {force = false, inPlace = false, discard = false, stamp, tailOnly} = options
    const written = writeEdit(host, edit, {
      output,
      force,
      inPlace,
      discard,
      stamp,
      inspect: (path, file) => inspectEdit(host, path, file, scanOptions, tailOnly === true),
    })
    const aside = written.kept
    if (options.skipReplay) return {...report, aside}
    return {...report, aside, proof: proveEdit(host, written.files, scanOptions, firstCut(edit))}
  }
}
