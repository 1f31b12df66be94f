import {Flags} from '#oclif'
import {inputArgs, inputFlags, sizeFlag} from '../base-command.ts'
import {MonitoredCommand} from '../monitored-command.ts'
import type {CheckReport} from '../operations/reports.ts'
import {accessFlags, engineFlags, engineOf} from '../server-flags.ts'
import {checkPrinter} from '../ui/check-output.ts'
import {CHECK_HELP} from '../ui/help.ts'
import {checkExit, type Outcome} from '../ui/outcome.ts'
import {prometheusText} from '../ui/prometheus.ts'

export default class Check extends MonitoredCommand {
  static override summary = CHECK_HELP.summary
  static override description = CHECK_HELP.description
  static override examples = CHECK_HELP.examples
  static override args = inputArgs
  static override flags = {
    ...inputFlags,
    framing: Flags.boolean({summary: 'Skip the walk inside values: faster, and sees less.'}),
    replay: Flags.boolean({summary: 'Also load it and replay its commands, as a server would.'}),
    databases: Flags.integer({summary: 'How many databases the server has.', min: 1}),
    'max-memory': sizeFlag({summary: 'Memory for finding duplicate keys.'}),
    limit: Flags.integer({summary: 'How many findings are listed.', min: 0, default: 100}),
    nagios: Flags.boolean({summary: 'Print one status line; exit 0 to 3.', exclusive: ['json']}),
    prom: Flags.string({summary: 'Write metrics for node_exporter.', helpValue: 'FILE'}),
    ...engineFlags,
    ...accessFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Check)
    const printer = checkPrinter(await this.printing(flags), flags.nagios)
    const outcomes: Outcome<CheckReport>[] = []
    const engine = engineOf(flags, args.input)
    const embedded = flags.replay ? 'check-and-replay' : 'check'
    const operation = engine.length > 0 ? 'check-on-server' : embedded
    for (const input of args.input) {
      const options = {
        depth: flags.framing ? 'framing' : 'deep',
        config: flags.config,
        databases: flags.databases,
        maxMemory: flags['max-memory'],
        findingLimit: flags.limit,
        force: flags.force,
      }
      const outcome = await this.outcome(operation, input, options, flags, checkExit, engine)
      outcomes.push(outcome)
      printer.add(outcome)
      await this.output.flush()
    }
    if (flags.prom !== undefined) {
      const {publishText} = await import('../io/publish-text.ts')
      await publishText(flags.prom, prometheusText(outcomes, Date.now()))
    }
    process.exitCode = printer.end(outcomes)
    await this.output.flush()
  }
}
