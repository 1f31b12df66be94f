import {Args, Flags} from '#oclif'
import {inputFlags} from '../base-command.ts'
import {MonitoredCommand} from '../monitored-command.ts'
import type {VerifyReport} from '../operations/reports.ts'
import {accessFlags, engineFlags, engineOf} from '../server-flags.ts'
import type {Outcome} from '../ui/outcome.ts'
import {VERIFY_HELP} from '../ui/verify-help.ts'
import {verifyNagios, verifyPrometheus} from '../ui/verify-monitoring.ts'
import {printVerify, verifyExit} from '../ui/verify-output.ts'

const file = 'FILE'

export default class Verify extends MonitoredCommand {
  static override summary = VERIFY_HELP.summary
  static override description = VERIFY_HELP.description
  static override examples = VERIFY_HELP.examples
  static override args = {
    input: Args.string({required: true, ignoreStdin: true, description: 'File or directory.'}),
  }
  static override flags = {
    ...inputFlags,
    'max-age': Flags.string({summary: 'How old the data may be: 26h, 2d.', helpValue: 'TIME'}),
    'min-keys': Flags.integer({summary: 'How many keys there are at least.', min: 0}),
    baseline: Flags.string({summary: 'Compare with this JSON file, or write it.', helpValue: file}),
    'update-baseline': Flags.boolean({summary: 'Write it anew.', dependsOn: ['baseline']}),
    'max-drift': Flags.string({
      summary: 'How far counts and bytes may be from the baseline; 20% by default.',
      helpValue: 'PERCENT',
      dependsOn: ['baseline'],
    }),
    against: Flags.string({summary: 'Must hold the same data as this input.', helpValue: 'INPUT'}),
    rules: Flags.string({summary: 'Rules as JSON.', helpValue: file}),
    nagios: Flags.boolean({summary: 'Print one status line; exit 0 to 3.', exclusive: ['json']}),
    prom: Flags.string({summary: 'Write metrics for node_exporter.', helpValue: file}),
    ...engineFlags,
    ...accessFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Verify)
    const printing = await this.printing(flags)
    const {verifyOptions} = await import('../operations/verify-settings.ts')
    const {input} = args
    const engine = engineOf(flags, [input])
    const options = {...verifyOptions(flags, Date.now()), force: flags.force}
    const others = [...engine, ...(flags.against === undefined ? [] : [flags.against])]
    const operation = engine.length > 0 ? 'verify-on-server' : 'verify'
    const outcome = await this.outcome(operation, input, options, flags, verifyExit, others)
    if (options.baseline === null) await this.writeBaseline(flags.baseline!, outcome)
    if (flags.prom !== undefined) {
      const {publishText} = await import('../io/publish-text.ts')
      await publishText(flags.prom, verifyPrometheus(outcome, Date.now()))
    }
    const nagios = flags.nagios ? verifyNagios(outcome) : null
    if (nagios === null) printVerify(outcome, printing)
    else this.output.line(nagios.line)
    process.exitCode = nagios?.exit ?? outcome.exit
    await this.output.flush()
  }

  private async writeBaseline(path: string, {report}: Outcome<VerifyReport>): Promise<void> {
    if (report === null || report.verdict !== 'ok') return
    const {publishText} = await import('../io/publish-text.ts')
    const {baselineOf} = await import('../operations/verify-baseline.ts')
    await publishText(path, `${JSON.stringify(baselineOf(report))}\n`)
  }
}
