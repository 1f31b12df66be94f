/** What the campaigns of test/reliability share: the files they damage, their budgets, the figures they print. */

import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join, relative} from 'node:path'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {FormatError} from '../../src/formats/errors.ts'
import type {Kernel} from '../../src/formats/kernel/kernel.ts'
import {RdbReader} from '../../src/formats/rdb/reader.ts'
import {type RdbWalker, walkRdb} from '../../src/operations/walk-rdb.ts'
import {commands, textStart} from './damage-aof.ts'
import {FIXTURES} from './fixtures.ts'
import {memoryHost} from './memory-host.ts'

// Errors are made by the million here, and nobody looks at their stacks.
Error.stackTraceLimit = 0

/** `npm run soak` sets it: the same rows with larger budgets, or with this share of them. */
const SHARE = Number(process.env.RESPITE_SOAK ?? 0)
export const SOAK = SHARE > 0

/** How many, on each push and in soak; or how far apart, where that is less in soak. Never less is tried in soak than on a push. */
export function budget(push: number, soak: number): number {
  if (!SOAK) return push
  return soak < push
    ? Math.min(push, Math.round(soak / SHARE))
    : Math.max(push, Math.round(soak * SHARE))
}

/** Time for one test, in ms. */
export const TIMEOUT = SOAK ? 24 * 3600_000 : 300_000

/**
 * On each push a fixture that hardly differs from a plain one of its server, or of a version next to it, is looked at here and there, at
 * other places every time; in soak everywhere.
 */
export const isVariant = (name: string): boolean => !SOAK && VARIANT.test(name)

const VARIANT = /^(redis-(4|6|7\.2|7\.4\.1|8)|valkey-8)|\/(aof|expired|small-)/

/** Print what a row of the campaigns came to: one line. */
export function figure(row: string, text: string): void {
  process.stdout.write(`${row}: ${text}\n`)
}

export const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(4)} %`

export interface Sample {
  /** Its path below test/fixtures. */
  readonly name: string
  readonly kind: 'rdb' | 'aof'
  readonly bytes: Uint8Array
}

/** Every RDB and AOF among the fixtures, one of those that are equal; damaged ones left out. */
export function samples(largest: number): Sample[] {
  const seen = new Set<string>()
  const found: Sample[] = []
  for (const entry of readdirSync(FIXTURES, {recursive: true, withFileTypes: true})) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(FIXTURES, path)
    if (!entry.isFile() || !/\.(rdb|aof)$/.test(name) || name.startsWith('mutants')) continue
    const bytes = new Uint8Array(readFileSync(path))
    const sum = createHash('sha1').update(bytes).digest('hex')
    if (bytes.length === 0 || bytes.length > largest || seen.has(sum)) continue
    seen.add(sum)
    const kind = textStart(Buffer.from(bytes.buffer)) === bytes.length ? 'rdb' : 'aof'
    found.push({name, kind, bytes})
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Does it end in a checksum? Files before RDB 5 have none, zero means none. */
export function hasChecksum({kind, bytes}: Sample): boolean {
  const head = Buffer.from(bytes.subarray(0, 9)).toString('latin1')
  const version = Number(/^(?:REDIS|VALKEY)0*(\d+)$/.exec(head)?.[1] ?? 0)
  return kind === 'rdb' && version >= 5 && bytes.subarray(-8).some((byte) => byte !== 0)
}

/** Where the parts of one record lie. For an RDB `inner` is where the value begins, for an AOF the second line. */
export interface RecordSpan {
  readonly start: number
  readonly type: number
  readonly inner: number
  readonly end: number
  readonly isIntact: boolean
}

/** The entries of a sound RDB, or as many as there are before damage, and where it ends (-1: in damage). */
export function entrySpans(
  kernel: Kernel,
  bytes: Uint8Array,
): {entries: RecordSpan[]; end: number} {
  const host = memoryHost(kernel)
  host.hold(bytes)
  const entries: RecordSpan[] = []
  const walker: RdbWalker = {
    // The whole entry up to its value: attributes, type, key. The value is read when this is called.
    entry(r, fault) {
      const {offset: start, typeOffset: type} = r
      entries.push({start, type, inner: 0, end: r.c.offset, isIntact: fault === null})
    },
    record() {},
    fault() {},
    lost: () => false,
    found() {},
  }
  const r = new RdbReader(new Cursor(kernel).open(host.open('-')))
  try {
    r.readHeader()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return {entries, end: -1}
  }
  const whole = walkRdb(r, walker, null)
  const spans = entries.map((each) => ({...each, inner: behindKey(bytes, each.type)}))
  return {entries: spans, end: whole ? r.endOffset : -1}
}

/** Keys of the fixtures are plain strings with short lengths, or integers. */
function behindKey(bytes: Uint8Array, type: number): number {
  const first = bytes[type + 1]
  if (first < 0x40) return type + 2 + first
  if (first < 0x80) return type + 3 + (((first & 0x3f) << 8) | bytes[type + 2])
  return type + 2 + ({192: 1, 193: 2, 194: 4}[first] ?? 4)
}

/** The commands of an AOF. */
export function commandSpans(bytes: Uint8Array): RecordSpan[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const {list} = commands(file, textStart(file))
  return list.map(({at, end, args}) => ({
    start: at,
    type: at,
    inner: args[0].header,
    end,
    isIntact: true,
  }))
}

/** Keep an input that broke something, and say where. */
export function keepInput(bytes: Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), 'respite-broken-')), 'input')
  writeFileSync(path, bytes)
  return path
}

/** Does one of the servers' checkers call these bytes sound? */
export function passes(program: string, bytes: Uint8Array): boolean {
  const path = keepInput(bytes)
  try {
    execFileSync(program, [path], {stdio: 'ignore'})
    return true
  } catch {
    return false
  } finally {
    rmSync(dirname(path), {recursive: true})
  }
}
