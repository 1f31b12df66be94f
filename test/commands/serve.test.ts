/** `respite serve` as a user runs it: what clients may do, what they may not, and how it ends. */
import {spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {connect, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {RespError} from '../support/resp-client.ts'
import {type Served, startServe} from '../support/serve.ts'
import {serverProgram} from '../support/server.ts'

const FULL = join(FIXTURES, 'redis-7.0.15/full.rdb')
const EXPIRED = join(FIXTURES, 'redis-7.0.15/expired.rdb')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-serve-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** Send bytes; what comes back until the other side hangs up. */
function talk(where: number | string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = typeof where === 'number' ? connect(where, '127.0.0.1') : connect(where)
    let all = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      all += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(all))
    socket.write(text, 'latin1')
  })
}

describe('a snapshot', () => {
  let served: Served
  const before = readFileSync(FULL)
  beforeAll(async () => {
    served = await startServe('--maxclients', '20', FULL)
  })
  afterAll(async () => {
    expect(await served.stop('SIGTERM')).toBe(143)
    expect(readFileSync(FULL).equals(before)).toBe(true)
  })

  test('is there for this machine alone, which is told before the first client comes', () => {
    expect(served.listening).toMatchObject({
      schema: 'respite.serve/1',
      type: 'listening',
      host: '127.0.0.1',
      clock: null,
      producer: 'redis 7.0.15',
    })
  })

  test('takes no writes, alone or in a transaction', async () => {
    const {client} = served
    const refusal = new RespError("READONLY You can't write against a read only replica.")
    expect(await client.raw('SET', 'a', 'b')).toEqual(refusal)
    expect(await client.raw('FLUSHALL')).toEqual(refusal)
    await client.command('MULTI')
    expect(await client.raw('DEL', 'a')).toEqual(refusal)
    expect(await client.raw('EXEC')).toEqual(
      new RespError('EXECABORT Transaction discarded because of previous errors.'),
    )
  })

  test('speaks RESP3 with who asks for it', async () => {
    const answer = await talk(
      served.port,
      'HELLO 3\r\nHGETALL none\r\nSMEMBERS none\r\nGET none\r\nQUIT\r\n',
    )
    expect(answer).toMatch(/^%7\r\n\$6\r\nserver\r\n/)
    expect(answer.endsWith('%0\r\n~0\r\n_\r\n+OK\r\n')).toBe(true)
  })

  test.each(['POST / HTTP/1.1\r\n', 'GET none\r\nHost: evil\r\nGET none\r\n'])(
    'hangs up on %j without a word to it',
    async (text) => {
      expect(await talk(served.port, text)).toBe(text.startsWith('GET') ? '$-1\r\n' : '')
    },
  )

  test.each([
    ['*1048577\r\n', '-ERR Protocol error: invalid multibulk length\r\n'],
    ['*1\r\n$536870913\r\n', '-ERR Protocol error: invalid bulk length\r\n'],
    ['a'.repeat(70000), '-ERR Protocol error: too big inline request\r\n'],
    ['PING\r\n*1\r\nx\r\n', "+PONG\r\n-ERR Protocol error: expected '$', got 'x'\r\n"],
  ])('answers what breaks the protocol as a server does and hangs up', async (text, answer) => {
    expect(await talk(served.port, text)).toBe(answer)
  })

  test('has no more clients than were allowed', async () => {
    const sockets = await Promise.all(Array.from({length: 19}, () => opened(served.port)))
    expect(await talk(served.port, '')).toBe('-ERR max number of clients reached\r\n')
    for (const socket of sockets) socket.destroy()
    // They have left when the server says so.
    while ((await served.client.text('CLIENT', 'LIST')).trim().includes('\n'));
  })

  test('carries messages between clients', async () => {
    const listener = await opened(served.port)
    const got = new Promise<string>((resolve) => {
      let all = ''
      listener.setEncoding('latin1').on('data', (chunk) => {
        all += chunk
        if (all.includes('hello')) resolve(all)
      })
    })
    listener.write('SUBSCRIBE news\r\nPSUBSCRIBE n*\r\nGET a\r\n')
    while ((await served.client.command('PUBSUB', 'NUMPAT')) === 0);
    expect(await served.client.command('PUBLISH', 'news', 'hello')).toBe(2)
    expect(await got).toContain('*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n')
    expect(await got).toContain("-ERR Can't execute 'get': only (P|S)SUBSCRIBE")
    listener.destroy()
  })

  test('tells of itself', async () => {
    const {client} = served
    const info = await client.text('INFO')
    expect(info).toMatch(/^redis_version:7\.0\.15\r$/m)
    expect(info).toMatch(/^db0:keys=\d+,expires=\d+/m)
    expect(await client.command('CONFIG', 'GET', 'maxclients')).toEqual(
      ['maxclients', '20'].map((each) => Buffer.from(each)),
    )
    const count = await client.command('COMMAND', 'COUNT')
    expect((await client.command('COMMAND')) as unknown[]).toHaveLength(count as number)
    expect(await client.text('CLIENT', 'LIST')).toMatch(/cmd=client user=default/)
    expect(await client.raw('DEBUG', 'DIGEST')).toBeInstanceOf(RespError)
  })
})

function opened(where: number | string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const done = () => resolve(socket)
    const socket =
      typeof where === 'number' ? connect(where, '127.0.0.1', done) : connect(where, done)
    socket.on('error', reject)
  })
}

test('who does not read is not answered further, and those with the most held for them go', async () => {
  const value = 'x'.repeat(400000)
  const log = join(folder, 'large.aof')
  writeFileSync(log, bytes(record('SELECT', '0'), record('SET', 'a', value)))
  // The kernel holds less for those that are local.
  const path = join(folder, 'slow.sock')
  const served = await startServe('--port', '0', '--unixsocket', path, log)
  const rss = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${served.pid}/status`, 'utf8'))?.[1])
  const before = rss()
  const sockets: Socket[] = []
  while (sockets.length < 1000) {
    sockets.push(...(await Promise.all(Array.from({length: 100}, () => opened(path)))))
  }
  // 8 GB of answers, if all of them were made.
  for (const socket of sockets) socket.pause().write('GET a\r\n'.repeat(20))
  for (let i = 0; i < 20; i++) expect(await served.client.command('STRLEN', 'a')).toBe(400000)
  const list = await served.client.text('CLIENT', 'LIST')
  const held = [...list.matchAll(/ tot-mem=(\d+)/g)].reduce(
    (sum, [, each]) => sum + Number(each),
    0,
  )
  const megabytes = (rss() - before) / 1024
  process.stdout.write(
    `1,000 slow clients: ${held} bytes held for ${list.split('\n').length - 2}, ${megabytes.toFixed(0)} MB more\n`,
  )
  expect(held).toBeGreaterThan(0x4000000)
  expect(held).toBeLessThan(0x8000000 + 0x100000)
  expect(megabytes).toBeLessThan(600)
  for (const socket of sockets) socket.destroy()
  expect(await served.stop('SIGINT')).toBe(130)
}, 60000)

test('a password is asked for, and who has not given it may do nothing', async () => {
  const file = join(folder, 'password')
  writeFileSync(file, 'hunter2\n')
  const served = await startServe('--requirepass-file', file, FULL)
  const {client} = served
  expect(await client.raw('GET', 'a')).toEqual(new RespError('NOAUTH Authentication required.'))
  expect(await client.raw('AUTH', 'hunter')).toEqual(
    new RespError('WRONGPASS invalid username-password pair or user is disabled.'),
  )
  expect(await client.raw('AUTH', 'hunter2')).toBe('OK')
  expect(await client.raw('GET', 'none')).toBeNull()
  expect(await client.raw('SHUTDOWN')).toBe('OK')
  expect(await served.ended()).toBe(0)
})

test('what has expired is gone, unless the time stands still', async () => {
  const gone = await startServe(EXPIRED)
  const there = await startServe('--as-of-clock', EXPIRED)
  const keys = await Promise.all([gone, there].map(({client}) => client.command('DBSIZE')))
  expect(gone.listening.expired).toBeGreaterThan(0)
  expect(there.listening).toMatchObject({expired: 0, clock: expect.stringMatching(/^2026-/)})
  expect(Number(keys[1])).toBeGreaterThan(Number(keys[0]))
  await Promise.all([gone.stop(), there.stop()])
})

test('a log is served as it was before its last command', async () => {
  const log = join(folder, 'flushed.aof')
  const kept = bytes(record('SELECT', '0'), record('SET', 'a', '1'))
  writeFileSync(log, bytes(kept, record('FLUSHALL')))
  const served = await startServe('--at', `before:${kept.length}`, log)
  expect(await served.client.text('GET', 'a')).toBe('1')
  await served.stop()
})

test('a socket is for its owner alone, and goes with the program', async () => {
  const socket = join(folder, 'serve.sock')
  const served = await startServe('--unixsocket', socket, '--port', '0', FULL)
  expect(statSync(socket).mode & 0o077).toBe(0)
  expect(await talk(socket, 'PING\r\nQUIT\r\n')).toBe('+PONG\r\n+OK\r\n')
  expect(await served.stop('SIGTERM')).toBe(143)
  expect(existsSync(socket)).toBe(false)
})

describe('it does not begin to listen', () => {
  test('without an input', async () => {
    const {code, stdout, stderr} = await respite(['serve', join(folder, 'none.rdb')])
    expect({code, stdout}).toEqual({code: 10, stdout: ''})
    expect(stderr).toMatch(/none\.rdb: no such file/)
  })

  test('with a damaged one', async () => {
    const damaged = join(folder, 'damaged.rdb')
    writeFileSync(damaged, readFileSync(FULL).subarray(0, 300))
    const {code, stdout, stderr} = await respite(['serve', damaged])
    expect({code, stdout}).toEqual({code: 1, stdout: ''})
    expect(stderr).toMatch(/damaged\.rdb: offset \d+/)
  })

  test.each([
    [['--bind', '0.0.0.0'], /--bind 0\.0\.0\.0 lets others in/],
    [['--port', '70000'], /less than or equal to 65535/],
    [['--at', 'noon'], /is no point/],
  ])('with %j', async (flags, message) => {
    const {code, stderr} = await respite(['serve', ...flags, FULL])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('where something else listens', async () => {
    const served = await startServe(FULL)
    const {code, stderr} = await respite(['serve', '--port', String(served.port), FULL])
    expect(code).toBe(31)
    expect(stderr).toMatch(/something else listens there/)
    await served.stop()
  })
})

const describeCli = serverProgram('redis-cli') ? describe : describe.skip

describeCli('redis-cli', () => {
  let served: Served
  beforeAll(async () => {
    served = await startServe('--as-of-clock', FULL)
  })
  afterAll(() => served?.stop())

  const cli = (...args: string[]) =>
    spawnSync('redis-cli', ['-p', String(served.port), ...args], {encoding: 'utf8', timeout: 20000})

  test.each([
    [['--scan', '--pattern', '*'], /\w/],
    [['--bigkeys'], /Sampled \d+ keys in the keyspace/],
    [['--memkeys'], /Sampled \d+ keys in the keyspace/],
    [['INFO', 'keyspace'], /db0:keys=/],
    [['-3', 'HELLO'], /proto/],
  ])('%j', (args, expected) => {
    const {stdout, status} = cli(...args)
    expect(stdout).toMatch(expected)
    expect(status).toBe(0)
  })
})
