/** For commands with --nagios: an error is one status line too. */
import {BaseCommand} from './base-command.ts'
import type {ErrorReport} from './errors.ts'
import {nagiosFailure} from './ui/nagios.ts'

export abstract class MonitoredCommand extends BaseCommand {
  protected override async fail(report: ErrorReport): Promise<void> {
    if (!this.asked('--nagios')) return super.fail(report)
    const {line, exit} = nagiosFailure(report)
    this.output.line(line)
    process.exitCode = exit
    await this.output.flush()
  }
}
