/** How a fixture that was built by hand says what it holds: rows in the shape of the truth files. */
import {bytes, type Part} from './bytes.ts'
import type {Row, Value} from './fixtures.ts'

export interface BuiltFixture {
  /** File name without `.rdb`. */
  readonly name: string
  /** What it is for, and where the layout is from. */
  readonly about: string
  readonly file: Buffer
  readonly truth: BuiltTruth
}

export interface BuiltTruth {
  readonly version: number
  readonly dialect: 'redis' | 'valkey' | 'dragonfly'
  readonly rows: readonly Row[]
  /** The code that reading ends with; `rows` are then those before it. */
  readonly error?: 'UNSUPPORTED'
  /** Codes of what is wrong inside values; reading goes on behind them. */
  readonly faults?: readonly string[]
  /** True when Redis 7.0 loads the file: a test proves it. */
  readonly loadsIn70?: boolean
  /** A newer server that loads it, by name and version, and the options that it needs. */
  readonly loadsIn?: {readonly server: string; readonly args: readonly string[]}
  /** Keys in the file that servers leave out when they load it. */
  readonly dropped?: readonly string[]
  /** Further facts, by name: AUX fields, modules, slots ... */
  readonly notes?: Readonly<Record<string, unknown>>
}

export const base64 = (part: Part): string => bytes(part).toString('base64')

interface Extras {
  readonly db?: number
  readonly expireAtMs?: number
  readonly idle?: number
  readonly freq?: number
}

function row(
  type: string,
  key: Part,
  value: Value,
  {db = 0, expireAtMs, ...rest}: Extras = {},
): Row {
  return {db, key: base64(key), type, expireAtMs: expireAtMs ?? null, value, ...rest}
}

const byBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'))

export const stringRow = (key: Part, value: Part, extras?: Extras): Row =>
  row('string', key, base64(value), extras)

export const listRow = (key: Part, members: readonly Part[], extras?: Extras): Row =>
  row('list', key, members.map(base64), extras)

export const setRow = (key: Part, members: readonly Part[], extras?: Extras): Row =>
  row('set', key, members.map(base64).sort(byBytes), extras)

/** The caller gives members in order of score. */
export const zsetRow = (key: Part, pairs: readonly [Part, string][], extras?: Extras): Row => {
  const value = pairs.map(([member, score]) => [base64(member), score])
  return row('zset', key, value, extras)
}

export type FieldTruth = readonly [field: Part, value: Part, expiresAtMs?: number | null]

export function hashRow(key: Part, fields: readonly FieldTruth[], extras?: Extras): Row {
  const value = fields
    .map(([field, each, at]) =>
      at === undefined ? [base64(field), base64(each)] : [base64(field), base64(each), at],
    )
    .sort((a, b) => byBytes(a[0] as string, b[0] as string))
  return row('hash', key, value, extras)
}

export const streamRow = (key: Part, value: Value, extras?: Extras): Row =>
  row('stream', key, value, extras)

export const arrayRow = (
  key: Part,
  cells: readonly [string, Part][],
  insertIndex: string | null,
): Row =>
  row('array', key, {cells: cells.map(([index, text]) => [index, base64(text)]), insertIndex})

/** Items of a module value: opcode and number or, for strings, base64. */
export const moduleRow = (key: Part, id: bigint, items: readonly [number, string][]): Row =>
  row('module', key, {id: String(id), items})

/** A key whose value can be copied but not taken apart. */
export const valueless = (key: Part, type: string): Row => ({
  db: 0,
  key: base64(key),
  type,
  expireAtMs: null,
})
