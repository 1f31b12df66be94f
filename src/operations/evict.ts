/** `respite evict`: what a maxmemory policy would take away from a dataset, and what would stay. */
import {type Candidates, Gone} from '../engine/eviction/candidates.ts'
import {evictExactly} from '../engine/eviction/evict-exactly.ts'
import {evictSampled, randomFrom} from '../engine/eviction/evict-sampled.ts'
import {measureOf, type Policy} from '../engine/eviction/policies.ts'
import type {Allocator} from '../engine/memory/allocator.ts'
import type {Host} from '../io/host.ts'
import {convert} from './convert.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {type DatasetOptions, openDataset} from './dataset-source.ts'
import {CandidateSink} from './evict-candidates.ts'
import {commandTimesOf} from './evict-command-times.ts'
import {decilesOf} from './evict-deciles.ts'
import {emptyEvict, lacking, refuseStdin} from './evict-empty.ts'
import {GoneSink} from './evict-gone.ts'
import type {EvictReport} from './evict-reports.ts'

export interface EvictOptions extends DatasetOptions {
  policy: Policy
  maxmemory: number
  /** As a server does it; else exactly. */
  samples?: number
  seed?: number
  /** Bytes that a server takes without keys. */
  server?: number
  allocator?: Allocator
  prefixes?: number
  output?: string | null
  force?: boolean
  dryRun?: boolean
  /** What may be lost in the output, as for `convert`. */
  drop?: readonly string[]
}

/** @throws InputError, DiskError, OutputError, RespiteError. What stands in the way of the data itself is in the report. */
export async function evict(
  host: Host,
  [input]: readonly string[],
  options: EvictOptions,
): Promise<EvictReport> {
  const report = emptyEvict(input, options)
  try {
    const commandTimes = measureOf(options.policy) === 'idle'
    const source = openDataset(host, input, {...options, commandTimes})
    refuseStdin(source)
    const gone = look(source, report, options)
    const writes = options.output != null || options.dryRun
    if (gone !== null && writes) await write(host, input, gone, report, options)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    report.stoppedAt = error.finding
  }
  return report
}

/** What goes; null where nobody can tell. */
function look(source: DatasetSource, report: EvictReport, options: EvictOptions): Gone | null {
  const {policy, maxmemory} = options
  const found = new CandidateSink(source, options)
  source.read(found)
  const {candidates, keysMemory, tables, without, mayGo} = found
  report.kind = source.kind
  report.producer = source.producer
  if (source.createdAtMs > 0) report.createdAt = new Date(source.createdAtMs).toISOString()
  report.memoryOf = found.memoryOf
  report.keys = candidates.count - found.empty
  const {server} = report.memory
  report.memory = {keys: keysMemory, tables, server, used: keysMemory + tables + server}
  report.over = Math.max(0, report.memory.used - maxmemory)
  report.measure = {of: measureOf(policy), candidates: mayGo, without}
  report.commandTimes = commandTimesOf(source, found.least)
  if (report.over > 0 && mayGo > 0 && without === mayGo) return lacking(report)
  const {gone, freed} = evictFrom(candidates, report.over, options)
  const isShort = freed < report.over
  report.verdict = report.over === 0 ? 'fits' : isShort ? 'short' : 'evicts'
  if (isShort) report.rejected = rejectedOf(candidates, gone, report, maxmemory)
  report.deciles = decilesOf(candidates, gone, report.measure.of)
  const sink = new GoneSink(candidates, gone)
  source.read(sink, true)
  sink.tell(report, options.prefixes)
  return gone
}

function evictFrom(candidates: Candidates, over: number, options: EvictOptions) {
  const {policy, samples, seed = 1} = options
  if (over === 0 || policy === 'noeviction') return {gone: new Gone(candidates.count), freed: 0}
  const random = policy.endsWith('-random')
  if (samples !== undefined) return evictSampled(candidates, over, {samples, seed, random})
  if (random) shuffle(candidates, seed)
  return evictExactly(candidates, over)
}

/** Where the order is chance, exactly that. */
function shuffle({rank, count}: Candidates, seed: number): void {
  const next = randomFrom(seed)
  for (let at = 0; at < count; at++) rank[at] = next(2 ** 32)
}

/** Keys that do not fit any more, when those that stay are written in the order of the input. */
function rejectedOf(
  candidates: Candidates,
  gone: Gone,
  {memory}: EvictReport,
  maxmemory: number,
): {keys: number; memory: number} {
  const rejected = {keys: 0, memory: 0}
  let used = memory.server + memory.tables
  for (let at = 0; at < candidates.count; at++) {
    const bytes = candidates.memory(at)
    if (gone.has(at) || bytes === 0) continue
    // A server looks before a write: the one that goes over the limit is still done.
    if (used > maxmemory) {
      rejected.keys++
      rejected.memory += bytes
    } else used += bytes
  }
  return rejected
}

async function write(
  host: Host,
  input: string,
  gone: Gone,
  report: EvictReport,
  {output = null, force, dryRun, drop, config, databases}: EvictOptions,
): Promise<void> {
  const kept = gone.bits.map((bits) => ~bits)
  report.written = await convert(host, [input], {
    ...{to: 'rdb', output, force, dryRun, drop, config, databases},
    selection: {bits: kept},
  })
}
