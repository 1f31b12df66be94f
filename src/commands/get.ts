import {Args, Flags} from '#oclif'
import {BaseCommand, inputFlags, pointFlag} from '../base-command.ts'
import {getOptions} from '../get-flags.ts'
import {GET_HELP} from '../ui/get-help.ts'
import {GetJson} from '../ui/get-json.ts'
import {GetLines} from '../ui/get-lines.ts'
import {getExit, printGet, valueChunks} from '../ui/get-output.ts'

export default class Get extends BaseCommand {
  static override summary = GET_HELP.summary
  static override description = GET_HELP.description
  static override examples = GET_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'File or directory to read; - is an RDB from stdin.',
    }),
    key: Args.string({
      required: true,
      multiple: true,
      ignoreStdin: true,
      description: 'Keys whose values are wanted.',
    }),
  }
  static override flags = {
    ...inputFlags,
    db: Flags.integer({summary: 'Only in this database; it ends with the last key then.', min: 0}),
    at: pointFlag({summary: 'The state at a point of a log instead of at its end.'}),
    raw: Flags.boolean({summary: 'Bytes as they are, one element a line.', exclusive: ['json']}),
    range: Flags.string({
      summary: 'Only elements from FIRST to LAST, counted from 0; of a string bytes.',
      helpValue: 'FIRST..LAST',
    }),
    field: Flags.string({
      summary: 'Only this field of a hash or member of a set. May be repeated.',
      helpValue: 'FIELD',
      multiple: true,
      multipleNonGreedy: true,
    }),
    match: Flags.string({
      summary: 'Only fields or members that match a pattern. May be repeated.',
      helpValue: 'GLOB',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Get)
    const {raw} = flags
    const options = getOptions(args.key, flags, process.stdout.isTTY === true)
    const printing = await this.printing(flags)
    const named = !raw && (options.keys.length > 1 || flags.verbose)
    const lines = flags.json ? new GetJson() : new GetLines({raw, named})
    const onChunk = valueChunks(lines, printing)
    const outcome = await this.outcome('get', args.input, options, {...flags, onChunk}, getExit)
    printGet(outcome, printing)
    await this.output.flush()
    process.exitCode = outcome.exit
  }
}
