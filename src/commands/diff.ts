import {Args} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {diffFlags, diffOptions} from '../diff-flags.ts'
import type {DiffReport} from '../operations/diff-reports.ts'
import {selectFlags} from '../select-flags.ts'
import {accessFlags} from '../server-flags.ts'
import {DIFF_HELP} from '../ui/diff-help.ts'
import {diffExit, diffPrinter} from '../ui/diff-output.ts'
import {outputTo} from '../ui/output.ts'

const description = 'File, directory or server (redis://host:port); - is an RDB from stdin.'

export default class Diff extends BaseCommand {
  static override summary = DIFF_HELP.summary
  static override description = DIFF_HELP.description
  static override examples = DIFF_HELP.examples
  static override args = {
    a: Args.string({required: true, ignoreStdin: true, description}),
    b: Args.string({required: true, ignoreStdin: true, description}),
  }
  static override flags = {...inputFlags, ...diffFlags, ...selectFlags, ...accessFlags}

  protected override mode: 'auto' | 'worker' = 'auto'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Diff)
    const {a, b} = args
    const options = diffOptions(a, b, flags)
    if (options.patch !== undefined) this.mode = 'worker'
    // Data alone goes to stdout.
    const output = options.patch?.output === '-' ? outputTo(process.stderr) : this.output
    const {onChunk, end} = diffPrinter({...(await this.printing(flags)), output})
    const settings = {...flags, onChunk}
    const outcome = await this.outcome<DiffReport>('diff', a, options, settings, diffExit, [b])
    end(outcome)
    process.exitCode = outcome.exit
    await output.flush()
  }
}
