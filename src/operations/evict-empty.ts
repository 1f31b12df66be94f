/** A report of `evict` before anything is known, and what it says where nothing can be. */
import {measureOf} from '../engine/eviction/policies.ts'
import {Exit, RespiteError} from '../errors.ts'
import type {DatasetSource} from './dataset.ts'
import type {EvictOptions} from './evict.ts'
import type {EvictReport} from './evict-reports.ts'
import {quote} from './next-step.ts'

/** Roughly what servers use with nothing in them. */
const SERVER = 1024 * 1024

export function emptyEvict(input: string, options: EvictOptions): EvictReport {
  const {policy, maxmemory, samples = null, seed = 1, server = SERVER} = options
  const chance = samples !== null || policy.endsWith('-random')
  return {
    schema: 'respite.evict/1',
    ...{input, kind: 'unknown', producer: null, createdAt: null},
    ...{policy, maxmemory, samples, seed: chance ? seed : null, memoryOf: null, keys: 0},
    memory: {keys: 0, tables: 0, server, used: server},
    over: 0,
    verdict: 'unknown',
    measure: {of: measureOf(policy), candidates: 0, without: 0},
    evicted: {keys: 0, memory: 0, withoutTtl: 0},
    ...{rejected: null, types: [], deciles: [], written: null, reason: null, next: null},
    prefixes: {
      ...{name: '', isPrefix: true, keys: 0, memory: 0, size: 0, withoutTtl: 0, children: []},
    },
    stoppedAt: null,
  }
}

/** The input has nothing that the policy could order keys by. */
export function lacking(report: EvictReport): null {
  const {policy, input, measure} = report
  const what = measure.of === 'idle' ? 'idle times' : 'LFU counters'
  const saved = `servers save them only while their maxmemory-policy is one of ${measure.of === 'idle' ? 'LRU' : 'LFU'}`
  report.reason = `the input has no ${what}, by which ${policy} chooses: ${saved}`
  const other = report.policy.startsWith('volatile') ? 'volatile-ttl' : 'allkeys-random'
  report.next = `respite evict ${quote(input)} --maxmemory ${report.maxmemory} --policy ${other}`
  return null
}

/** @throws RespiteError `USAGE`. */
export function refuseStdin({repeatable}: DatasetSource): void {
  if (repeatable) return
  const message = 'evict reads its input twice: give it as a path'
  throw new RespiteError(Exit.USAGE, 'USAGE', message)
}
