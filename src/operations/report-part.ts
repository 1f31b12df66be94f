/**
 * Part files: the state of a report as JSON, for another run to add up. What lies in one was written by anybody: its shape is checked
 * before any of it is used.
 */
import {ENCODINGS} from '../engine/memory/encoding.ts'
import {FREQ_BOUNDS, IDLE_BOUNDS, TTL_BOUNDS} from '../engine/statistics/bands.ts'
import {BUCKETS} from '../engine/statistics/log-histogram.ts'
import {LIMIT_SUMS} from '../engine/statistics/tight-limits.ts'
import {SLOTS} from '../net/key-slot.ts'
import type {PartState, ReportState} from './report-state.ts'

const SCHEMA = 'respite.report-part/1'
/** What every part file begins with. */
export const PART_HEAD = `{"schema":"${SCHEMA}",`
const TYPES = 8
const NAME_MAX = 50
const DEPTH_MAX = 6
const HASHES = 2 ** 52

export function partText(state: ReportState): string {
  return `${JSON.stringify({schema: SCHEMA, ...state.state()})}\n`
}

/** Null where the text is no sound part file. */
export function parsePart(text: string): PartState | null {
  try {
    const value: unknown = JSON.parse(text)
    return isPart(value) ? (value as PartState) : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

type Is = (value: unknown) => boolean

/** A count or a sum. */
const sum: Is = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const below =
  (limit: number): Is =>
  (value) =>
    sum(value) && (value as number) < limit
const text: Is = (value) => typeof value === 'string'
/** A character for each byte. */
const bytes =
  (most: number): Is =>
  (value) =>
    typeof value === 'string' && value.length <= most && /^[\0-\xff]*$/.test(value)
const flag: Is = (value) => typeof value === 'boolean'
const number: Is = (value) => typeof value === 'number'
const orNull =
  (is: Is): Is =>
  (value) =>
    value === null || is(value)
const list =
  (is: Is, length = -1): Is =>
  (value) =>
    Array.isArray(value) &&
    (length < 0 || value.length === length) &&
    value.every((each) => is(each))
const tuple =
  (...row: Is[]): Is =>
  (value) =>
    Array.isArray(value) && value.length === row.length && row.every((is, i) => is(value[i]))
const fields =
  (names: Record<string, Is>): Is =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(names).every(([name, is]) => is((value as Record<string, unknown>)[name]))

const histogram: Is = (value) => {
  if (!list(sum)(value)) return false
  const numbers = value as number[]
  if (numbers.length < 3 || numbers.length % 2 === 0) return false
  return numbers.every((each, i) => i < 3 || i % 2 === 0 || each < BUCKETS)
}
const group = tuple(sum, histogram, histogram, histogram)
const bands = (bounds: readonly number[]) =>
  tuple(list(sum, bounds.length + 1), list(sum, bounds.length + 1))

function node(depth: number): Is {
  return (value) =>
    depth < DEPTH_MAX &&
    tuple(bytes(NAME_MAX), below(8), sum, sum, sum, sum, list(node(depth + 1)))(value)
}

const topRow = tuple(
  ...[sum, below(TYPES), below(ENCODINGS.length), sum, sum, sum, sum, orNull(number), bytes(1024)],
)
const copy = tuple(below(HASHES), sum, sum, sum, list(below(256)))
const finding = fields({code: text, severity: text, file: text, message: text, meaning: text})
const input = fields({
  input: text,
  kind: text,
  producer: orNull(text),
  createdAt: orNull(text),
  keys: sum,
  memory: sum,
  memoryOf: orNull(fields({server: text, allocator: text})),
  stoppedAt: orNull(finding),
})
const settings = fields({
  separators: list(below(256)),
  top: sum,
  slots: flag,
  dedup: flag,
})

const isPart = fields({
  schema: (value) => value === SCHEMA,
  settings,
  inputs: list(input),
  unselected: sum,
  groups: list(tuple((db) => db === -1 || sum(db), list(tuple(below(TYPES * 16), group)))),
  tree: node(0),
  ttl: bands(TTL_BOUNDS),
  idle: bands(IDLE_BOUNDS),
  freq: bands(FREQ_BOUNDS),
  limits: list(sum, LIMIT_SUMS),
  copies: orNull(fields({halvings: below(52), kept: list(copy)})),
  compression: fields({strings: sum, compressed: sum, expanded: sum}),
  small: fields({keys: sum, memory: sum, payload: sum}),
  lasting: fields({keys: sum, memory: sum}),
  slots: orNull(list(tuple(below(SLOTS * 2), sum))),
  top: list(list(topRow), 3),
})
