/** Runs of plain entries go into the engine in its own kernel: nobody must be able to tell. */
import {readFileSync} from 'node:fs'
import {describe, expect, test} from '@jest/globals'
import {FullDigest} from '../../src/engine/digest/full-digest.ts'
import {arenaMemory, digestKeyspace} from '../../src/engine/digest/keyspace-digest.ts'
import {Keyspace} from '../../src/engine/keyspace.ts'
import {EntryLoader} from '../../src/engine/load-entry.ts'
import {type Part, WHOLE} from '../../src/engine/part.ts'
import {logicalOf} from '../../src/engine/values/kinds.ts'
import {VALUE_OPS} from '../../src/engine/values/table.ts'
import {createKernel, type Kernel} from '../../src/formats/kernel/kernel.ts'
import {ENGINE_HEAP} from '../../src/formats/kernel/layout.ts'
import {type RdbReader, RdbRecord} from '../../src/formats/rdb/reader.ts'
import {RdbOpcode, RdbType} from '../../src/formats/rdb/types.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {
  bytes,
  f64le,
  i32le,
  i64le,
  intStr,
  len,
  lzfRun,
  lzfStr,
  rdbFile,
  str,
  u32be,
} from '../support/bytes.ts'
import {rdbFixtures} from '../support/fixtures.ts'
import {openReader, type ReadOptions} from '../support/read-rdb.ts'

interface Loading extends Omit<ReadOptions, 'rules'> {
  runs?: boolean
  part?: Part
  /** Whose memory to use. */
  kernel?: Kernel
}

const newKernel = () => createKernel(loadKernelModule())

/** Load a file over memory that was used for something else. What it held is there even when it ends in damage. */
function load(file: Uint8Array, given: Loading = {}) {
  const {runs = true, part = WHOLE, kernel = newKernel(), ...options} = given
  new Uint8Array(kernel.memory.buffer).fill(0xff, ENGINE_HEAP)
  const keyspace = new Keyspace(kernel)
  const loader = new EntryLoader(keyspace, part)
  const r = openReader(file, options)
  let error: unknown = null
  let alone = 0
  try {
    r.readHeader()
    const next = () => {
      if (runs) loader.loadRun(r)
      return r.next()
    }
    for (let record = next(); record !== RdbRecord.END; record = next()) {
      if (record === RdbOpcode.RESIZEDB) loader.expect(r)
      if (record !== RdbRecord.ENTRY) continue
      alone++
      if (isOwn(r, part)) loader.load(r)
      else r.skipValue(false)
    }
  } catch (caught) {
    error = caught
  }
  loader.finish()
  return {keyspace, loader, error, alone, entries: r.entries}
}

function isOwn({c}: RdbReader, {index, count}: Part): boolean {
  return count === 1 || c.kernel.keyPart(c.pinStart, c.pinEnd, count) === index
}

/** All that there is to know about a keyspace, but for the order of the keys. */
function contents(...keyspaces: Keyspace[]): string[] {
  const rows: string[] = []
  for (const keyspace of keyspaces) {
    const digest = new FullDigest(arenaMemory(keyspace.arena), true)
    digestKeyspace(keyspace, digest, (number, start, end) => {
      const db = keyspace.database(number)
      const {memory} = keyspace.arena
      const key = Buffer.from(memory.slice(start, end))
      const entry = db.find(key, 0, key.length)
      const encoding = VALUE_OPS[logicalOf(db.kind(entry))].encoding(keyspace, entry)
      const row = [number, key.toString('latin1'), encoding, db.expiresAtMs(entry)]
      rows.push(`${row.join(' ')} ${digest.valueHex()}`)
    })
  }
  return rows.sort()
}

const string = (key: Uint8Array | string, value: Uint8Array) =>
  bytes(RdbType.STRING, typeof key === 'string' ? str(key) : key, value)
const set = (key: string, ...members: Uint8Array[]) =>
  bytes(RdbType.SET, str(key), len(members.length), ...members)
const zset = (key: string, ...members: Uint8Array[]) =>
  bytes(RdbType.ZSET_2, str(key), len(members.length), ...members)
const members = (count: number, make: (i: number) => string) =>
  Array.from({length: count}, (_, i) => str(make(i)))
const scored = (count: number, score: (i: number) => number) =>
  Array.from({length: count}, (_, i) => bytes(str(`member ${i}`), f64le(score(i))))
const file = (...entries: Uint8Array[]) => rdbFile({version: 11, body: bytes(...entries)})

const MIXED = file(
  string('plain', str('value')),
  string(intStr(7), intStr(-8)),
  string(lzfStr(lzfRun(0x61, 300), 300), lzfStr(lzfRun(0x62, 4000), 4000)),
  bytes(RdbOpcode.EXPIRETIME, i32le(-5), string('seconds', str('1'))),
  bytes(RdbOpcode.EXPIRETIME_MS, i64le(2_000_000_000_123), string('ms', str('2'))),
  bytes(RdbOpcode.IDLE, len(9), string('idle', str('3'))),
  set('packed', ...members(128, (i) => `m${i}`)),
  set('longest', str('x'.repeat(63)), str('x'.repeat(64)), lzfStr(lzfRun(0x61, 60), 60)),
  set('too long', str('x'.repeat(65)), str('y')),
  set('integers', str('1'), intStr(2), str('-3')),
  set('both', str('1'), str('one')),
  set('an empty member', str('')),
  set('table', ...members(129, (i) => `m${i}`)),
  set('many integers', ...members(513, String)),
  set('an intset', ...members(512, String)),
  zset('ascending', ...scored(3000, (i) => i)),
  zset('descending', ...scored(3000, (i) => -i)),
  zset('scattered', ...scored(3000, (i) => (i * 7919) % 1000)),
  zset('infinite', ...scored(200, (i) => (i % 2 === 0 ? Number.POSITIVE_INFINITY : -0))),
  zset('packed zset', ...scored(3, (i) => i)),
  string('large', str('x'.repeat(300_000))),
  string('last', str('value')),
)

describe.each([{slotSize: 61}, {slotSize: 4096}, {}])('with a window of %o', (options) => {
  test('every form of a value is what it is when the reader loads it by itself', () => {
    const whole = load(MIXED, options)
    const alone = load(MIXED, {...options, runs: false})
    expect(contents(whole.keyspace)).toEqual(contents(alone.keyspace))
    expect(contents(whole.keyspace)).toHaveLength(22)
    expect([whole.entries, whole.error]).toEqual([22, null])
  })
})

test('most of them are loaded in runs', () => {
  expect(load(MIXED).alone).toBe(12)
  expect(load(MIXED, {runs: false}).alone).toBe(22)
})

test('the parts together are the whole', () => {
  const parts = [0, 1, 2].map((index) => load(MIXED, {part: {index, count: 3, ties: null}}))
  expect(contents(...parts.map(({keyspace}) => keyspace))).toEqual(contents(load(MIXED).keyspace))
  for (const {entries, keyspace} of parts) {
    expect(entries).toBe(22)
    expect(keyspace.database(0).size).toBeLessThan(22)
  }
})

test('every fixture is what it is when the reader loads it by itself', () => {
  let keys = 0
  const kernels = [newKernel(), newKernel()]
  for (const fixture of rdbFixtures()) {
    const {path} = fixture
    const input = readFileSync(path)
    const runs = load(input, {kernel: kernels[0]})
    const alone = load(input, {runs: false, kernel: kernels[1]})
    const found = contents(runs.keyspace)
    // Comparing arrays of thousands takes longer than everything else.
    expect([path, ...found].join('\n')).toBe([path, ...contents(alone.keyspace)].join('\n'))
    expect(runs.error).toEqual(alone.error)
    keys += found.length
  }
  expect(keys).toBeGreaterThan(1000)
})

test.each([
  {what: 'a member that is there twice', entry: set('k', str('a'), str('a'))},
  {
    what: 'a member of many that is there twice',
    entry: set('k', ...members(300, (i) => `m${i % 299}`)),
  },
  {
    what: 'a score that is no number',
    entry: zset('k', ...scored(300, (i) => (i < 299 ? i : Number.NaN))),
  },
  {what: 'a set that is cut', entry: set('k', ...members(300, (i) => `m${i}`)).subarray(0, -5)},
  {what: 'damaged LZF', entry: string('k', lzfStr(lzfRun(0x61, 300), 301))},
  {what: 'a listpack that is none', entry: bytes(RdbType.HASH_LISTPACK, str('k'), str('hash'))},
])('$what is damage, and what comes before it is loaded', ({entry}) => {
  const input = file(string('before', str('1')), entry)
  const runs = load(input)
  expect(runs.error).toMatchObject({name: 'FormatError', code: expect.any(String)})
  expect(runs.error).toEqual(load(input, {runs: false}).error)
  expect(contents(runs.keyspace)).toHaveLength(1)
})

test('a claimed number of keys makes no more room than the file can fill', () => {
  const claim = bytes(RdbOpcode.RESIZEDB, 0x80, u32be(0xffffffff), len(0))
  const {keyspace} = load(file(claim, string('k', str('v')), string('l', str('x'.repeat(10_000)))))
  expect(keyspace.database(0).size).toBe(2)
  expect(keyspace.arena.used).toBeLessThan(20_000)
})
