import {BaseCommand, type InputSettings, inputArgs, inputFlags} from '../base-command.ts'
import {mergeFlags, mergeOptions} from '../merge-flags.ts'
import type {MergeOptions} from '../operations/merge-options.ts'
import type {MergeReport} from '../operations/merge-reports.ts'
import {MERGE_HELP} from '../ui/merge-help.ts'
import {mergeExit, printMerge} from '../ui/merge-output.ts'
import {outputTo} from '../ui/output.ts'

export default class Merge extends BaseCommand {
  static override summary = MERGE_HELP.summary
  static override description = MERGE_HELP.description
  static override examples = MERGE_HELP.examples
  static override args = inputArgs
  static override flags = {...inputFlags, ...mergeFlags}

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Merge)
    const options = mergeOptions(flags, process.stdout.isTTY === true)
    const outcome = await this.merged(args.input, options, flags)
    // Data alone goes to stdout.
    const output = options.output === '-' ? outputTo(process.stderr) : this.output
    printMerge(outcome, {...(await this.printing(flags)), output})
    process.exitCode = outcome.exit
    await output.flush()
  }

  private async merged([first, ...others]: string[], options: MergeOptions, flags: InputSettings) {
    return this.outcome<MergeReport>('merge', first, options, flags, mergeExit, others)
  }
}
