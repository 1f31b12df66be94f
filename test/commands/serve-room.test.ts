/** What goes by itself while a dataset is served for writing: what is over, and what there is no room for. */
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {FIXTURES} from '../support/fixtures.ts'
import {type Served, startServe} from '../support/serve.ts'

const EMPTY = join(FIXTURES, 'redis-7.0.15/empty.rdb')

let served: Served
beforeAll(async () => {
  const limit = ['--maxmemory', '500kb', '--maxmemory-policy', 'allkeys-lru']
  served = await startServe('--writable', ...limit, EMPTY)
})
beforeEach(async () => {
  await served.client.command('FLUSHALL')
  await served.client.command('CONFIG', 'RESETSTAT')
})
afterAll(async () => {
  await served.stop()
})

const info = async (field: string) =>
  new RegExp(`^${field}:(.*)\r$`, 'm').exec(await served.client.text('INFO'))?.[1]

async function fill(count: number, ...options: (string | number)[]): Promise<void> {
  const {client} = served
  const value = 'v'.repeat(200)
  await Promise.all(
    Array.from({length: count}, (_, i) => client.raw('SET', `key:${i}`, value, ...options)),
  )
}

describe('--maxmemory', () => {
  const set = (policy: string, samples = 5) =>
    served.client.command(
      ...['CONFIG', 'SET', 'maxmemory', '500kb', 'maxmemory-policy', policy],
      ...['maxmemory-samples', samples],
    )

  test('is as the command line says', async () => {
    const config = await served.client.command('CONFIG', 'GET', 'maxmemory*')
    expect(String(config)).toContain('maxmemory,512000,maxmemory-policy,allkeys-lru')
  })

  test.each([
    ['allkeys-lru'],
    ['allkeys-lfu'],
    ['allkeys-random'],
    ['volatile-lru'],
    ['volatile-lfu'],
    ['volatile-random'],
    ['volatile-ttl'],
  ])('%s makes room for what comes', async (policy) => {
    await set(policy)
    await fill(5000, 'EX', 1000)
    const evicted = Number(await info('evicted_keys'))
    expect(evicted).toBeGreaterThan(1000)
    expect(await served.client.command('DBSIZE')).toBe(5000 - evicted)
    expect(Number(await info('used_memory'))).toBeLessThan(520 * 1024)
  })

  test('noeviction refuses what would need more, and nothing else', async () => {
    await set('noeviction')
    await fill(5000)
    const refusal = "OOM command not allowed when used memory > 'maxmemory'."
    await expect(served.client.command('SET', 'a', 'b')).rejects.toThrow(refusal)
    await served.client.command('GET', 'key:0')
    expect(await served.client.command('DEL', 'key:0')).toBe(1)
    expect(await info('evicted_keys')).toBe('0')
  })

  test('without keys that expire a volatile policy refuses as well', async () => {
    await set('volatile-lru')
    await fill(5000)
    await expect(served.client.command('SET', 'a', 'b')).rejects.toThrow(/^OOM/)
  })

  test('what is used often stays', async () => {
    await set('allkeys-lfu', 10)
    const {client} = served
    await client.command('SET', 'often', 'x')
    for (let i = 0; i < 300; i++) await client.command('GET', 'often')
    expect(Number(await client.command('OBJECT', 'FREQ', 'often'))).toBeGreaterThan(5)
    await fill(5000)
    expect(await client.text('GET', 'often')).toBe('x')
  })

  test('CONFIG SET changes it, all or nothing', async () => {
    const {client} = served
    await client.command('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction')
    await fill(2000)
    const wrong = client.command('CONFIG', 'SET', 'maxmemory', '1mb', 'maxmemory-policy', 'none')
    await expect(wrong).rejects.toThrow(/argument 'maxmemory-policy'/)
    expect(String(await client.command('CONFIG', 'GET', 'maxmemory'))).toBe('maxmemory,0')
    await client.command('CONFIG', 'SET', 'maxmemory', '100kb', 'maxmemory-policy', 'allkeys-lru')
    await client.command('SET', 'a', 'b')
    expect(Number(await client.command('DBSIZE'))).toBeLessThan(600)
    await expect(client.command('CONFIG', 'SET', 'databases', '5')).rejects.toThrow(/immutable/)
    await expect(client.command('CONFIG', 'SET', 'nope', '5')).rejects.toThrow(/Unknown option/)
    await expect(client.command('CONFIG', 'REWRITE')).rejects.toThrow(/config file/)
  })
})

test('keys go when their time is over, though nobody looks', async () => {
  const {client} = served
  await client.command('CONFIG', 'SET', 'maxmemory', '0')
  await fill(3000, 'PX', 1)
  await client.command('SET', 'stays', 'x', 'EX', 1000)
  while (Number(await client.command('DBSIZE')) > 1);
  expect(await info('expired_keys')).toBe('3000')
})
