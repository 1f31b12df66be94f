import {Flags} from '#oclif'
import {BaseCommand} from '../../base-command.ts'
import {durationFlag} from '../../duration-flag.ts'
import {serverArgument} from '../../pull-flags.ts'
import {accessFlags} from '../../server-flags.ts'
import {bootstrapExit, printBootstrap} from '../../ui/cluster-bootstrap-output.ts'
import {BOOTSTRAP_HELP} from '../../ui/cluster-help.ts'

const TIMEOUT_MS = 60000

export default class ClusterBootstrap extends BaseCommand {
  static override summary = BOOTSTRAP_HELP.summary
  static override description = BOOTSTRAP_HELP.description
  static override examples = BOOTSTRAP_HELP.examples
  static override flags = {
    plan: Flags.string({
      summary: 'Directory that split wrote, or a plan of split --plan-only.',
      helpValue: 'DIR|FILE',
      required: true,
    }),
    node: Flags.string({
      summary: 'A node (redis://host:port), in the order of the parts; one for each.',
      helpValue: 'URL',
      multiple: true,
    }),
    run: Flags.boolean({summary: 'Do it, in place of printing how.', dependsOn: ['node']}),
    empty: Flags.boolean({
      summary: 'Take nodes that hold no keys yet: they are pushed afterwards.',
      dependsOn: ['run'],
    }),
    timeout: durationFlag({summary: 'How long the nodes may need to agree; 60s by default.'}),
    ...accessFlags,
  }

  protected override readonly mode = 'inline'

  async run(): Promise<void> {
    const {flags} = await this.parse(ClusterBootstrap)
    const nodes = (flags.node ?? []).map(serverArgument)
    const {run, empty, timeout: timeoutMs = TIMEOUT_MS} = flags
    const outcome = await this.outcome(
      'cluster-bootstrap',
      flags.plan,
      {run, empty, timeoutMs},
      flags,
      bootstrapExit,
      nodes,
    )
    printBootstrap(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
