import {Args, Flags} from '#oclif'
import {inputFlags} from '../base-command.ts'
import {MonitoredCommand} from '../monitored-command.ts'
import {DOCTOR_HELP} from '../ui/doctor-help.ts'
import {doctorExit, doctorNagios, printDoctor} from '../ui/doctor-output.ts'

export default class Doctor extends MonitoredCommand {
  static override summary = DOCTOR_HELP.summary
  static override description = DOCTOR_HELP.description
  static override examples = DOCTOR_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'Data directory of a server.',
    }),
  }
  static override flags = {
    config: inputFlags.config,
    nagios: Flags.boolean({summary: 'Print one status line; exit 0 to 3.', exclusive: ['json']}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Doctor)
    const printing = await this.printing(flags)
    const options = {config: flags.config}
    const outcome = await this.outcome('doctor', args.input, options, flags, doctorExit)
    const nagios = flags.nagios ? doctorNagios(outcome) : null
    if (nagios === null) printDoctor(outcome, printing)
    else this.output.line(nagios.line)
    process.exitCode = nagios?.exit ?? outcome.exit
    await this.output.flush()
  }
}
