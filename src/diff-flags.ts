/** The flags of `diff`, and what they say for the operation. */
import {Flags} from '#oclif'
import {sizeFlag} from './base-command.ts'
import {Exit, RespiteError} from './errors.ts'
import {type DiffOptions, IGNORABLE, type Ignorable} from './operations/diff-options.ts'
import {parseDuration} from './operations/duration.ts'
import {type SelectValues, selection} from './select-flags.ts'

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

const toleranceFlag = Flags.custom<number>({
  async parse(text) {
    const ms = text === '0' ? 0 : parseDuration(text)
    if (ms !== null) return ms
    throw usage(`${text} is no span of time: write 1s, 5m or 1h`)
  },
})
const ignoreFlag = Flags.custom<Ignorable[]>({
  async parse(text) {
    const known: readonly string[] = IGNORABLE
    const names = text.split(',')
    const other = names.find((name) => !known.includes(name))
    if (other === undefined) return names as Ignorable[]
    throw usage(`--ignore ${other}: there are ${known.join(', ')}`)
  },
})

/** More of a value than that is no line any more. */
const MOST_ARG = 65536
const JSON_MAX_ELEMENTS = 1000

export const diffFlags = {
  ignore: ignoreFlag({
    summary: 'What does not count: ttl, field-ttl, functions, stream-counters, delivery-times.',
    helpValue: 'WHAT,…',
  }),
  'ttl-tolerance': toleranceFlag({
    summary: 'How far apart expiries of keys may be.',
    helpValue: 'TIME',
  }),
  show: Flags.option({
    options: ['summary', 'keys', 'elements'] as const,
    default: 'elements',
    summary: 'Count only, list keys, or list what differs inside of them too.',
  })(),
  limit: Flags.integer({summary: 'List so many keys at most; all are counted.', min: 0}),
  'max-elements': Flags.integer({
    summary: 'Elements listed of a key: 20 in text, 1000 with --json.',
    min: 0,
  }),
  'max-arg': Flags.integer({
    summary: 'Bytes shown of a value: 64 in text, 65536 with --json.',
    min: 0,
    max: MOST_ARG,
  }),
  'max-memory': sizeFlag({
    summary: 'Memory for comparing, 1gb by default; with less the inputs are read more often.',
  }),
  patch: Flags.string({
    summary: 'Write the commands that turn A into B, or - for stdout.',
    helpValue: 'OUT',
  }),
  for: Flags.string({
    summary: 'Server that has to read the patch; by default the version of B.',
    helpValue: 'redis-7.0',
    dependsOn: ['patch'],
  }),
  force: Flags.boolean({summary: 'Replace a patch that exists.', dependsOn: ['patch']}),
  proof: Flags.boolean({
    summary: 'Apply the patch on the embedded engine before it is published (default).',
    default: true,
    allowNo: true,
  }),
  databases: Flags.integer({summary: 'How many databases the server has.', min: 1}),
}

interface DiffValues extends SelectValues {
  ignore?: Ignorable[]
  'ttl-tolerance'?: number
  show: 'summary' | 'keys' | 'elements'
  limit?: number
  'max-elements'?: number
  'max-arg'?: number
  'max-memory'?: number
  patch?: string
  for?: string
  force: boolean
  proof: boolean
  databases?: number
  config?: string
  json: boolean
}

/** @throws RespiteError `USAGE` */
export function diffOptions(a: string, b: string, flags: DiffValues): DiffOptions {
  const {ignore, show, limit, patch, databases, config, json} = flags
  if (a === '-' && b === '-') throw usage('stdin is one input: name the other')
  return {
    ignore,
    ttlToleranceMs: flags['ttl-tolerance'],
    show,
    limit,
    maxElements: flags['max-elements'] ?? (json ? JSON_MAX_ELEMENTS : undefined),
    maxArg: flags['max-arg'] ?? (json ? MOST_ARG : undefined),
    maxMemory: flags['max-memory'],
    databases,
    config,
    selection: selection(flags),
    patch:
      patch === undefined
        ? undefined
        : {output: patch, force: flags.force, server: flags.for, skipProof: !flags.proof},
  }
}
