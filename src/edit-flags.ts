/** Flags and printing of the commands that write a log in place of another: repair, undo, rewind. */
import {Args, Flags} from '#oclif'
import {Exit, RespiteError} from './errors.ts'
import {stampOf} from './operations/stamp.ts'

export const editArgs = {
  input: Args.string({
    required: true,
    description: "AOF file, manifest, appendonlydir or a server's data directory.",
  }),
}

export const editFlags = {
  output: Flags.string({char: 'o', summary: 'File or directory to write.', helpValue: 'OUT'}),
  'in-place': Flags.boolean({
    summary: 'Replace the input; the original stays beside it as NAME.bak-<time>.',
    exclusive: ['output'],
  }),
  force: Flags.boolean({summary: 'Replace an output that exists.'}),
  'dry-run': Flags.boolean({summary: 'Only say what would be done.'}),
  discard: Flags.boolean({summary: 'Do not keep what is cut as NAME.cut-<offset>.'}),
  replay: Flags.boolean({
    summary: 'Replay the result and say what is there (default).',
    default: true,
    allowNo: true,
  }),
  databases: Flags.integer({summary: 'How many databases the server has.', min: 1}),
}

interface EditValues {
  output?: string
  'in-place': boolean
  force: boolean
  'dry-run': boolean
  discard: boolean
  replay: boolean
  databases?: number
  config?: string
}

/** What the flags say, for an operation. @throws RespiteError `USAGE` where it is not clear what to write. */
export function editOptions(flags: EditValues, input: string, now: Date) {
  if (input === '-') {
    const message = 'a log is read more than once: give the path of a file or a directory'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  if (flags.output === '-') {
    const message = 'what is written is read back before it counts: give the path of a file'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  if (flags.output === undefined && !flags['in-place'] && !flags['dry-run']) {
    const message = 'where to? Give -o OUT, or --in-place, or look first with --dry-run'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  return {
    output: flags.output ?? null,
    inPlace: flags['in-place'],
    force: flags.force,
    dryRun: flags['dry-run'],
    discard: flags.discard,
    skipReplay: !flags.replay,
    databases: flags.databases,
    config: flags.config,
    stamp: stampOf(now),
  }
}
