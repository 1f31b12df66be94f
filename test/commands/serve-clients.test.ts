/** What people use, against `respite serve --writable`: two client libraries, redis-cli and redis-benchmark. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {Redis} from 'ioredis'
import {createClient} from 'redis'
import {FIXTURES} from '../support/fixtures.ts'
import {RespClient} from '../support/resp-client.ts'
import {type Served, startServe} from '../support/serve.ts'
import {serverProgram} from '../support/server.ts'

const EMPTY = join(FIXTURES, 'redis-7.0.15/empty.rdb')

let served: Served
beforeAll(async () => {
  served = await startServe('--writable', '--debug', EMPTY)
})
beforeEach(async () => {
  await served.client.command('FLUSHALL')
})
afterAll(async () => {
  await served.stop()
})

test('ioredis: pipelines, transactions, lists that are waited for, messages', async () => {
  const client = new Redis(served.port)
  const other = new Redis(served.port)
  try {
    await client.set('a', '1', 'EX', 100, 'NX')
    expect(await client.set('a', '2', 'NX')).toBeNull()
    const replies = await client.pipeline().incr('a').hset('h', 'f', 'v').hgetall('h').exec()
    expect(replies).toEqual([
      [null, 2],
      [null, 1],
      [null, {f: 'v'}],
    ])
    await other.watch('a')
    await client.incr('a')
    expect(await other.multi().set('a', 'lost').exec()).toBeNull()
    expect(await client.multi().get('a').del('h').exec()).toEqual([
      [null, '3'],
      [null, 1],
    ])
    const waiting = other.blpop('list', 0)
    await client.rpush('list', 'x')
    expect(await waiting).toEqual(['list', 'x'])
    await other.subscribe('news')
    const message = once(other, 'message')
    await client.publish('news', 'hello')
    expect(await message).toEqual(['news', 'hello'])
    const keys: string[] = []
    for await (const some of client.scanStream({match: 'a*'})) keys.push(...(some as string[]))
    expect(keys).toEqual(['a'])
  } finally {
    client.disconnect()
    other.disconnect()
  }
})

test('node-redis: RESP3, transactions, sorted sets, what is wrong', async () => {
  const client = createClient({url: `redis://127.0.0.1:${served.port}`, RESP: 3})
  await client.connect()
  try {
    expect(await client.set('a', 'b', {expiration: {type: 'EX', value: 100}})).toBe('OK')
    expect(await client.getDel('a')).toBe('b')
    await client.zAdd('z', [
      {value: 'one', score: 1},
      {value: 'two', score: 2.5},
    ])
    expect(await client.zRangeWithScores('z', 0, -1)).toEqual([
      {value: 'one', score: 1},
      {value: 'two', score: 2.5},
    ])
    expect(await client.multi().incr('n').incrByFloat('f', 1.5).exec()).toEqual([1, '1.5'])
    expect(await client.hSet('h', {a: '1', b: '2'})).toBe(2)
    expect({...(await client.hGetAll('h'))}).toEqual({a: '1', b: '2'})
    await expect(client.lPush('z', 'x')).rejects.toThrow(/^WRONGTYPE/)
  } finally {
    client.destroy()
  }
})

describe('CLIENT', () => {
  test('KILL ends others by what they are', async () => {
    const other = await RespClient.connect(served.port)
    const id = Number(await other.command('CLIENT', 'ID'))
    expect(await served.client.text('CLIENT', 'LIST', 'ID', id)).toContain(`id=${id} `)
    expect(await served.client.command('CLIENT', 'KILL', 'ID', id)).toBe(1)
    await expect(other.command('PING')).rejects.toThrow()
    expect(await served.client.command('CLIENT', 'KILL', 'ID', id)).toBe(0)
    const kill = served.client.command('CLIENT', 'KILL', '1.2.3.4:5')
    await expect(kill).rejects.toThrow('ERR No such client')
  })

  test('PAUSE holds writes back until it is over, in their order', async () => {
    const other = await RespClient.connect(served.port)
    const {client} = served
    await client.command('CLIENT', 'PAUSE', 100000, 'WRITE')
    const held = Promise.all([other.command('SET', 'a', '1'), other.command('INCR', 'a')])
    expect(await client.command('GET', 'a')).toBeNull()
    await client.command('CLIENT', 'UNPAUSE')
    expect(await held).toEqual(['OK', 2])
    await client.command('CLIENT', 'PAUSE', 50)
    expect(await other.text('GET', 'a')).toBe('2')
    other.close()
  })

  test('REPLY leaves out what nobody wants', async () => {
    const other = await RespClient.connect(served.port)
    const skipped = other.raw('CLIENT', 'REPLY', 'SKIP')
    const others = [other.raw('SET', 'a', '1'), other.raw('GET', 'a')]
    for (const each of others) each.catch(() => {})
    // Two commands without a reply: the first one comes to who asked first.
    expect(String(await skipped)).toBe('1')
    other.close()
  })

  test('UNBLOCK ends waiting, and so does time', async () => {
    const other = await RespClient.connect(served.port)
    const id = Number(await other.command('CLIENT', 'ID'))
    expect(await other.command('BLPOP', 'none', '0.01')).toBeNull()
    // More ms than a timer of Node takes.
    const waits = other.raw('BLPOP', 'none', 3_000_000)
    while (!/blocked_clients:1/.test(await served.client.text('INFO', 'clients')));
    expect(await served.client.command('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1)
    expect(String(await waits)).toMatch(/UNBLOCKED/)
    other.close()
  })
})

const describeTools = serverProgram('redis-cli') ? describe : describe.skip

describeTools('redis-cli', () => {
  /** What it prints; it is ended when `until` is there. */
  async function cli(args: readonly string[], input?: string, until?: RegExp): Promise<string> {
    const program = serverProgram(args[0] === '-P' ? 'redis-benchmark' : 'redis-cli')
    const child = spawn(program!, ['-p', String(served.port), ...args])
    let all = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        all += chunk
        if (until?.test(all)) child.kill()
      })
    }
    child.stdin.end(input)
    await once(child, 'close')
    return all
  }

  async function fill(): Promise<void> {
    const {client} = served
    await client.command('RPUSH', 'list', ...Array.from({length: 500}, (_, i) => `element ${i}`))
    await client.command('HSET', 'hash', 'a', 'x'.repeat(5000))
    await Promise.all(Array.from({length: 50}, (_, i) => client.raw('SET', `key:${i}`, i)))
  }

  test('--pipe loads, --scan lists', async () => {
    const set = (i: number) => `*3\r\n$3\r\nSET\r\n$5\r\np:${100 + i}\r\n$1\r\nx\r\n`
    const input = Array.from({length: 500}, (_, i) => set(i)).join('')
    expect(await cli(['--pipe'], input)).toMatch(/errors: 0, replies: 500/)
    const keys = (await cli(['--scan', '--pattern', 'p:*'])).trim().split('\n')
    expect(new Set(keys).size).toBe(500)
  })

  test('--bigkeys and --memkeys find what is large', async () => {
    await fill()
    expect(await cli(['--bigkeys'])).toMatch(/Biggest +list found '"list"' has 500 items/)
    expect(await cli(['--memkeys'])).toMatch(/Biggest +hash found '"hash"' has \d+ bytes/)
  })

  test('--stat tells how it is', async () => {
    await fill()
    expect(await cli(['--stat', '-i', '0.01'], undefined, /^52 /m)).toMatch(/^52 +\S+K/m)
  })

  test('redis-benchmark is answered without an error', async () => {
    const rows = ['-P', '16', '-n', '2000', '-c', '4', '-q', '-t', 'set,get,lpush,hset']
    const said = await cli(rows)
    for (const name of ['SET', 'GET', 'LPUSH', 'HSET']) {
      expect(said).toMatch(new RegExp(`${name}.*requests per second`))
    }
    expect(said).not.toMatch(/error/i)
    expect(await served.client.command('LLEN', 'mylist')).toBe(2000)
  })
})
