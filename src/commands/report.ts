import {BaseCommand, inputArgs, inputFlags} from '../base-command.ts'
import type {ReportReport} from '../operations/report-reports.ts'
import {reportFlags, reportOptions} from '../report-flags.ts'
import {selectFlags} from '../select-flags.ts'
import type {Outcome} from '../ui/outcome.ts'
import {REPORT_HELP} from '../ui/report-help.ts'
import {printReport, reportExit} from '../ui/report-output.ts'

interface Outputs {
  html?: string
  csv?: string
  partial?: string
  force: boolean
}

export default class Report extends BaseCommand {
  static override summary = REPORT_HELP.summary
  static override description = REPORT_HELP.description
  static override examples = REPORT_HELP.examples
  static override args = inputArgs
  static override flags = {...inputFlags, ...reportFlags, ...selectFlags}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Report)
    const options = reportOptions(flags)
    const {html, csv, partial, force} = flags
    const {refuseExisting} = await import('../io/publish-report.ts')
    refuseExisting(csv, false)
    for (const path of [html, partial]) refuseExisting(path, force)
    const [first, ...others] = args.input
    const part: Uint8Array[] = []
    const settings = {...flags, onChunk: async (chunk: Uint8Array) => void part.push(chunk)}
    const outcome = await this.outcome('report', first, options, settings, reportExit, others)
    await this.write(outcome, Buffer.concat(part), flags)
    printReport(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }

  private async write({report}: Outcome<ReportReport>, part: Uint8Array, outputs: Outputs) {
    if (report === null) return
    const {publishFile, publishFiles} = await import('../io/publish-report.ts')
    const {html, csv, partial, force} = outputs
    if (csv !== undefined) {
      const {reportTables} = await import('../ui/report-csv.ts')
      await publishFiles(csv, reportTables(report))
    }
    if (html !== undefined) {
      const {reportPage} = await import('../ui/report-page.ts')
      await publishFile(html, Buffer.from(reportPage(report, this.config.version)), force)
    }
    if (partial !== undefined) await publishFile(partial, part, force)
  }
}
