/** What a split is asked for, and what follows from it. */
import {Exit, RespiteError} from '../errors.ts'
import type {Feature} from '../formats/rdb/features.ts'
import type {ChosenEntries} from './chosen-entries.ts'
import type {ConvertOptions} from './convert-options.ts'
import type {DatasetSource} from './dataset.ts'
import type {SlotRanges, SplitBy, SplitReport} from './split-reports.ts'
import {
  databaseRouter,
  globRouter,
  type NamedGlob,
  prefixRouter,
  REST,
  type Router,
  slotRouter,
  typeRouter,
} from './split-router.ts'
import {
  balanced,
  evenNodes,
  MOST_PARTS,
  nodesOfConf,
  nodesOfPlan,
  PART_NAME,
  rangeNodes,
  type SlotNode,
  type SlotWeights,
  slotWeights,
} from './split-slots.ts'

/** How to split: exactly one of these. */
export interface SplitRule {
  /** So many ranges of slots. */
  nodes?: number
  slots?: SlotRanges
  /** Paths of files that say which node has which slots. */
  plan?: string
  nodesConf?: string
  by?: 'db' | 'type' | 'prefix'
  /** The first pattern that a key fits decides; the rest has a part of its own. */
  parts?: readonly NamedGlob[]
}

export interface SplitOptions
  extends Omit<ConvertOptions, 'output' | 'to' | 'base' | 'single'>,
    SplitRule {
  to?: 'rdb' | 'aof' | 'resp'
  /** The directory; with `planOnly` the file of the plan. */
  output: string | null
  /** With `nodes`: ranges that hold about as many bytes or keys each, in place of as many slots. */
  balance?: 'bytes' | 'keys'
  /** Compute the ranges of slots only. */
  planOnly?: boolean
  /** Of `by` prefix. By default a colon. */
  separator?: string
  /** More parts by prefix than that are refused. */
  maxParts?: number
}

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** What is convert's to drop: parts have any number of databases, and strings of any length. */
const KEPT: readonly Feature[] = ['databases', 'long-strings']

/** @throws RespiteError `USAGE` where something is to be dropped that never is. */
export function refuseKept(drop: ReadonlySet<Feature>): void {
  const kept = KEPT.filter((feature) => drop.has(feature))
  if (kept.length === 0) return
  throw usage(
    `--drop ${kept.join(',')} does nothing here: leave keys out with --db or convert first`,
  )
}

/** @throws RespiteError `USAGE` where it is not said how to split, or said twice. */
export function splitBy({
  nodes,
  slots,
  plan,
  nodesConf,
  by,
  parts,
  ...rest
}: SplitOptions): SplitBy {
  const given = [nodes, slots, plan, nodesConf, by, parts].filter((each) => each !== undefined)
  if (given.length !== 1) {
    throw usage('how to split? Give one of --nodes, --slots, --plan, --nodes-conf, --by and --part')
  }
  if (rest.balance !== undefined && nodes === undefined) throw usage('--balance goes with --nodes')
  if (nodes !== undefined && (!Number.isInteger(nodes) || nodes < 1 || nodes > MOST_PARTS)) {
    throw usage(`--nodes takes 1 to ${MOST_PARTS}`)
  }
  if (parts !== undefined) refuseNames(parts)
  const rule = by ?? (parts === undefined ? 'slot' : 'match')
  if (rest.planOnly && rule !== 'slot') throw usage('--plan-only goes with a split by slots')
  return rule
}

function refuseNames(parts: readonly NamedGlob[]): void {
  for (const {name} of parts) {
    if (PART_NAME.test(name) && name !== REST) continue
    throw usage(`${name} cannot name a part: write letters, digits, - and . only, and not ${REST}`)
  }
  if (parts.length >= MOST_PARTS) throw usage(`--part can be there ${MOST_PARTS - 1} times`)
  const names = new Set(parts.map(({name}) => name.toLowerCase()))
  if (names.size < parts.length) throw usage('two parts have the same name')
}

/** The slots of each node; reads the input where they are to be balanced, or with `weigh`. */
export async function nodesFor(
  chosen: ChosenEntries,
  {nodes, slots, plan, nodesConf, balance}: SplitOptions,
  weigh: boolean,
): Promise<{nodes: SlotNode[]; weights: SlotWeights | null}> {
  const given = slots
    ? rangeNodes(slots)
    : plan
      ? nodesOfPlan(plan)
      : nodesConf
        ? nodesOfConf(nodesConf)
        : null
  const weights = weigh || balance !== undefined ? await slotWeights(chosen) : null
  if (given !== null) return {nodes: given, weights}
  if (balance === undefined) return {nodes: evenNodes(nodes!), weights}
  return {nodes: balanced(weights![balance], nodes!), weights}
}

export async function routerFor(
  chosen: ChosenEntries,
  options: SplitOptions,
  anyDatabase: boolean,
): Promise<Router> {
  const {by, parts, separator = ':', maxParts = MOST_PARTS} = options
  if (by === 'db') return databaseRouter()
  if (by === 'type') return typeRouter()
  if (by === 'prefix') return prefixRouter(separator, maxParts)
  if (parts !== undefined) return globRouter(parts, !chosen.source.repeatable)
  return slotRouter((await nodesFor(chosen, options, false)).nodes, anyDatabase)
}

/** @throws RespiteError `USAGE` where stdin would have to be read twice. */
export function refuseUnknownParts(
  source: DatasetSource,
  {by, balance, planOnly = false}: SplitOptions,
): void {
  if (source.repeatable || (by === undefined && balance === undefined && !planOnly)) return
  throw usage('--by, --balance and --plan-only read the input twice: give it as a path')
}

export function emptySplit(
  input: string,
  {to = 'rdb', dryRun = false}: SplitOptions,
  by: SplitBy,
): SplitReport {
  return {
    schema: 'respite.split/1',
    input,
    kind: 'unknown',
    producer: null,
    by,
    to,
    target: {dialect: 'redis', rdbVersion: 0},
    output: null,
    dryRun,
    verdict: 'planned',
    keys: 0,
    functions: 0,
    unselected: 0,
    parts: [],
    plan: null,
    missing: [],
    bytes: 0,
    digest: null,
    reason: null,
    stoppedAt: null,
    next: null,
  }
}
