/** What `verify` remembers of a good backup, and how far another one is from it. */
import type {DatabaseCounts, VerifyReport} from './reports.ts'
import {parseObject, usage} from './verify-rules.ts'

export interface Baseline {
  schema: 'respite.baseline/1'
  input: string
  createdAt: string
  bytes: number
  keys: number
  databases: Record<string, Pick<DatabaseCounts, 'keys' | 'types'>>
}

export function baselineOf(report: VerifyReport): Baseline {
  const {input, createdAt, bytes, keys} = report
  const databases = Object.fromEntries(
    Object.entries(report.databases).map(([db, counts]) => [
      db,
      {keys: counts.keys, types: counts.types},
    ]),
  )
  return {schema: 'respite.baseline/1', input, createdAt, bytes, keys, databases}
}

/** @throws RespiteError USAGE when it is no baseline. */
export function parseBaseline(text: string, path: string): Baseline {
  const document = parseObject(text, path)
  if (document.schema !== 'respite.baseline/1' || !hasCounts(document)) {
    throw usage(`${path}: not a baseline: verify writes one where no file is`)
  }
  return document as unknown as Baseline
}

function hasCounts({bytes, keys, databases}: Record<string, unknown>): boolean {
  if (typeof bytes !== 'number' || typeof keys !== 'number') return false
  if (typeof databases !== 'object' || databases === null) return false
  return Object.values(databases).every((counts) => {
    const {keys: count, types} = (counts ?? {}) as Partial<DatabaseCounts>
    if (typeof count !== 'number' || typeof types !== 'object' || types === null) return false
    return Object.values(types).every((each) => typeof each === 'number')
  })
}

type Measures = Pick<Baseline, 'bytes' | 'keys' | 'databases'>

/** What differs by more than `maxPercent` of what it was, the largest drift first, and how many figures were compared. */
export function driftsOf(
  was: Measures,
  now: Measures,
  maxPercent: number,
): {drifts: string[]; compared: number} {
  const before = figuresOf(was)
  const after = figuresOf(now)
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const drifts = names
    .map((name) => {
      const [a, b] = [before.get(name) ?? 0, after.get(name) ?? 0]
      // From nothing to something is all that there is.
      const percent = a === b ? 0 : a === 0 ? Number.POSITIVE_INFINITY : (100 * (b - a)) / a
      return {text: `${name} ${a} -> ${b}${signed(percent)}`, percent: Math.abs(percent)}
    })
    .filter(({percent}) => percent > maxPercent)
    .sort((a, b) => b.percent - a.percent)
  return {drifts: drifts.map(({text}) => text), compared: names.length}
}

function signed(percent: number): string {
  if (!Number.isFinite(percent)) return ''
  return ` (${percent > 0 ? '+' : ''}${percent.toFixed(1)} %)`
}

function figuresOf({bytes, keys, databases}: Measures): Map<string, number> {
  const figures = new Map([
    ['bytes', bytes],
    ['keys', keys],
  ])
  for (const [db, counts] of Object.entries(databases)) {
    figures.set(`db ${db} keys`, counts.keys)
    for (const [type, count] of Object.entries(counts.types)) figures.set(`db ${db} ${type}`, count)
  }
  return figures
}
