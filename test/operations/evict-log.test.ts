/** Idle times of a log's keys, from the times of its commands. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import type {EvictOptions} from '../../src/operations/evict.ts'
import type {EvictReport} from '../../src/operations/evict-reports.ts'
import {KeyLines} from '../../src/ui/key-lines.ts'
import {aux, bytes, entry, type Part, rdbFile, resp, selectDb, str} from '../support/bytes.ts'
import {at, idleTimes} from '../support/idle-times.ts'
import {type Random, seeded} from '../support/random.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-evict-log-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const START = 1_790_000_000
const FAR_MS = (START + 10_000_000) * 1000

type Words = readonly (string | number)[]

const command = (text: string): Buffer => resp(...text.split(' '))

function written(name: string, ...parts: Part[]): string {
  const path = join(folder, name)
  writeFileSync(path, bytes(...parts))
  return path
}

const evict = (input: string, options: Omit<EvictOptions, 'server'>) =>
  runOperation<EvictReport>('evict', [input], {server: 0, ...options}, {mode: 'inline'})

interface Truth {
  idleSince: number
  lasts: boolean
}

/** What a log of random commands leaves, as a Map of Maps has it. */
function randomLog(random: Random, commands: number) {
  const databases = [new Map<string, Truth>(), new Map<string, Truth>()]
  const parts: Part[] = [at(START), resp('SELECT', '0')]
  let now = START
  let db = 0
  const name = () => `${random.pick(['user', 'cache'])}:${random.int(900)}`
  const run = (...words: Words) => void parts.push(resp(...words))
  const set = (to: number, key: string, lasts: boolean) =>
    void databases[to].set(key, {idleSince: now, lasts})
  const copy = (from: string, to: string, target: number) => {
    const {lasts} = databases[db].get(from)!
    set(db, from, lasts)
    set(target, to, lasts)
  }
  for (let i = 0; i < commands; i++) {
    now += 1 + random.int(20)
    parts.push(at(now))
    const [a, b] = [name(), name()]
    const there = databases[db].get(a)
    const other = 1 - db
    const dice = random.int(200)
    if (dice < 90) {
      run('SET', a, 'v'.repeat(random.int(300)), ...(dice < 40 ? ['PXAT', FAR_MS] : []))
      set(db, a, dice >= 40)
    } else if (dice < 110) {
      run('APPEND', a, 'x')
      set(db, a, there?.lasts ?? true)
    } else if (dice < 120) {
      run('MSET', a, 1, b, 2)
      set(db, a, true)
      set(db, b, true)
    } else if (dice < 130) {
      run('DEL', a, b)
      databases[db].delete(a)
      databases[db].delete(b)
    } else if (dice < 140) {
      run('SELECT', other)
      db = other
    } else if (dice === 140) {
      run('SWAPDB', 0, 1)
      databases.reverse()
    } else if (dice === 141 && i < commands / 2) {
      run('FLUSHDB')
      databases[db].clear()
    } else if (there === undefined || a === b) {
      run('SET', a, 'y')
      set(db, a, true)
    } else if (dice < 165) {
      run('RENAME', a, b)
      databases[db].delete(a)
      set(db, b, there.lasts)
    } else if (dice < 185) {
      const target = random.int(2)
      run('COPY', a, b, 'DB', target, 'REPLACE')
      copy(a, b, target)
    } else if (!databases[other].has(a)) {
      run('MOVE', a, other)
      databases[db].delete(a)
      set(other, a, there.lasts)
    }
  }
  parts.push(at(now + 5))
  return {log: bytes(...parts), databases, end: now + 5}
}

/** `db key` and its memory, in the order of the input. */
async function listed(input: string): Promise<Map<string, number>> {
  const lines = new KeyLines({
    ...{format: 'template', columns: ['db', 'key', 'memory'], template: '{db} {key} {memory}'},
    exactBytes: true,
  })
  let text = ''
  const onChunk = async (chunk: Uint8Array) => {
    text += Buffer.from(lines.of(chunk)).toString()
  }
  await runOperation('keys', [input], {}, {mode: 'inline', onChunk})
  const rows = text
    .trimEnd()
    .split('\n')
    .map((row) => row.split(' '))
  return new Map(rows.map(([db, key, memory]) => [`${db} ${JSON.parse(key)}`, Number(memory)]))
}

describe('eviction from a log of random commands takes what a brute force takes', () => {
  test.each(['allkeys-lru', 'volatile-lru'] as const)('by %s', async (policy) => {
    const {log, databases, end} = randomLog(seeded(policy.length), 6000)
    const input = written(`${policy}.aof`, log)
    const truth = new Map<string, Truth>()
    databases.forEach((keys, db) => {
      for (const [key, each] of keys) truth.set(`${db} ${key}`, each)
    })
    const idle = [...truth].map(([key, {idleSince}]) => [key, String(end - idleSince)])
    expect(idleTimes(input)).toEqual(Object.fromEntries(idle))
    const memory = await listed(input)
    const places = [...memory.keys()]
    expect([...places].sort()).toEqual([...truth.keys()].sort())
    const {memory: sums} = await evict(input, {policy, maxmemory: 1e9})
    const maxmemory = Math.round(sums.used * 0.75)
    const order = places
      .filter((key) => policy === 'allkeys-lru' || !truth.get(key)!.lasts)
      .sort((a, b) => truth.get(a)!.idleSince - truth.get(b)!.idleSince)
    let used = sums.used
    const gone = new Set<string>()
    for (const key of order) {
      if (used <= maxmemory) break
      gone.add(key)
      used -= memory.get(key)!
    }
    expect(gone.size).toBeGreaterThan(100)
    const output = join(folder, `${policy}.rdb`)
    const found = await evict(input, {policy, maxmemory, output})
    expect(found).toMatchObject({
      ...{kind: 'aof', verdict: 'evicts', evicted: {keys: gone.size, memory: sums.used - used}},
      measure: {of: 'idle', candidates: order.length, without: 0},
    })
    const kept = await listed(output)
    expect([...kept.keys()].sort()).toEqual(places.filter((key) => !gone.has(key)).sort())
  })
})

describe('the report', () => {
  const small = {policy: 'allkeys-lru', maxmemory: 1} as const

  test('says up to when times count, and of how many keys only the least is known', async () => {
    const base = rdbFile({
      ...{version: 11},
      body: bytes(aux('ctime', '1000'), aux('aof-base', '1'), selectDb(0), entry(0, 'a', str('v'))),
    })
    const input = written('told.aof', base, at(1100), command('SET b 1'), at(1250))
    expect(await evict(input, small)).toMatchObject({
      measure: {candidates: 2, without: 0},
      commandTimes: {
        until: '1970-01-01T00:20:50.000Z',
        baseSavedAt: '1970-01-01T00:16:40.000Z',
        atLeast: 1,
        note: expect.stringContaining('writes only'),
      },
    })
    expect((await evict(input, {...small, policy: 'allkeys-random'})).commandTimes).toBeNull()
  })

  test('of a log without annotations says what to set', async () => {
    const input = written('silent.aof', command('SET a 1'))
    const found = await evict(input, small)
    expect(found).toMatchObject({verdict: 'unknown', commandTimes: null, evicted: {keys: 0}})
    expect(found.reason).toContain('aof-timestamp-enabled')
  })

  test('says that a log has no LFU counters', async () => {
    const input = written('lfu.aof', at(100), command('SET a 1'))
    const found = await evict(input, {...small, policy: 'allkeys-lfu'})
    expect(found).toMatchObject({verdict: 'unknown', commandTimes: null})
    expect(found.reason).toContain('a log has no LFU counters')
  })
})
