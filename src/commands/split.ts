import {Args} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import type {SplitReport} from '../operations/split-reports.ts'
import {selectFlags, transformFlags} from '../select-flags.ts'
import {splitFlags, splitOptions} from '../split-flags.ts'
import {SPLIT_HELP} from '../ui/split-help.ts'
import {printSplit, splitExit} from '../ui/split-output.ts'

export default class Split extends BaseCommand {
  static override summary = SPLIT_HELP.summary
  static override description = SPLIT_HELP.description
  static override examples = SPLIT_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'File or directory to read; - is an RDB from stdin.',
    }),
  }
  static override flags = {...inputFlags, ...splitFlags, ...selectFlags, ...transformFlags}

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Split)
    const options = splitOptions(flags, new Date())
    const outcome = await this.outcome<SplitReport>('split', args.input, options, flags, splitExit)
    printSplit(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
