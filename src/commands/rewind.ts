import {BaseCommand, inputFlags, pointFlag} from '../base-command.ts'
import {editArgs, editFlags, editOptions} from '../edit-flags.ts'
import type {RewindReport} from '../operations/undo-reports.ts'
import {REWIND_HELP} from '../ui/rewind-help.ts'
import {printRewind, rewindExit} from '../ui/rewind-output.ts'

export default class Rewind extends BaseCommand {
  static override summary = REWIND_HELP.summary
  static override description = REWIND_HELP.description
  static override examples = REWIND_HELP.examples
  static override args = editArgs
  static override flags = {
    ...inputFlags,
    ...editFlags,
    to: pointFlag({summary: 'A time, OFFSET, #N or before:OFFSET.', required: true}),
  }

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Rewind)
    const {input} = args
    const options = {...editOptions(flags, input, new Date()), to: flags.to}
    const outcome = await this.outcome<RewindReport>('rewind', input, options, flags, rewindExit)
    printRewind(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
