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
    commandTimes: null,
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
  const [what, kind] = measure.of === 'idle' ? ['idle times', 'LRU'] : ['LFU counters', 'LFU']
  const saved = `servers save them only while their maxmemory-policy is one of ${kind}`
  const missing = `has no ${what}, by which ${policy} chooses`
  if (!report.kind.startsWith('aof')) report.reason = `the input ${missing}: ${saved}`
  else if (measure.of === 'freq') report.reason = `a log ${missing}: only snapshots have them`
  else {
    const remedy = 'servers write #TS lines into it while aof-timestamp-enabled is yes'
    report.reason = `the log tells no times, and so ${missing}: ${remedy}`
  }
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
