import {Args} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {compactFlags, compactOptions} from '../compact-flags.ts'
import type {CompactReport} from '../operations/compact-reports.ts'
import {COMPACT_HELP} from '../ui/compact-help.ts'
import {compactExit, printCompact} from '../ui/compact-output.ts'

export default class Compact extends BaseCommand {
  static override summary = COMPACT_HELP.summary
  static override description = COMPACT_HELP.description
  static override examples = COMPACT_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      description: "AOF file, manifest, appendonlydir or a server's data directory; or an RDB.",
    }),
  }
  static override flags = {...inputFlags, ...compactFlags}

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Compact)
    const {input} = args
    const options = compactOptions(flags, input, new Date())
    const outcome = await this.outcome<CompactReport>('compact', input, options, flags, compactExit)
    printCompact(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
