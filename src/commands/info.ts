import {BaseCommand, inputArgs, inputFlags} from '../base-command.ts'
import type {InfoReport} from '../operations/reports.ts'
import {INFO_HELP} from '../ui/help.ts'
import {infoPrinter} from '../ui/info-output.ts'
import {infoExit, type Outcome} from '../ui/outcome.ts'

export default class Info extends BaseCommand {
  static override summary = INFO_HELP.summary
  static override examples = INFO_HELP.examples
  static override args = inputArgs
  static override flags = inputFlags

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Info)
    const printer = infoPrinter(await this.printing(flags))
    const outcomes: Outcome<InfoReport>[] = []
    for (const input of args.input) {
      const outcome = await this.outcome('info', input, {config: flags.config}, flags, infoExit)
      outcomes.push(outcome)
      printer.add(outcome)
      await this.output.flush()
    }
    process.exitCode = printer.end(outcomes)
  }
}
