import {Args} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {serverArgument} from '../pull-flags.ts'
import {pushFlags, pushTask} from '../push-flags.ts'
import {resolveServers} from '../server-flags.ts'
import {PUSH_HELP} from '../ui/push-help.ts'
import {printPush, pushExit} from '../ui/push-output.ts'

export default class Push extends BaseCommand {
  static override summary = PUSH_HELP.summary
  static override description = PUSH_HELP.description
  static override examples = PUSH_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'File or directory to read; - is an RDB from stdin.',
    }),
    target: Args.string({required: true, description: 'Where to: redis://host:port'}),
  }
  static override flags = {...inputFlags, ...pushFlags}

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Push)
    const {input} = args
    const task = pushTask(flags, input, new Date())
    const live = await resolveServers([serverArgument(args.target)], flags)
    const [name] = live!.names
    const {runPush} = await import('../push-command.ts')
    const outcome = await this.attempt(input, pushExit, () =>
      runPush(input, live!.servers.get(name)!, task, {
        push: (options, onChunk) => this.operation('push', input, options, {...flags, onChunk}),
        digest: () => this.operation('digest', args.target, {full: true}, flags),
      }),
    )
    printPush(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
