import {Args, Flags} from '#oclif'
import {BaseCommand, inputFlags, sizeFlag} from '../base-command.ts'
import type {SalvageReport} from '../operations/reports.ts'
import {outcomeDocument} from '../ui/outcome.ts'
import {SALVAGE_HELP} from '../ui/salvage-help.ts'
import {printSalvage, salvageExit} from '../ui/salvage-output.ts'

export default class Salvage extends BaseCommand {
  static override summary = SALVAGE_HELP.summary
  static override description = SALVAGE_HELP.description
  static override examples = SALVAGE_HELP.examples
  static override args = {
    input: Args.string({required: true, ignoreStdin: true, description: 'RDB file to salvage.'}),
  }
  static override flags = {
    'max-expand': inputFlags['max-expand'],
    output: Flags.string({char: 'o', summary: 'Where the new RDB goes.', helpValue: 'FILE'}),
    force: Flags.boolean({summary: 'Replace an output that exists.'}),
    'dry-run': Flags.boolean({summary: 'Say what would be kept and lost; write nothing.'}),
    partial: Flags.boolean({summary: 'Keep the intact first elements of damaged collections.'}),
    greedy: Flags.boolean({summary: 'Take weaker evidence; keys that never were may appear.'}),
    duplicates: Flags.option({
      options: ['first', 'last'] as const,
      default: 'first',
      summary: 'Which entry to keep of a key that is there twice; the other is listed.',
    })(),
    report: Flags.string({summary: 'Write the report as JSON.', helpValue: 'FILE'}),
    'lost-and-found': Flags.string({
      summary: 'Keep the bytes that are left out.',
      helpValue: 'DIR',
    }),
    'max-memory': sizeFlag({summary: 'Memory for finding duplicate keys.'}),
  }

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Salvage)
    const printing = await this.printing(flags)
    const options = {
      output: flags.output,
      force: flags.force,
      dryRun: flags['dry-run'],
      partial: flags.partial,
      greedy: flags.greedy,
      duplicates: flags.duplicates,
      lostAndFound: flags['lost-and-found'],
      maxMemory: flags['max-memory'],
    }
    const outcome = await this.outcome<SalvageReport>(
      'salvage',
      args.input,
      options,
      flags,
      salvageExit,
    )
    printSalvage(outcome, printing)
    if (flags.report !== undefined && outcome.report !== null) {
      const {publishText} = await import('../io/publish-text.ts')
      const document = outcomeDocument(outcome, this.config.version)
      await publishText(flags.report, `${JSON.stringify(document, null, 1)}\n`)
    }
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
