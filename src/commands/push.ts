import {Args} from '#oclif'
import {BaseCommand, type InputSettings, inputFlags} from '../base-command.ts'
import type {RunConvert} from '../feed-command.ts'
import {serverArgument} from '../pull-flags.ts'
import {feedTask, type PushValues, pushFlags, pushTask} from '../push-flags.ts'
import {addressOfServer, sentinelLocator} from '../sentinel-flags.ts'
import {resolveServers} from '../server-flags.ts'
import {feedExit, printFeed} from '../ui/feed-output.ts'
import {PUSH_HELP} from '../ui/push-help.ts'
import {printPush, pushExit} from '../ui/push-output.ts'

type Values = PushValues & InputSettings & Parameters<Push['printing']>[0]

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
    target: Args.string({description: 'Where to: redis://host:port'}),
  }
  static override flags = {...inputFlags, ...pushFlags}

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Push)
    const {input} = args
    const locate = sentinelLocator(flags, 'master')
    const named = locate === null ? args.target : addressOfServer(await locate())
    if (flags['as-master']) return this.feed(input, named, flags)
    const target = serverArgument(named)
    const task = pushTask(flags, input, new Date())
    const live = await resolveServers([target], flags)
    const [name] = live!.names
    const {runPush} = await import('../push-command.ts')
    const outcome = await this.attempt(input, pushExit, () =>
      runPush(input, live!.servers.get(name)!, task, {
        push: (options, onChunk) => this.operation('push', input, options, {...flags, onChunk}),
        digest: () => this.operation('digest', target, {full: true}, flags),
      }),
    )
    printPush(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }

  private async feed(input: string, target: string | undefined, flags: Values): Promise<void> {
    const task = feedTask(flags, new Date())
    const live = target === undefined ? null : await resolveServers([serverArgument(target)], flags)
    const settings = live === null ? null : [...live.servers.values()][0]
    const {runFeed} = await import('../feed-command.ts')
    const convert: RunConvert = (options, onChunk) =>
      this.operation('convert', input, options, {...flags, onChunk})
    const tell = (address: string) => void process.stderr.write(`Now: REPLICAOF ${address}\n`)
    const outcome = await this.attempt(input, feedExit, () =>
      runFeed(input, settings, task, convert, tell),
    )
    printFeed(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
