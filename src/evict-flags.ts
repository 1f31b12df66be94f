/** The flags of `evict`, and what they say for the operation. */
import {Flags} from '#oclif'
import {sizeFlag} from './base-command.ts'
import {POLICIES, type Policy} from './engine/eviction/policies.ts'
import {Exit, RespiteError} from './errors.ts'
import type {EvictOptions} from './operations/evict.ts'
import {KEY_ALLOCATORS} from './operations/keys-reports.ts'

export const evictFlags = {
  maxmemory: sizeFlag({summary: 'What the server may use.', required: true}),
  policy: Flags.option({
    options: POLICIES,
    summary: 'maxmemory-policy of the server.',
    required: true,
  })(),
  samples: Flags.integer({
    summary: 'Choose as a server does, from so many keys at a time (its default is 5).',
    min: 1,
    max: 64,
  }),
  seed: Flags.integer({summary: 'Of what is left to chance; 1 by default.', min: 0}),
  overhead: sizeFlag({summary: 'What the server uses with no keys in it; 1mb by default.'}),
  allocator: Flags.option({
    options: KEY_ALLOCATORS,
    summary: 'The allocator of the server whose memory is estimated.',
  })(),
  output: Flags.string({
    char: 'o',
    summary: 'RDB to write what stays to.',
    helpValue: 'OUT.rdb',
  }),
  force: Flags.boolean({summary: 'Replace an output that exists.'}),
  'dry-run': Flags.boolean({summary: 'Only say what would be written, and lost.'}),
  drop: Flags.string({
    summary: 'What the output may lose, by name, as for convert.',
    helpValue: 'FEATURE,…',
    multiple: true,
    multipleNonGreedy: true,
  }),
  databases: Flags.integer({summary: 'How many databases the server has.', min: 1}),
}

interface EvictValues {
  config?: string
  maxmemory: number
  policy: string
  samples?: number
  seed?: number
  overhead?: number
  allocator?: EvictOptions['allocator']
  output?: string
  force: boolean
  'dry-run': boolean
  drop?: string[]
  databases?: number
}

/** @throws RespiteError USAGE. */
export function evictOptions(flags: EvictValues): EvictOptions {
  const {config, maxmemory, policy, samples, seed, overhead, allocator, output} = flags
  const {force, drop, databases} = flags
  if (output === '-') {
    const message = 'what is found goes to stdout: give -o the path of a file'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  if (samples !== undefined && policy === 'noeviction') {
    throw new RespiteError(Exit.USAGE, 'USAGE', 'noeviction takes nothing: it has no --samples')
  }
  return {
    ...{config, maxmemory, policy: policy as Policy, samples, seed, server: overhead, allocator},
    ...{output: output ?? null, force, dryRun: flags['dry-run'], drop, databases},
  }
}
