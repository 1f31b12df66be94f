/** Who has to read the output, and what that can hold. */
import {Exit, RespiteError} from '../errors.ts'
import {
  COPIED_ONLY,
  FEATURES,
  type Feature,
  supports,
  type Target,
  WRITABLE,
} from '../formats/rdb/features.ts'
import type {Counters} from '../formats/rdb/lossy-visitor.ts'
import {SERVERS, targetOf} from '../formats/rdb/targets.ts'
import type {Holder} from './convert-plan.ts'
import type {DatasetSource} from './dataset.ts'

/** For a log that does not say whose it is: Redis 7.0, which all newer servers understand. */
const DEFAULT_VERSION = 10

export type Form = 'rdb' | 'restore' | 'commands' | View
/** Forms that no server reads. */
export type View = 'jsonl' | 'json' | 'csv' | 'parquet'

const VIEWS: readonly string[] = ['jsonl', 'json', 'csv', 'parquet'] satisfies View[]

/** What can be read again. */
export const isProvable = (form: Form): boolean => !isView(form) || form === 'jsonl'

export const isView = (form: string): form is View => VIEWS.includes(form)

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

/** The server that was named, else the version, else that of the input. @throws RespiteError USAGE. */
export function resolveTarget(
  source: Pick<DatasetSource, 'rdbVersion' | 'dialect'>,
  server: string | undefined,
  rdbVersion: number | undefined,
): Target {
  if (server !== undefined) {
    const known = SERVERS[server]
    if (known === undefined) {
      throw usage(`there is no server ${server}: ${Object.keys(SERVERS).join(', ')}`)
    }
    return known
  }
  const version = rdbVersion ?? source.rdbVersion ?? DEFAULT_VERSION
  const {dialect} = source
  const target = targetOf(version, dialect === null ? null : {dialect, version})
  if (WRITABLE[target.dialect].includes(target.version)) return target
  throw usage(`respite does not write RDB version ${version}: name a server with --for`)
}

/** Commands say less than an RDB; RESTORE takes nothing but values. */
const NO_COMMANDS: readonly Feature[] = [
  'modules',
  'stream-idmp',
  'stream-deleted-pending',
  'idle',
  'frequency',
  'consumer-activity',
]
const KEYS_ONLY: readonly Feature[] = ['module-aux', 'key-metadata', 'slot-import', 'path-hashes']
const ARE_COMMANDS: readonly Feature[] = ['arrays', 'stream-nacks']

/** Commands may say nothing of a stream's counters; what reads a value without them makes them up. */
export const countersOf = (form: Form): Counters => (form === 'commands' ? 'ignored' : 'made-up')

/** Only Valkey can tell what is in them. */
const UNREADABLE: readonly Feature[] = ['path-hashes']
/** A document and tables have keys and values only. */
const NO_KEYS: readonly Feature[] = ['functions', 'module-aux', 'key-metadata', 'slot-import']
const VIEW_LACKS: Readonly<Record<View, readonly Feature[]>> = {
  jsonl: UNREADABLE,
  json: [...UNREADABLE, ...NO_KEYS, 'hash-field-ttl', 'member-ttl', 'idle', 'frequency'],
  csv: [...UNREADABLE, ...NO_KEYS],
  parquet: [...UNREADABLE, ...NO_KEYS],
}

/** How many databases a server has, and how long a key, an element or a string may be. */
type Room = Pick<Holder, 'databases' | 'longest'>

const ANY: Room = {databases: Number.POSITIVE_INFINITY, longest: Number.POSITIVE_INFINITY}

/** proto-max-bulk-len */
const LONGEST = 2 ** 29

/** What a server that has so many databases takes, where it is not only told in an RDB. */
export function roomOf(form: Form, databases: number): Room {
  if (isView(form)) return ANY
  return {databases, longest: form === 'rdb' ? Number.POSITIVE_INFINITY : LONGEST}
}

export function holderOf(form: Form, target: Target, room: Room = ANY): Holder {
  if (isView(form)) {
    const holds = (feature: Feature) => !VIEW_LACKS[form].includes(feature)
    return {target, copies: false, ...room, holdsCopied: holds, holds}
  }
  const bare = form === 'rdb' ? [] : KEYS_ONLY
  const commands = form === 'commands'
  const holdsCopied = (feature: Feature) => supports(target, feature) && !bare.includes(feature)
  const holds = (feature: Feature) => {
    if (!holdsCopied(feature) || (commands && NO_COMMANDS.includes(feature))) return false
    return !COPIED_ONLY.has(feature) || (commands && ARE_COMMANDS.includes(feature))
  }
  return {target, copies: !commands, ...room, holdsCopied, holds}
}

/** Features by the names that --drop takes, and what --as can make of them. */
const AS: Readonly<Record<string, string>> = {
  'hash-field-ttl': 'plain',
  'far-hash-field-ttl': 'plain',
  'member-ttl': 'plain',
  'stream-nacks': 'consumer',
}

/** What may be lost. @throws RespiteError USAGE. */
export function parseDrop(drop: readonly string[], as: readonly string[]): Set<Feature> {
  const names = Object.keys(FEATURES)
  const features = drop.flatMap((list) => list.split(','))
  for (const name of features) {
    if (!names.includes(name)) throw usage(`--drop ${name}: there are ${names.join(', ')}`)
  }
  for (const pair of as) {
    const [name, form] = pair.split('=')
    if (AS[name] === undefined || AS[name] !== form) {
      const known = Object.entries(AS).map((each) => each.join('='))
      throw usage(`--as ${pair}: there are ${known.join(', ')}`)
    }
    features.push(name)
  }
  return new Set(features as Feature[])
}

/** What is left out of data that nobody looked at first: the writer stops at what is missing and may not be dropped. */
export function lostBy(holder: Holder, drop: ReadonlySet<Feature>): Set<Feature> {
  const allowed = (Object.keys(FEATURES) as Feature[]).filter(
    (feature) => drop.has(feature) || FEATURES[feature].weight === 'detail',
  )
  return new Set(allowed.filter((feature) => !holder.holds(feature)))
}
