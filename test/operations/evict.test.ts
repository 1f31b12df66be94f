import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import type {EvictOptions} from '../../src/operations/evict.ts'
import type {EvictReport} from '../../src/operations/evict-reports.ts'
import {KeyLines} from '../../src/ui/key-lines.ts'
import {bytes, entry, len, rdbFile, selectDb, str, u64le} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'
import {seeded} from '../support/random.ts'
import {serverProgram, startServer} from '../support/server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-evict-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const CREATED_MS = 1_790_000_000_000

interface Key {
  name: string
  idle: number
  freq: number
  expiresAtMs: number | null
  size: number
}

/** Keys with idle times, counters and expiries that nothing else tells. */
function keysOf(
  count: number,
  seed: number,
  size = (random: () => number) => random() % 300,
): Key[] {
  const {u32} = seeded(seed)
  return Array.from({length: count}, (_, i) => ({
    name: `${i % 3 === 0 ? 'user' : 'cache'}:${i}`,
    idle: u32() % 1_000_000,
    freq: u32() % 256,
    expiresAtMs: i % 2 === 0 ? CREATED_MS + (u32() % 1_000_000) * 1000 : null,
    size: size(u32),
  }))
}

function rdbOf(name: string, keys: readonly Key[], attribute: 'idle' | 'freq'): string {
  const entries = keys.map(({name: key, idle, freq, expiresAtMs, size}) =>
    bytes(
      expiresAtMs === null ? '' : bytes(0xfc, u64le(expiresAtMs)),
      attribute === 'idle' ? bytes(0xf8, len(idle)) : bytes(0xf9, freq),
      entry(0, key, str('v'.repeat(size))),
    ),
  )
  const path = join(folder, name)
  writeFileSync(path, rdbFile({version: 10, body: bytes(selectDb(0), ...entries)}))
  return path
}

const evict = (input: string, options: Omit<EvictOptions, 'server'>) =>
  runOperation<EvictReport>('evict', [input], {server: 0, ...options}, {mode: 'inline'})

/** `name memory` of each key. */
async function listed(input: string): Promise<Map<string, number>> {
  const lines = new KeyLines({
    ...{format: 'template', columns: ['key', 'memory'], template: '{key} {memory}'},
    exactBytes: true,
  })
  let text = ''
  const onChunk = async (chunk: Uint8Array) => {
    text += Buffer.from(lines.of(chunk)).toString()
  }
  await runOperation('keys', [input], {}, {mode: 'inline', onChunk})
  const rows = text.trimEnd().split('\n').filter(Boolean)
  return new Map(rows.map((row) => [JSON.parse(row.split(' ')[0]), Number(row.split(' ')[1])]))
}

const KEYS = keysOf(3000, 11)

describe('exact eviction takes what a brute force takes', () => {
  const orders: Record<string, (a: Key, b: Key) => number> = {
    'allkeys-lru': (a, b) => b.idle - a.idle,
    'volatile-lru': (a, b) => b.idle - a.idle,
    'allkeys-lfu': (a, b) => a.freq - b.freq,
    'volatile-lfu': (a, b) => a.freq - b.freq,
    'volatile-ttl': (a, b) => a.expiresAtMs! - b.expiresAtMs!,
  }
  test.each(Object.keys(orders))('by %s', async (name) => {
    const policy = name as EvictOptions['policy']
    const input = rdbOf(`${name}.rdb`, KEYS, name.endsWith('lfu') ? 'freq' : 'idle')
    const memory = await listed(input)
    const {memory: sums} = await evict(input, {policy, maxmemory: 1e9})
    expect(sums.keys).toBe([...memory.values()].reduce((a, b) => a + b, 0))
    const maxmemory = Math.round(sums.used * 0.7)
    const order = KEYS.filter(({expiresAtMs}) => !name.startsWith('vol') || expiresAtMs !== null)
    order.sort((a, b) => orders[name](a, b) || KEYS.indexOf(a) - KEYS.indexOf(b))
    let used = sums.used
    const gone = new Set<string>()
    for (const {name: key} of order) {
      if (used <= maxmemory) break
      gone.add(key)
      used -= memory.get(key)!
    }
    const output = join(folder, `${name}-out.rdb`)
    const found = await evict(input, {policy, maxmemory, output})
    expect(found).toMatchObject({verdict: 'evicts', evicted: {keys: gone.size}})
    const kept = await listed(output)
    expect([...kept.keys()]).toEqual(KEYS.map((key) => key.name).filter((key) => !gone.has(key)))
    expect(found.evicted.memory).toBe(sums.used - used)
    const types = found.types.reduce((sum, type) => sum + type.evictedMemory, 0)
    expect([types, found.prefixes.memory]).toEqual([sums.used - used, sums.used - used])
  })
})

test.each(['allkeys-random', 'volatile-random'] as const)(
  '%s takes any that may go, the same ones for the same seed',
  async (policy) => {
    const input = rdbOf('random.rdb', KEYS, 'idle')
    const maxmemory = 600_000
    const once = await evict(input, {policy, maxmemory, seed: 5})
    expect(once.verdict).toBe('evicts')
    expect(await evict(input, {policy, maxmemory, seed: 5})).toEqual(once)
    const sampled = await evict(input, {policy, maxmemory, seed: 5, samples: 5})
    expect(Math.abs(sampled.evicted.keys - once.evicted.keys)).toBeLessThan(60)
    if (policy === 'volatile-random') expect(once.evicted.withoutTtl).toBe(0)
    const other = await evict(input, {policy, maxmemory, seed: 6})
    expect(other.evicted.memory).not.toBe(once.evicted.memory)
  },
)

describe('sampled eviction', () => {
  test('comes close to the exact one with many samples, and less so with one', async () => {
    const input = rdbOf(
      'sampled.rdb',
      keysOf(5000, 3, () => 100),
      'idle',
    )
    const policy = 'allkeys-lru'
    const {memory} = await evict(input, {policy, maxmemory: 1e9})
    const maxmemory = Math.round(memory.used * 0.7)
    const wrong = async (samples: number) => {
      const {deciles} = await evict(input, {policy, maxmemory, samples})
      return deciles.slice(0, 6).reduce((sum, {evicted}) => sum + evicted, 0)
    }
    const [one, five, many] = [await wrong(1), await wrong(5), await wrong(64)]
    expect(one).toBeGreaterThan(five)
    expect(five).toBeGreaterThan(many)
    expect(many).toBeLessThan(30)
    const exact = await evict(input, {policy, maxmemory})
    expect(exact.deciles.map(({evicted}) => evicted)).toEqual([
      ...[0, 0, 0, 0, 0, 0, expect.any(Number), 500, 500, 500],
    ])
  })

  const real = serverProgram() ? test : test.skip
  real('takes from each tenth of the idle times what a server takes', async () => {
    const keys = keysOf(20_000, 9, () => 100).map((key) => ({...key, expiresAtMs: null}))
    const input = rdbOf('server.rdb', keys, 'idle')
    const {readFileSync} = await import('node:fs')
    const args = ['--dbfilename', 'dump.rdb', '--maxmemory-policy', 'allkeys-lru']
    const server = await startServer({files: {'dump.rdb': readFileSync(input)}, args})
    const left = new Set<string>()
    try {
      const {client} = server
      const used = async () => {
        const info = String(await client.command('INFO', 'memory'))
        return Number(/used_memory:(\d+)/.exec(info)![1])
      }
      const before = await used()
      await client.command('CONFIG', 'SET', 'maxmemory', String(Math.round(before * 0.75)))
      // Each command makes the server look again whether enough is free.
      let size = -1
      for (let i = 0; i < 5000; i++) {
        const now = Number(await client.command('DBSIZE'))
        if (now === size && i > 200) break
        size = now
      }
      for (const key of (await client.command('KEYS', '*')) as Buffer[]) left.add(String(key))
    } finally {
      await server.stop()
    }
    const sorted = [...keys].sort((a, b) => a.idle - b.idle)
    const gone = keys.length - left.size
    expect(gone).toBeGreaterThan(2000)
    const theirs = Array.from({length: 10}, (_, tenth) => {
      const part = sorted.slice(tenth * 2000, (tenth + 1) * 2000)
      return part.filter(({name}) => !left.has(name)).length / 2000
    })
    const {memory} = await evict(input, {policy: 'allkeys-lru', maxmemory: 1e9})
    const maxmemory = memory.used - Math.round((gone * memory.keys) / keys.length)
    const found = await evict(input, {policy: 'allkeys-lru', maxmemory, samples: 5})
    const ours = found.deciles.map(({keys: all, evicted}) => evicted / all)
    const text = (shares: number[]) => shares.map((share) => (100 * share).toFixed(1)).join(' ')
    process.stdout.write(
      `evicted of each tenth, %: server ${text(theirs)}, respite ${text(ours)}\n`,
    )
    expect(Math.abs(found.evicted.keys - gone)).toBeLessThan(gone / 50)
    const apart = theirs.map((share, tenth) => Math.abs(share - ours[tenth]))
    expect(Math.max(...apart)).toBeLessThan(0.1)
  })
})

describe('it says', () => {
  test('that a file fits', async () => {
    const found = await evict(fixture('redis-7.0.15/small').path, {
      ...{policy: 'allkeys-lru', maxmemory: 1e6},
    })
    expect(found).toMatchObject({verdict: 'fits', over: 0, evicted: {keys: 0}, rejected: null})
  })

  test.each([
    ['allkeys-lru', 'redis-7.0.15/small-lfu', 'idle times'],
    ['allkeys-lfu', 'redis-7.0.15/small-lru', 'LFU counters'],
    ['volatile-lru', 'redis-7.0.15/small', 'idle times'],
  ] as const)('that %s cannot be told from %s', async (policy, name, words) => {
    const input = fixture(name).path
    const found = await evict(input, {policy, maxmemory: 8000, output: join(folder, 'none.rdb')})
    expect(found).toMatchObject({verdict: 'unknown', written: null, evicted: {keys: 0}})
    expect(found.reason).toContain(words)
    expect(found.next).toContain('respite evict')
  })

  test('how many writes fail under noeviction, in the order of the file', async () => {
    const input = rdbOf(
      'full.rdb',
      keysOf(100, 1, () => 100),
      'idle',
    )
    const memory = [...(await listed(input)).values()]
    const maxmemory = 1024 + 10 * memory[0] + 1
    const found = await evict(input, {policy: 'noeviction', maxmemory})
    // Tables of 100 keys, 50 of them with an expiry: 128 slots and 64, and 50 entries.
    const tables = 128 * 8 + 64 * 8 + 50 * 24
    let used = tables
    const fitting = memory.filter((bytes) => {
      if (used > maxmemory) return false
      used += bytes
      return true
    })
    expect(found.memory.tables).toBe(tables)
    expect(found).toMatchObject({verdict: 'short', rejected: {keys: 100 - fitting.length}})
  })

  test('that too few keys may go', async () => {
    const input = rdbOf('volatile.rdb', KEYS, 'idle')
    const found = await evict(input, {policy: 'volatile-ttl', maxmemory: 1000})
    expect(found).toMatchObject({verdict: 'short', evicted: {keys: 1500, withoutTtl: 0}})
    expect(found.rejected!.keys).toBeGreaterThan(1000)
  })
})

test('--dry-run plans what would be written, and writes nothing', async () => {
  const input = rdbOf('plan.rdb', KEYS, 'idle')
  const found = await evict(input, {policy: 'allkeys-lru', maxmemory: 300_000, dryRun: true})
  expect(found.written).toMatchObject({verdict: 'planned', output: null})
  expect(found.written!.keys).toBe(3000 - found.evicted.keys)
})
