import {Args} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {evictFlags, evictOptions} from '../evict-flags.ts'
import type {EvictReport} from '../operations/evict-reports.ts'
import {EVICT_HELP} from '../ui/evict-help.ts'
import {evictExit, printEvict} from '../ui/evict-output.ts'

export default class Evict extends BaseCommand {
  static override summary = EVICT_HELP.summary
  static override description = EVICT_HELP.description
  static override examples = EVICT_HELP.examples
  static override args = {
    input: Args.string({required: true, description: 'File or directory to read.'}),
  }
  static override flags = {...inputFlags, ...evictFlags}

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Evict)
    const {input} = args
    const options = evictOptions(flags)
    const {refuseExisting} = await import('../io/publish-report.ts')
    refuseExisting(flags.output, flags.force)
    const outcome = await this.outcome<EvictReport>('evict', input, options, flags, evictExit)
    printEvict(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
