/** The flags of `merge`, and what they say for the operation. */
import {Flags} from '#oclif'
import {sizeFlag} from './base-command.ts'
import {
  type ShapeValues,
  shapeFlags,
  shapeOptions,
  type TargetValues,
  targetFlags,
  toOption,
} from './convert-flags.ts'
import {Exit, RespiteError} from './errors.ts'
import type {MergeOptions} from './operations/merge-options.ts'
import type {OnConflict} from './operations/merge-reports.ts'
import {parseRename} from './select-flags.ts'

type InputRename = NonNullable<MergeOptions['renameDb']>[number]

const renameFlag = Flags.custom<InputRename>({
  async parse(text) {
    const at = text.lastIndexOf(':')
    const pair = parseRename(text.slice(at + 1))
    if (pair !== null) return {input: at < 0 ? null : text.slice(0, at), ...pair}
    const message = `${text} is no pair of databases: write 0=3, or dump.rdb:0=3 for one input`
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  },
})

export const mergeFlags = {
  to: Flags.option({...toOption, default: 'rdb' as const})(),
  ...shapeFlags,
  'on-conflict': Flags.option({
    options: ['fail', 'first', 'last', 'newest'] as const,
    summary:
      'Which input keeps a key that is in several: none, they are listed (default); or one of them.',
    default: 'fail' as const,
  })(),
  'rename-db': renameFlag({
    summary: 'Put the keys of one database into another, of all inputs or of one. May be repeated.',
    helpValue: '[INPUT:]FROM=TO',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'max-memory': sizeFlag({summary: 'Memory for finding keys that are in several inputs.'}),
  ...targetFlags,
}

interface MergeValues extends ShapeValues, TargetValues {
  'on-conflict': OnConflict
  'rename-db'?: InputRename[]
  'max-memory'?: number
}

/** @throws RespiteError `USAGE` for flags that contradict each other. */
export function mergeOptions(flags: MergeValues, isTerminal: boolean): MergeOptions {
  return {
    ...shapeOptions(flags, isTerminal),
    onConflict: flags['on-conflict'],
    renameDb: flags['rename-db'],
    maxMemory: flags['max-memory'],
  }
}
