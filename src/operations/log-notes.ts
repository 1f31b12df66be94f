import type {LogRows} from './log-rows.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {FileReport, Finding} from './reports.ts'

/** What `log` tells between the commands. */
export class LogNotes {
  /** Files that were told of: rows of commands count them. */
  files = 0
  private readonly rows: LogRows
  private readonly builder: ReportBuilder

  constructor(rows: LogRows, builder: ReportBuilder) {
    this.rows = rows
    this.builder = builder
  }

  /** Before the commands of a file; with a `base`, its keys are those of an RDB. */
  file({file, role, keys}: FileReport, base: boolean): void {
    this.files++
    this.rows.note({type: 'file', file, role, baseKeys: base ? keys : null})
  }

  /** Findings that the report has already, from the one at `from` on. */
  findings(from: number): void {
    for (const finding of this.builder.report.findings.slice(from)) {
      this.rows.note({type: 'finding', ...finding})
    }
  }

  /** A finding for the report as well. */
  finding(finding: Finding): void {
    this.builder.addFinding(finding)
    this.rows.note({type: 'finding', ...finding})
  }
}
