/** Which part of a split is for which node of a cluster to be. */
import {join} from 'node:path'
import {Exit, RespiteError} from '../errors.ts'
import {nodeDisk} from '../io/disk.ts'
import {SLOTS} from '../net/key-slot.ts'
import {SPLIT_INDEX, SPLIT_INDEX_SCHEMA} from './split-index.ts'
import type {SlotRanges, SplitPart} from './split-reports.ts'
import {nodesOfPlan, parsedJson, planNodes} from './split-slots.ts'

export interface PlannedPart {
  name: string
  slots: SlotRanges
  /** Path of its file; null where only ranges were planned. */
  file: string | null
  /** Null where it was not counted. */
  keys: number | null
  /** Keys that may be gone when a node has loaded it. */
  expires: number
  /** Where a nodes.conf said so. */
  address: string | null
  /** Version of the RDB format. */
  rdbVersion: number | null
}

const usage = (message: string, next: string | null = null): RespiteError =>
  new RespiteError(Exit.USAGE, 'USAGE', message, next)

/** A directory that `split` wrote, its index, or a plan. @throws RespiteError `USAGE`, InputError. */
export function readPlan(path: string): PlannedPart[] {
  const isDirectory = nodeDisk().stat(path)?.isDirectory() === true
  const file = isDirectory ? join(path, SPLIT_INDEX) : path
  const json = parsedJson(file) as {schema?: unknown; parts?: unknown; to?: unknown} | null
  const parts = json?.schema === SPLIT_INDEX_SCHEMA ? partsOf(file, json) : plannedOnly(file)
  const missing = SLOTS - parts.reduce((sum, {slots}) => sum + sizeOf(slots), 0)
  if (missing === 0) return parts
  throw usage(`${file}: ${missing} slots are in no part: a cluster has to serve all of them`)
}

function partsOf(file: string, json: {parts?: unknown; to?: unknown; target?: unknown}) {
  const parts = Array.isArray(json.parts) ? (json.parts as SplitPart[]) : []
  if (parts.some((part) => part?.slots === null)) {
    throw usage(`${file}: it was not split by slots`, 'respite split INPUT --nodes 3 -o DIR')
  }
  if (json.to !== 'rdb') {
    throw usage(`${file}: nodes load RDB files`, 'respite split INPUT --nodes 3 --to rdb -o DIR')
  }
  const target = json.target as {rdbVersion?: number} | undefined
  const directory = join(file, '..')
  return planNodes(file, parts).map(({name, slots}, i): PlannedPart => {
    const {file: own, keys, databases, node} = parts[i]
    return {
      ...{name, slots, keys, rdbVersion: target?.rdbVersion ?? null},
      file: own === null ? null : join(directory, own),
      expires: databases?.['0']?.expires ?? 0,
      address: node?.address ?? null,
    }
  })
}

function plannedOnly(file: string): PlannedPart[] {
  return nodesOfPlan(file).map(({name, slots}) => ({
    ...{name, slots, keys: null, expires: 0},
    ...{file: null, address: null, rdbVersion: null},
  }))
}

const sizeOf = (ranges: SlotRanges): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
