/** The flags of `split`, and what they say for the operation. */
import {Flags} from '#oclif'
import {type TargetValues, targetFlags, targetOptions, toOption} from './convert-flags.ts'
import {Exit, RespiteError} from './errors.ts'
import {parseRanges} from './operations/select.ts'
import type {SplitOptions} from './operations/split-options.ts'
import type {NamedGlob} from './operations/split-router.ts'
import {
  requestedTransform,
  type SelectValues,
  selection,
  type TransformValues,
} from './select-flags.ts'

const HOW = 'SPLITTING'
const SLOT_MAX = 16383

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

const slotsFlag = Flags.custom<[number, number][]>({
  async parse(text) {
    const ranges = parseRanges(text, SLOT_MAX)
    if (ranges === null) throw usage(`${text} is no list of slots: write 0-5460,5461-16383`)
    return ranges
  },
})

const partFlag = Flags.custom<NamedGlob>({
  async parse(text) {
    const at = text.indexOf('=')
    if (at < 1) throw usage(`${text} is no part: write users=user:*`)
    return {name: text.slice(0, at), glob: text.slice(at + 1)}
  },
})

export const splitFlags = {
  output: Flags.string({
    char: 'o',
    summary: 'Directory to write; with --plan-only the file of the plan.',
    helpValue: 'DIR',
  }),
  nodes: Flags.integer({
    summary: 'So many ranges of cluster slots, as redis-cli --cluster create gives them out.',
    helpValue: 'N',
    helpGroup: HOW,
  }),
  balance: Flags.option({
    options: ['bytes', 'keys'] as const,
    summary: 'With --nodes: ranges that hold about as many bytes or keys each.',
    helpGroup: HOW,
  })(),
  slots: slotsFlag({
    summary: 'These ranges of slots, a part for each.',
    helpValue: 'N-M,…',
    helpGroup: HOW,
  }),
  plan: Flags.string({
    summary: 'The ranges of a file that --plan-only wrote.',
    helpValue: 'FILE',
    helpGroup: HOW,
  }),
  'nodes-conf': Flags.string({
    summary: 'The masters of a cluster, as the nodes.conf of one of its nodes names them.',
    helpValue: 'FILE',
    helpGroup: HOW,
  }),
  by: Flags.option({
    options: ['db', 'type', 'prefix'] as const,
    summary: 'A part for each database, type, or prefix of keys.',
    helpGroup: HOW,
  })(),
  separator: Flags.string({
    summary: 'What ends a prefix; by default a colon.',
    helpValue: 'TEXT',
    helpGroup: HOW,
  }),
  'max-parts': Flags.integer({
    summary: 'More parts by prefix are refused; by default 256.',
    helpValue: 'N',
    helpGroup: HOW,
    min: 1,
    max: 256,
  }),
  part: partFlag({
    summary: 'A part for keys that match a pattern. May be repeated: the first that fits decides.',
    helpValue: 'NAME=GLOB',
    helpGroup: HOW,
    multiple: true,
    multipleNonGreedy: true,
  }),
  'plan-only': Flags.boolean({
    summary: 'Write no parts: say which ranges of slots they would have, and how much is in each.',
    helpGroup: HOW,
  }),
  to: Flags.option({...toOption, default: 'rdb' as const})(),
  ...targetFlags,
}

interface SplitValues extends TargetValues, SelectValues, TransformValues {
  to: 'rdb' | 'aof' | 'resp'
  output?: string
  nodes?: number
  balance?: 'bytes' | 'keys'
  slots?: [number, number][]
  plan?: string
  'nodes-conf'?: string
  by?: 'db' | 'type' | 'prefix'
  separator?: string
  'max-parts'?: number
  part?: NamedGlob[]
  'plan-only': boolean
}

/** @throws RespiteError `USAGE` for flags that contradict each other. */
export function splitOptions(flags: SplitValues, now: Date): SplitOptions {
  const {output, to, by, separator} = flags
  const planOnly = flags['plan-only']
  if (output === undefined && !flags['dry-run'] && !planOnly) {
    throw usage('where to? Give -o DIR, or look first with --dry-run')
  }
  if (output === '-') throw usage('parts are more than one file: give the path of a directory')
  if ((separator !== undefined || flags['max-parts'] !== undefined) && by !== 'prefix') {
    throw usage('--separator and --max-parts go with --by prefix')
  }
  if (separator === '') throw usage('--separator: give at least one character')
  return {
    ...targetOptions(flags, to),
    to,
    output: output ?? null,
    nodes: flags.nodes,
    balance: flags.balance,
    slots: flags.slots,
    plan: flags.plan,
    nodesConf: flags['nodes-conf'],
    by,
    separator,
    maxParts: flags['max-parts'],
    parts: flags.part,
    planOnly,
    selection: selection(flags),
    transform: requestedTransform(flags, now),
  }
}
