/** The flags of `pull --archive`, and what they say for the operation. */
import {Flags} from '#oclif'
import {durationFlag} from './duration-flag.ts'
import {Exit, RespiteError} from './errors.ts'
import type {ArchiveOptions} from './operations/archive-options.ts'

const GROUP = 'ARCHIVE'

export const archiveFlags = {
  archive: Flags.string({
    summary: 'Keep a directory that a server loads, and go on with what is written.',
    helpValue: 'DIR',
    helpGroup: GROUP,
    exclusive: ['output', 'to'],
  }),
  fsync: Flags.option({
    options: ['always', 'everysec', 'no'] as const,
    default: 'everysec' as const,
    summary: 'When what has come is made to last, as appendfsync.',
    helpGroup: GROUP,
  })(),
  'rebase-every': durationFlag({summary: 'Take a new base when one is so old.', helpGroup: GROUP}),
  keep: durationFlag({summary: 'How far back one can go, at least.', helpGroup: GROUP}),
  'keep-bases': Flags.integer({
    summary: 'How many bases stay at least; 3 where --keep is not given.',
    helpValue: 'N',
    helpGroup: GROUP,
    min: 1,
  }),
  'run-for': durationFlag({summary: 'End after this time.', helpGroup: GROUP}),
  'until-offset': Flags.integer({
    summary: 'End when the stream has come so far.',
    helpValue: 'OFFSET',
    helpGroup: GROUP,
    min: 0,
  }),
  prom: Flags.string({
    summary: 'Write metrics for node_exporter every five seconds.',
    helpValue: 'FILE',
    helpGroup: GROUP,
  }),
}

export interface ArchiveValues {
  archive?: string
  fsync: 'always' | 'everysec' | 'no'
  'rebase-every'?: number
  keep?: number
  'keep-bases'?: number
  'run-for'?: number
  'until-offset'?: number
  prom?: string
  timeout?: number
  'dry-run': boolean
}

/** Null where nothing is archived. @throws RespiteError `USAGE` for flags that go with an archive only. */
export function archiveOptions(flags: ArchiveValues): ArchiveOptions | null {
  const {archive: directory, keep: keepMs, timeout: silenceMs} = flags
  const options = {
    ...{keepMs, silenceMs, fsync: flags.fsync},
    rebaseMs: flags['rebase-every'],
    keepBases: flags['keep-bases'],
    forMs: flags['run-for'],
    untilOffset: flags['until-offset'],
  }
  if (directory !== undefined) return flags['dry-run'] ? null : {directory, ...options}
  const alone = ['rebase-every', 'keep', 'keep-bases', 'run-for', 'until-offset', 'prom'] as const
  const given = alone.find((name) => flags[name] !== undefined)
  if (given === undefined) return null
  throw new RespiteError(Exit.USAGE, 'USAGE', `--${given} goes with --archive`)
}
