/** The flags that select entries, and those that change them: the same for every command that reads keys. */
import {Flags} from '#oclif'
import {Exit, RespiteError} from './errors.ts'

import {parseDuration} from './operations/duration.ts'
import {parsePoint} from './operations/point.ts'
import {parseRanges, parseTypes, type Selection} from './operations/select.ts'
import type {Transform} from './operations/transform.ts'
import {parseSize} from './sizes.ts'

const SELECTING = 'SELECTING'
const CHANGING = 'CHANGING'
const SLOT_MAX = 16383
const DB_MAX = 2 ** 31 - 1

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** Parses the text of a flag by `take`, which gives null where it is not `what`. */
const parsed =
  <T>(what: string, take: (text: string) => T | null) =>
  async (text: string): Promise<T> => {
    const value = take(text)
    if (value === null) throw usage(`${text} is no ${what}`)
    return value
  }

const typesFlag = Flags.custom<NonNullable<Selection['types']>>({
  parse: parsed('list of types: write hash,zset', parseTypes),
})
const slotsFlag = Flags.custom<[number, number][]>({
  parse: parsed('list of slots up to 16383: write 0-5460,7000', (text) =>
    parseRanges(text, SLOT_MAX),
  ),
})
const databasesFlag = Flags.custom<number[]>({
  parse: parsed('list of databases: write 0,3 or 0-15', (text) => {
    const ranges = parseRanges(text, 65535)
    return ranges?.flatMap(([first, last]) => range(first, last)) ?? null
  }),
})
const bytesFlag = Flags.custom<number>({
  parse: parsed('size: write 500mb, 2gb or a number of bytes', parseSize),
})
const timeFlag = Flags.custom<number>({
  parse: parsed('time: write 2024-05-01T10:00:00Z or @1714557600', timeMs),
})
const regexFlag = Flags.custom<string>({
  parse: parsed('regular expression', (text) => (isRegex(text) ? text : null)),
})

export const selectFlags = {
  match: Flags.string({
    summary: 'Keys that match a pattern of KEYS, byte by byte. May be repeated: any of them.',
    helpValue: 'GLOB',
    helpGroup: SELECTING,
    multiple: true,
    multipleNonGreedy: true,
  }),
  regex: regexFlag({
    summary: 'Keys that hold what a regular expression describes.',
    helpValue: 'REGEX',
    helpGroup: SELECTING,
  }),
  type: typesFlag({
    summary: 'Keys of these types.',
    helpValue: 'TYPE,…',
    helpGroup: SELECTING,
  }),
  db: databasesFlag({
    summary: 'Keys of these databases.',
    helpValue: 'N,…',
    helpGroup: SELECTING,
  }),
  slot: slotsFlag({
    summary: 'Keys of these cluster slots.',
    helpValue: 'N-M,…',
    helpGroup: SELECTING,
  }),
  expired: Flags.boolean({
    summary: 'Keys whose expiry has passed; --no-expired for all others.',
    helpGroup: SELECTING,
    allowNo: true,
  }),
  now: timeFlag({
    summary: 'What "passed" counts from; by default when the data was saved.',
    helpValue: 'TIME',
    helpGroup: SELECTING,
  }),
  'min-size': bytesFlag({
    summary: 'Keys whose elements have so many bytes at least.',
    helpValue: 'SIZE',
    helpGroup: SELECTING,
  }),
  sample: Flags.integer({
    summary: 'So many keys, the same ones every time.',
    helpValue: 'N',
    helpGroup: SELECTING,
    min: 1,
    max: 10_000_000,
  }),
}

export interface SelectValues {
  match?: string[]
  regex?: string
  type?: Selection['types']
  db?: number[]
  slot?: Selection['slots']
  expired?: boolean
  now?: number
  'min-size'?: number
  sample?: number
}

/** What the flags select. `now` alone selects nothing. @throws RespiteError `USAGE`. */
export function selection(flags: SelectValues): Selection {
  const {match, regex, type, db, slot, expired, now, sample} = flags
  if (now !== undefined && expired === undefined) {
    throw usage('--now says what --expired and --no-expired count from: give one of them too')
  }
  return {
    match,
    regex,
    types: type,
    dbs: db,
    slots: slot,
    expired,
    nowMs: now,
    minSize: flags['min-size'],
    sample,
  }
}

type Ttl = 'keep' | 'strip' | 'as-of-backup' | {shiftMs: number}

/** The keys of one database go into another. */
export interface Rename {
  from: number
  to: number
}

const ttlFlag = Flags.custom<Ttl>({
  parse: parsed('way to treat expiries: write keep, strip, shift:+1d or as-of-backup', parseTtl),
})
const renameFlag = Flags.custom<Rename>({
  parse: parsed('pair of databases: write 0=3', parseRename),
})

export const transformFlags = {
  ttl: ttlFlag({
    summary:
      'Expiries: keep them (default), strip them, shift:+1d, or as-of-backup: what was left when the data was saved is left from now on.',
    helpValue: 'keep|strip|shift:+1d|as-of-backup',
    helpGroup: CHANGING,
  }),
  'rename-db': renameFlag({
    summary: 'Put the keys of one database into another. May be repeated.',
    helpValue: 'FROM=TO',
    helpGroup: CHANGING,
    multiple: true,
    multipleNonGreedy: true,
  }),
  'prefix-strip': Flags.string({
    summary: 'Take this from the beginning of each key that has it.',
    helpValue: 'TEXT',
    helpGroup: CHANGING,
  }),
  'prefix-add': Flags.string({
    summary: 'Put this before each key.',
    helpValue: 'TEXT',
    helpGroup: CHANGING,
  }),
}

export interface TransformValues {
  ttl?: Ttl
  'rename-db'?: Rename[]
  'prefix-strip'?: string
  'prefix-add'?: string
}

/** What is asked for of the entries: `asOfBackupMs` is the time to shift to, where only the input says from when. */
export interface RequestedTransform extends Transform {
  asOfBackupMs?: number
}

export function requestedTransform(flags: TransformValues, now: Date): RequestedTransform {
  const {ttl} = flags
  const pairs = flags['rename-db']
  return {
    ttl: ttl === 'keep' || ttl === 'as-of-backup' ? undefined : ttl,
    asOfBackupMs: ttl === 'as-of-backup' ? now.getTime() : undefined,
    renameDb: pairs && Object.fromEntries(pairs.map(({from, to}) => [from, to])),
    prefixStrip: flags['prefix-strip'],
    prefixAdd: flags['prefix-add'],
  }
}

function parseTtl(text: string): Ttl | null {
  if (text === 'keep' || text === 'strip' || text === 'as-of-backup') return text
  const match = /^shift:([+-]?)(\w+)$/.exec(text)
  const ms = match && parseDuration(match[2])
  if (match === null || ms === null) return null
  return {shiftMs: match[1] === '-' ? -ms : ms}
}

export function parseRename(text: string): Rename | null {
  const match = /^(\d{1,10})=(\d{1,10})$/.exec(text)
  const [from, to] = [Number(match?.[1]), Number(match?.[2])]
  return from <= DB_MAX && to <= DB_MAX ? {from, to} : null
}

function timeMs(text: string): number | null {
  const point = parsePoint(text)
  return point.kind === 'time' ? point.timeMs : null
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return false
  }
}

const range = (first: number, last: number): number[] =>
  Array.from({length: last - first + 1}, (_, i) => first + i)
