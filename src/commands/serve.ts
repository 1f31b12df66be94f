import {Args} from '#oclif'
import {BaseCommand} from '../base-command.ts'
import type {ServeReport} from '../operations/serve-reports.ts'
import {serveFlags} from '../serve-flags.ts'
import {SERVE_HELP} from '../ui/serve-help.ts'
import {printServe, serveChunks} from '../ui/serve-output.ts'

export default class Serve extends BaseCommand {
  static override summary = SERVE_HELP.summary
  static override description = SERVE_HELP.description
  static override examples = SERVE_HELP.examples
  static override args = {
    input: Args.string({required: true, ignoreStdin: true, description: 'File or directory.'}),
  }
  static override flags = serveFlags

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Serve)
    const printing = await this.printing(flags)
    const {serveOptions, removeSocket} = await import('../operations/serve-settings.ts')
    const options = serveOptions(flags, this.config.version)
    let listens = false
    const onChunk = (chunk: Uint8Array) => {
      listens = true
      return serveChunks(printing)(chunk)
    }
    // It has no end to make progress to.
    const {ending} = options
    const settings = {...flags, progress: 'never' as const, onChunk, ending}
    try {
      const outcome = await this.outcome<ServeReport>(
        'serve',
        args.input,
        options,
        settings,
        () => 0,
      )
      printServe(outcome, printing)
      process.exitCode = outcome.exit
    } finally {
      if (listens) removeSocket(options)
    }
    await this.output.flush()
  }
}
