import {Args, Flags} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {LOG_HELP} from '../ui/log-help.ts'
import {logChunks, logExit, printLog} from '../ui/log-output.ts'
import type {ProgressMode} from '../ui/progress.ts'

export default class Log extends BaseCommand {
  static override summary = LOG_HELP.summary
  static override description = LOG_HELP.description
  static override examples = LOG_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'File or directory to read; - is stdin.',
    }),
  }
  static override flags = {
    ...inputFlags,
    command: Flags.string({summary: 'Only these commands.', helpValue: 'NAME[,NAME]'}),
    db: Flags.integer({summary: 'Only what acts on this database.', min: 0}),
    key: Flags.string({
      summary: 'Only what names this key, or empties or exchanges databases.',
      helpValue: 'KEY',
    }),
    values: Flags.boolean({
      summary: 'Also the value of that key before and after, by replaying.',
      dependsOn: ['key'],
    }),
    match: Flags.string({summary: 'Only what names a key like this.', helpValue: 'GLOB'}),
    'writes-to': Flags.string({
      summary: 'Only what may write a key like this, or one that begins so.',
      helpValue: 'GLOB',
    }),
    since: Flags.string({summary: 'Only from this time on.', helpValue: 'TIME'}),
    until: Flags.string({summary: 'Only up to this time.', helpValue: 'TIME'}),
    limit: Flags.integer({summary: 'Only the first so many.', min: 1}),
    tail: Flags.integer({summary: 'Only the last so many.', min: 1, exclusive: ['limit']}),
    follow: Flags.boolean({
      char: 'f',
      summary: 'Go on with what is written from now on, also in the next files.',
      exclusive: ['values'],
    }),
    stats: Flags.boolean({
      summary: 'Count instead: by name, database, time, key; what is large; what a rewrite saves.',
      exclusive: ['values', 'follow', 'limit', 'tail'],
    }),
    'max-arg': Flags.integer({
      summary: 'Bytes shown of an argument: 64 in text, whole with --json.',
      min: 0,
    }),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Log)
    const printing = await this.printing(flags)
    const {logOptions} = await import('../operations/log-settings.ts')
    const options = logOptions(args.input, flags, Date.now())
    // Lines that scroll by are progress enough, and a spinner would stand among them.
    const quiet = flags.progress === 'auto' && process.stdout.isTTY === true && !flags.stats
    const progress: ProgressMode = quiet ? 'never' : flags.progress
    const settings = {...flags, progress, onChunk: logChunks(printing)}
    const outcome = await this.outcome('log', args.input, options, settings, logExit)
    printLog(outcome, printing)
    await this.output.flush()
    process.exitCode = outcome.exit
  }
}
