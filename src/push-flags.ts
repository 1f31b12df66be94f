/** The flags of `push`, and what they say for its operation and its connection. */
import {Flags} from '#oclif'
import {sizeFlag} from './base-command.ts'
import {targetFlags} from './convert-flags.ts'
import {Exit, RespiteError} from './errors.ts'
import type {FeedTask} from './feed-command.ts'
import {
  requestedTransform,
  type SelectValues,
  selectFlags,
  selection,
  type TransformValues,
  transformFlags,
} from './select-flags.ts'
import {sentinelFlags} from './sentinel-flags.ts'
import {accessFlags} from './server-flags.ts'

const existing = ['replace', 'skip-existing', 'fail-existing']
const besides = (own: string) => existing.filter((each) => each !== own)

export const pushFlags = {
  replace: Flags.boolean({
    summary: 'Keys that are there go.',
    exclusive: besides('replace'),
  }),
  'skip-existing': Flags.boolean({
    summary: 'Keys that are there stay.',
    exclusive: besides('skip-existing'),
  }),
  'fail-existing': Flags.boolean({
    summary: 'The first key that is there ends it (default).',
    exclusive: besides('fail-existing'),
  }),
  'rate-limit': sizeFlag({summary: 'Send so many bytes a second at most.'}),
  resume: Flags.string({
    summary: 'Note there how far it is, and go on from it.',
    helpValue: 'FILE',
  }),
  verify: Flags.boolean({
    summary: 'Compare what is there in the end by the full digest (default).',
    default: true,
    allowNo: true,
  }),
  cluster: Flags.boolean({summary: 'The target has to be a cluster.'}),
  commands: Flags.boolean({
    summary: 'Send commands in place of RESTORE, into an empty target.',
    exclusive: ['replace', 'skip-existing', 'resume'],
  }),
  'as-master': Flags.boolean({
    summary: 'Let the target replicate from here: it loads a snapshot, without a restart.',
    dependsOn: ['listen'],
    exclusive: ['skip-existing', 'resume', 'commands', 'rate-limit', 'cluster', 'dry-run'],
  }),
  listen: Flags.string({
    summary: 'Where it finds us; 127.0.0.1 where no host is given.',
    helpValue: '[HOST:]PORT',
    dependsOn: ['as-master'],
  }),
  for: Flags.string({
    summary: 'What the target is, where nobody here can ask it.',
    helpValue: 'redis-7.0',
    dependsOn: ['as-master'],
  }),
  'dry-run': Flags.boolean({summary: 'Only say what would be sent, and to whom.'}),
  drop: targetFlags.drop,
  as: targetFlags.as,
  databases: targetFlags.databases,
  ...sentinelFlags,
  ...accessFlags,
  ...selectFlags,
  ...transformFlags,
}

export interface PushValues extends SelectValues, TransformValues {
  replace: boolean
  'skip-existing': boolean
  'rate-limit'?: number
  resume?: string
  verify: boolean
  cluster: boolean
  commands: boolean
  'dry-run': boolean
  drop?: string[]
  as?: string[]
  databases?: number
  config?: string
  listen?: string
  for?: string
}

/** What the flags of --as-master come to. @throws RespiteError `USAGE`. */
export function feedTask(flags: PushValues, now: Date): FeedTask {
  const [, host = '127.0.0.1', port] = /^(?:(.+):)?(\d{1,5})$/.exec(flags.listen ?? '') ?? []
  if (port === undefined || Number(port) > 65535) {
    throw new RespiteError(
      Exit.USAGE,
      'USAGE',
      `--listen ${flags.listen}: write 7000 or 10.0.0.5:7000`,
    )
  }
  const {options} = pushTask(flags, '', now)
  return {
    ...{host, port: Number(port), replace: flags.replace},
    options: {...options, dryRun: false, to: 'rdb', output: '-', emits: true, server: flags.for},
  }
}

/** What the flags come to. */
export interface PushTask {
  existing: 'replace' | 'skip' | 'fail'
  rate: number
  resume: string | null
  verify: boolean
  cluster: boolean
  /** For the operation, but for what only the target can say. */
  options: Record<string, unknown> & {dryRun: boolean; commands: boolean; databases?: number}
}

/** @throws RespiteError `USAGE` for flags that contradict each other. */
export function pushTask(flags: PushValues, input: string, now: Date): PushTask {
  const {replace, verify, cluster, resume = null} = flags
  if (resume !== null && input === '-') {
    const message = '--resume reads the input again: give its path'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  return {
    existing: replace ? 'replace' : flags['skip-existing'] ? 'skip' : 'fail',
    rate: flags['rate-limit'] ?? Number.POSITIVE_INFINITY,
    ...{resume, verify, cluster},
    options: {
      ...{replace, drop: flags.drop, as: flags.as, commands: flags.commands},
      ...{config: flags.config, databases: flags.databases},
      dryRun: flags['dry-run'],
      selection: selection(flags),
      transform: requestedTransform(flags, now),
    },
  }
}
