import {Args, Flags} from '#oclif'
import {durationFlag} from '../../duration-flag.ts'
import {MonitoredCommand} from '../../monitored-command.ts'
import {serverArgument} from '../../pull-flags.ts'
import {accessFlags} from '../../server-flags.ts'
import {CLUSTER_VERIFY_HELP} from '../../ui/cluster-help.ts'
import {
  clusterNagios,
  clusterVerifyExit,
  printClusterVerify,
} from '../../ui/cluster-verify-output.ts'

const SILENCE_MS = 60000

export default class ClusterVerify extends MonitoredCommand {
  static override summary = CLUSTER_VERIFY_HELP.summary
  static override description = CLUSTER_VERIFY_HELP.description
  static override examples = CLUSTER_VERIFY_HELP.examples
  static override args = {
    server: Args.string({required: true, description: 'Any of its nodes: redis://host:port'}),
  }
  static override flags = {
    digest: Flags.boolean({
      summary: 'Read what the nodes hold (default): each of them forks once.',
      default: true,
      allowNo: true,
    }),
    against: Flags.string({
      summary: 'All masters together must hold the same data as this input.',
      helpValue: 'INPUT',
    }),
    nagios: Flags.boolean({summary: 'Print one status line; exit 0 to 3.', exclusive: ['json']}),
    timeout: durationFlag({summary: 'How long a server may say nothing; 60s by default.'}),
    ...accessFlags,
  }

  protected override readonly mode = 'inline'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ClusterVerify)
    const {against = null, timeout: silenceMs = SILENCE_MS} = flags
    const options = {digest: flags.digest || against !== null, against, silenceMs}
    const input = serverArgument(args.server)
    const outcome = await this.outcome('cluster-verify', input, options, flags, clusterVerifyExit)
    const nagios = flags.nagios ? clusterNagios(outcome) : null
    if (nagios === null) printClusterVerify(outcome, await this.printing(flags))
    else this.output.line(nagios.line)
    process.exitCode = nagios?.exit ?? outcome.exit
    await this.output.flush()
  }
}
