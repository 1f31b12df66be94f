import {Args} from '#oclif'
import {type ArchiveValues, archiveOptions} from '../archive-flags.ts'
import {BaseCommand, type InputSettings} from '../base-command.ts'
import type {ArchiveOptions} from '../operations/archive-options.ts'
import {pullFlags, pullTask, serverArgument} from '../pull-flags.ts'
import {addressOfServer, sentinelLocator} from '../sentinel-flags.ts'
import {printArchive} from '../ui/archive-output.ts'
import {clusterPullExit, printClusterPull} from '../ui/cluster-pull-output.ts'
import {convertExit, printConvert} from '../ui/convert-output.ts'
import {outputTo} from '../ui/output.ts'
import {PULL_HELP} from '../ui/pull-help.ts'
import {printPull, pullExit} from '../ui/pull-output.ts'

type Flags = ArchiveValues & {
  output?: string
  force: boolean
  'prefer-replicas': boolean
} & InputSettings &
  Parameters<Pull['printing']>[0]

export default class Pull extends BaseCommand {
  static override summary = PULL_HELP.summary
  static override description = PULL_HELP.description
  static override examples = PULL_HELP.examples
  static override args = {
    server: Args.string({description: 'Its address: redis://host:port'}),
  }
  static override flags = pullFlags

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Pull)
    const locate = sentinelLocator(flags, 'replica')
    const input = locate === null ? serverArgument(args.server) : addressOfServer(await locate())
    const archived = archiveOptions(flags)
    if (archived !== null) return this.archive(input, {...archived, locate}, flags)
    if (flags.cluster) return this.cluster(input, flags)
    const task = pullTask(flags, process.stdout.isTTY === true, new Date())
    const output = task.output === '-' ? outputTo(process.stderr) : this.output
    const printing = {...(await this.printing(flags)), output}
    const settings = {...flags, asReplica: {silenceMs: flags.timeout ?? 60000}}
    const {operation, options} = task
    if (operation === 'convert') {
      const outcome = await this.outcome(operation, input, options, settings, convertExit)
      printConvert(outcome, printing)
      process.exitCode = outcome.exit
    } else {
      const outcome = await this.outcome(operation, input, options, settings, pullExit)
      printPull(outcome, printing)
      process.exitCode = outcome.exit
    }
    await output.flush()
  }

  private async cluster(input: string, flags: Flags): Promise<void> {
    const {output, force, timeout: silenceMs, 'prefer-replicas': preferReplicas} = flags
    const options = {output, force, silenceMs, preferReplicas}
    const settings = {...flags, mode: 'inline' as const}
    const outcome = await this.outcome('pull-cluster', input, options, settings, clusterPullExit)
    printClusterPull(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }

  private async archive(input: string, options: ArchiveOptions, flags: Flags): Promise<void> {
    const {runArchive} = await import('../archive-command.ts')
    const outcome = await runArchive(
      (operation, told, settings, exitOf) =>
        this.outcome(operation, input, told, {...flags, ...settings}, exitOf),
      options,
      flags.prom,
    )
    printArchive(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}
