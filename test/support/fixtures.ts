/** The files in test/fixtures that real servers wrote, with the truth beside each. See test/fixtures/README.md. */
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {gunzipSync} from 'node:zlib'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const FIXTURES = join(ROOT, 'test/fixtures')

export interface FixtureFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export interface LibraryTruth {
  readonly name: string
  readonly engine: string
  /** base64 */
  readonly code: string
  readonly functions: readonly string[]
}

/** One variant in a server's meta.json. */
export interface MetaEntry {
  readonly variant: string
  readonly dataset: string
  readonly note?: string
  readonly files: readonly FixtureFile[]
  readonly digest: string
  readonly dbsize: Readonly<Record<string, number>>
  readonly keys: number
  readonly functions?: readonly LibraryTruth[]
  readonly truth: string
  readonly valuesIn?: string
  readonly loadArgs: readonly string[]
  readonly expiredKeysInFile?: readonly {db: number; key: string; expireAtMs: number}[]
}

export interface ServerMeta {
  readonly name: string
  readonly server: 'redis' | 'valkey'
  readonly version: string
  readonly allocator: string
  readonly features: Readonly<Record<string, boolean>>
  readonly files: readonly MetaEntry[]
}

export interface Fixture {
  /** `redis-7.0.15/small`: for test titles. */
  readonly name: string
  readonly server: string
  readonly variant: string
  readonly kind: 'rdb' | 'aof'
  /** The RDB file, or the directory that the server was started in. */
  readonly path: string
  readonly meta: ServerMeta
  readonly entry: MetaEntry
}

/** Names and values in base64; see "Truth" in test/fixtures/README.md. */
export type Value = string | readonly unknown[] | StreamValue | Readonly<Record<string, unknown>>

export interface StreamValue {
  readonly length: number
  readonly lastId: string
  readonly entriesAdded?: string
  readonly maxDeletedId?: string
  readonly recordedFirstId?: string
  readonly entries: readonly (readonly [id: string, pairs: readonly string[]])[]
  readonly groups: readonly GroupValue[]
}

export interface GroupValue {
  readonly name: string
  readonly lastId: string
  readonly entriesRead?: string | null
  readonly consumers: readonly ConsumerValue[]
  readonly pending: readonly PendingValue[]
}

export interface ConsumerValue {
  readonly name: string
  readonly pending: number
  readonly seenTime?: number
  readonly activeTime?: number
}

export type PendingValue = readonly [id: string, owner: string, time: number | null, count: number]

export interface Row {
  readonly db: number
  readonly key: string
  readonly type: string
  readonly encoding?: string | null
  readonly expireAtMs: number | null
  readonly value?: Value
  readonly digest?: string
  readonly memory?: number
  readonly dump?: string
  readonly freq?: number
  readonly idle?: number
}

/** Every fixture, by server and variant. */
export function listFixtures(): Fixture[] {
  const servers = readdirSync(FIXTURES).filter((name) =>
    existsSync(join(FIXTURES, name, 'meta.json')),
  )
  return servers.sort().flatMap((server) => {
    const meta: ServerMeta = JSON.parse(readFileSync(join(FIXTURES, server, 'meta.json'), 'utf8'))
    return meta.files.map((entry) => fixtureOf(server, meta, entry))
  })
}

function fixtureOf(server: string, meta: ServerMeta, entry: MetaEntry): Fixture {
  const {variant} = entry
  const kind = entry.files[0].path === `${variant}.rdb` ? 'rdb' : 'aof'
  const path = join(FIXTURES, server, kind === 'rdb' ? `${variant}.rdb` : variant)
  return {name: `${server}/${variant}`, server, variant, kind, path, meta, entry}
}

export const rdbFixtures = (): Fixture[] => listFixtures().filter(({kind}) => kind === 'rdb')
export const aofFixtures = (): Fixture[] => listFixtures().filter(({kind}) => kind === 'aof')

/** One fixture by its name, `redis-7.0.15/small`. */
export function fixture(name: string): Fixture {
  const found = listFixtures().find((each) => each.name === name)
  if (!found) throw new Error(`no fixture ${name}`)
  return found
}

/** The full path of a file that `entry.files` lists. */
export const fileOf = (f: Fixture, file: FixtureFile): string => join(FIXTURES, f.server, file.path)

/** What the server held after it loaded the fixture. Values that another truth file has are filled in. */
export function truthRows(f: Fixture): Row[] {
  const rows = readRows(join(FIXTURES, f.server, f.entry.truth))
  if (!f.entry.valuesIn) return rows
  const others = readRows(join(FIXTURES, f.server, f.entry.valuesIn))
  const values = new Map(others.map((row) => [`${row.db}/${row.key}`, row.value]))
  return rows.map((row) =>
    row.value === undefined ? {...row, value: values.get(`${row.db}/${row.key}`)} : row,
  )
}

function readRows(path: string): Row[] {
  const text = gunzipSync(readFileSync(path)).toString('utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line))
}

/** Old dumps of another project, read in place when they are at hand: RESPITE_RDBTOOLS or ../shared/fixtures/rdbtools. */
export function rdbtoolsFolder(): string | undefined {
  const folder = process.env.RESPITE_RDBTOOLS ?? join(ROOT, '../shared/fixtures/rdbtools')
  return existsSync(folder) ? folder : undefined
}
