/** `pull --archive`: whatever is cut, and wherever, the archive has what the master has, once. */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import {parseServerUrl} from '../../src/net/server-settings.ts'
import type {ArchiveOptions} from '../../src/operations/archive-options.ts'
import type {ArchiveReport} from '../../src/operations/archive-reports.ts'
import type {DigestReport} from '../../src/operations/reports.ts'
import {respite} from '../support/cli.ts'
import {fakeMaster, REPLID} from '../support/fake-master.ts'
import {fixture, ROOT} from '../support/fixtures.ts'
import {relayTo} from '../support/live.ts'
import {type Random, seeded} from '../support/random.ts'
import type {RespClient} from '../support/resp-client.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const SMALL = readFileSync(fixture('redis-7.0.15/small').path)
const withServer = serverProgram() ? describe : describe.skip
const CUTS = 12
const PER_CUT = 260

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-archive-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const urlOf = (port: number) => `redis://127.0.0.1:${port}`

/** Archive in this process. */
function archive(port: number, options: ArchiveOptions): Promise<ArchiveReport> {
  const url = urlOf(port)
  const servers = new Map([[url, parseServerUrl(url)]])
  return runOperation('archive', [url], {servers, ...options}, {mode: 'inline'})
}

async function digestOf(directory: string): Promise<string> {
  return (await runOperation<DigestReport>('digest', [directory])).digest ?? ''
}

async function offsetOf({client}: RunningServer): Promise<number> {
  const info = await client.text('INFO', 'replication')
  return Number(/master_repl_offset:(\d+)/.exec(info)?.[1])
}

/** One write of any kind. */
async function write(client: RespClient, random: Random, i: number): Promise<void> {
  const key = `k:${random.int(200)}`
  const value = random.bytes(random.int(60)).toString('base64')
  const kinds: (() => Promise<unknown>)[] = [
    () => client.command('SET', `s${key}`, value),
    () => client.command('SET', `e${key}`, value, 'EX', 5000 + i),
    () => client.command('INCR', 'counter'),
    () => client.command('APPEND', 'text', `${i},`),
    () => client.command('LPUSH', `l${key}`, value, i),
    () => client.command('HSET', `h${key}`, `f${i}`, value),
    () => client.command('ZADD', 'z', i, value),
    () => client.command('XADD', 'stream', '*', 'f', value),
    () => client.command('DEL', `s${key}`),
    () => client.command('SELECT', random.int(5)),
    () =>
      client.command('EVAL', "redis.call('INCR','lua') redis.call('RPUSH','log',ARGV[1])", 0, i),
    async () => {
      await client.command('MULTI')
      await client.command('INCR', 'counter')
      await client.command('RPUSH', 'multi', i)
      await client.command('EXEC')
    },
  ]
  await random.pick(kinds)()
}

withServer('an archive of a server', () => {
  let server: RunningServer

  beforeAll(async () => {
    const args = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1']
    server = await startServer({args})
  })
  afterAll(() => server.stop())

  test(`survives ${CUTS} cuts of either side in ${CUTS * PER_CUT} writes`, async () => {
    const random = seeded(20261130)
    const directory = join(folder, 'cuts')
    let left = Number.POSITIVE_INFINITY
    let kind: 'drop' | 'kill' = 'drop'
    let cut = () => {}
    let child: ChildProcess
    const relay = await relayTo(server.port, {
      onAnswer(chunk, client) {
        if (client.writableEnded) return
        left -= chunk.length
        if (left > 0) return
        left = Number.POSITIVE_INFINITY
        if (kind === 'kill') child.kill('SIGKILL')
        else client.end(chunk.subarray(0, random.int(chunk.length)))
        cut()
      },
    })
    const args = ['pull', urlOf(relay.port), '--archive', directory]
    await archive(relay.port, {directory, untilOffset: await offsetOf(server)})
    let exited: Promise<unknown> = Promise.resolve()
    const begin = () => {
      const started = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args], {
        stdio: 'ignore',
      })
      exited = once(started, 'exit')
      return started
    }
    child = begin()
    for (let round = 1; round <= CUTS; round++) {
      kind = round % 3 === 0 ? 'kill' : 'drop'
      const happened = new Promise<void>((resolve) => {
        cut = resolve
      })
      left = 500 + random.int(7000)
      for (let i = 0; i < PER_CUT; i++) await write(server.client, random, round * PER_CUT + i)
      await happened
      if (kind !== 'kill') continue
      await exited
      if (round < CUTS) child = begin()
    }
    const run = await respite([...args, '--json', '--until-offset', String(await offsetOf(server))])
    await relay.close()
    const report: ArchiveReport = JSON.parse(run.stdout)
    expect(report).toMatchObject({endedBy: 'offset', fullSyncs: 0, partialSyncs: 1})
    expect(report.generations).toHaveLength(1)
    expect(await digestOf(directory)).toBe(await server.client.text('DEBUG', 'DIGEST'))
  }, 60000)

  test('is loaded by a server as it is', async () => {
    const dir = join(folder, 'loaded')
    mkdirSync(dir)
    cpSync(join(folder, 'cuts'), join(dir, 'appendonlydir'), {recursive: true})
    const other = await startServer({dir, args: ['--appendonly', 'yes']})
    const digest = await other.client.text('DEBUG', 'DIGEST')
    await other.stop()
    expect(digest).toBe(await server.client.text('DEBUG', 'DIGEST'))
  })

  test('is sound for check, good for verify, and leaves nothing beside its files', async () => {
    const directory = join(folder, 'cuts')
    expect((await respite(['check', '-q', directory])).code).toBe(0)
    expect((await respite(['verify', '-q', directory])).code).toBe(0)
    expect(readdirSync(directory)).toEqual([
      expect.stringMatching(/^appendonly\.aof\.1\.base\.rdb$/),
      expect.stringMatching(/^appendonly\.aof\.2\.incr\.aof$/),
      'appendonly.aof.manifest',
    ])
  })

  test('goes back to any second, also behind a new base', async () => {
    const directory = join(folder, 'rebased')
    const {client} = server
    await client.command('FLUSHALL')
    await client.command('SELECT', 3)
    await client.command('SET', 'wanted', 'before')
    const at = async () => (await offsetOf(server)) + 1
    await archive(server.port, {directory, untilOffset: (await at()) - 1})
    const early = await client.text('DEBUG', 'DIGEST')
    const log = join(directory, 'appendonly.aof.2.incr.aof')
    const point = `before:appendonly.aof.2.incr.aof:${statSync(log).size}`
    const stop = new AbortController()
    // The next PING, at the latest, is when the age of the base is looked at.
    const rebased = archive(server.port, {directory, rebaseMs: 1, stop: stop.signal})
    const manifest = join(directory, 'appendonly.aof.manifest')
    await client.command('SET', 'wanted', 'after')
    while (!readFileSync(manifest, 'latin1').includes('type h'))
      await client.command('INCR', 'busy')
    stop.abort()
    const report = await rebased
    expect(report).toMatchObject({fullSyncs: 0, lastError: null, endedBy: 'signal'})
    expect(report.generations[0]).toMatchObject({base: 'appendonly.aof.1.base.rdb'})
    await client.command('SET', 'later', 'x')
    await archive(server.port, {directory, untilOffset: await offsetOf(server)})
    expect(await digestOf(directory)).toBe(await client.text('DEBUG', 'DIGEST'))
    const run = await respite(['digest', directory, '--at', point])
    expect(run.stdout.slice(0, 40)).toBe(early)
  }, 30000)

  test('is ended by SIGTERM in order, with 0', async () => {
    const directory = join(folder, 'signal')
    await server.client.command('SET', 'signal', '1')
    const args = ['pull', urlOf(server.port), '--archive', directory, '--json']
    const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args])
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    while (!existsSync(join(directory, 'appendonly.aof.manifest'))) await server.client.text('PING')
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({state: 'stopped', endedBy: 'signal', fullSyncs: 1})
    expect(await digestOf(directory)).toBe(await server.client.text('DEBUG', 'DIGEST'))
  })

  test('belongs to one process at a time', async () => {
    const directory = join(folder, 'locked')
    mkdirSync(directory)
    writeFileSync(join(directory, '.respite.lock'), `${server.pid}\n`)
    const run = await respite([
      'pull',
      urlOf(server.port),
      '--archive',
      directory,
      '--run-for',
      '1s',
    ])
    expect(run.code).toBe(11)
    expect(run.stderr).toContain(`process ${server.pid} works on it`)
  })

  test('is not put into a directory that a server has written', async () => {
    const directory = join(folder, 'foreign')
    cpSync(join(fixture('redis-7.0.15/aof-small-multi').path, 'appendonlydir'), directory, {
      recursive: true,
    })
    const before = readdirSync(directory)
    const run = await respite([
      'pull',
      urlOf(server.port),
      '--archive',
      directory,
      '--run-for',
      '1s',
    ])
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('no archive of respite')
    expect(readdirSync(directory)).toEqual(before)
  })

  test('of a server that is not there ends in 31 at once', async () => {
    const run = await respite(['pull', urlOf(1), '--archive', join(folder, 'nobody')])
    expect(run.code).toBe(31)
  })
})

describe('an archive of a master that', () => {
  const command = (...words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
  const full = Buffer.concat([
    Buffer.from(`+FULLRESYNC ${REPLID} 100\r\n$${SMALL.length}\r\n`),
    SMALL,
  ])
  const first = command('SELECT', '2') + command('SET', 'a', '1')

  test('is killed in a transaction goes on before it, and takes it once', async () => {
    const directory = join(folder, 'transaction')
    const asked: number[] = []
    const master = await fakeMaster((socket, _id, offset) => {
      asked.push(offset)
      if (offset < 0) socket.end(Buffer.concat([full, Buffer.from(`${first}${command('MULTI')}`)]))
      else socket.write(`+CONTINUE\r\n${command('INCR', 'n')}${command('EXEC')}`)
    })
    const whole = first + command('MULTI') + command('INCR', 'n') + command('EXEC')
    const report = await archive(master.port, {directory, untilOffset: 100 + whole.length})
    await master.close()
    expect(asked).toEqual([-1, 101 + first.length + command('MULTI').length])
    expect(report).toMatchObject({commands: 5, partialSyncs: 1, fullSyncs: 1})
    const log = readFileSync(join(directory, 'appendonly.aof.2.incr.aof'), 'latin1')
    expect(log.replaceAll(/#.*\r\n/g, '')).toBe(whole)
  })

  test('was left in a transaction is asked for all of it again', async () => {
    const directory = join(folder, 'half')
    const asked: number[] = []
    const master = await fakeMaster((socket, _id, offset) => {
      asked.push(offset)
      const begun = first + command('MULTI') + command('PING')
      if (offset < 0) socket.write(Buffer.concat([full, Buffer.from(begun)]))
      else socket.write(`+CONTINUE\r\n${command('MULTI')}${command('INCR', 'n')}${command('EXEC')}`)
    })
    await archive(master.port, {directory, untilOffset: 100 + first.length})
    const log = join(directory, 'appendonly.aof.2.incr.aof')
    expect(readFileSync(log, 'latin1')).not.toContain('MULTI')
    const whole = command('MULTI') + command('INCR', 'n') + command('EXEC')
    await archive(master.port, {
      directory,
      untilOffset: 100 + first.length + whole.length,
    })
    await master.close()
    expect(asked).toEqual([-1, 101 + first.length])
    expect(readFileSync(log, 'latin1').replaceAll(/#.*\r\n/g, '')).toBe(first + whole)
  })

  test('sends garbage is asked again for what was not whole', async () => {
    const directory = join(folder, 'garbage')
    const asked: number[] = []
    const master = await fakeMaster((socket, _id, offset) => {
      asked.push(offset)
      if (offset < 0) socket.write(Buffer.concat([full, Buffer.from(`${first}*2\r\n$garbage`)]))
      else socket.write(`+CONTINUE\r\n${command('SET', 'b', '2')}`)
    })
    const report = await archive(master.port, {
      directory,
      untilOffset: 100 + first.length + command('SET', 'b', '2').length,
    })
    await master.close()
    expect(asked).toEqual([-1, 101 + first.length])
    expect(report.lastError).toContain('sends what is no command')
  })

  test.each([
    ['a record that was cut', '*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$100\r\nabc'],
    ['whole records behind the last mark', command('INCR', 'twice')],
    ['a hole', '\0'.repeat(4096)],
    [
      'a mark that does not hold',
      `${command('INCR', 'x')}#RESPITE:${REPLID}:999999:2:0123456789abcdef\r\n`,
    ],
    ['a mark that was cut', `#RESPITE:${REPLID}:999999:2:da39a3ee5e6b4b0d`],
  ])('with %s at its end is cut there and goes on behind its last mark', async (_, tail) => {
    const directory = join(folder, 'tail')
    rmSync(directory, {recursive: true, force: true})
    const asked: number[] = []
    const more = command('SET', 'b', '2')
    const master = await fakeMaster((socket, _id, offset) => {
      asked.push(offset)
      socket.write(offset < 0 ? Buffer.concat([full, Buffer.from(first)]) : `+CONTINUE\r\n${more}`)
    })
    await archive(master.port, {directory, untilOffset: 100 + first.length})
    const log = join(directory, 'appendonly.aof.2.incr.aof')
    appendFileSync(log, tail, 'latin1')
    await archive(master.port, {directory, untilOffset: 100 + first.length + more.length})
    await master.close()
    expect(asked).toEqual([-1, 101 + first.length])
    expect(readFileSync(log, 'latin1').replaceAll(/#.*\r\n/g, '')).toBe(first + more)
  })

  test('has forgotten us begins a new base, the old one stays as history', async () => {
    const directory = join(folder, 'again')
    const master = await fakeMaster((socket) =>
      socket.write(Buffer.concat([full, Buffer.from(first)])),
    )
    const untilOffset = 100 + first.length
    for (let i = 0; i < 5; i++) await archive(master.port, {directory, untilOffset, keepBases: 3})
    await master.close()
    const manifest = readFileSync(join(directory, 'appendonly.aof.manifest'), 'latin1')
    expect(
      manifest.split('\n').map((line) => line.replace(/.*seq (\d+) type (\w)/, '$1$2')),
    ).toEqual(['9b', '8h', '7h', '6h', '5h', '10i', ''])
    expect(existsSync(join(directory, 'appendonly.aof.3.base.rdb'))).toBe(false)
    expect(readdirSync(directory)).toHaveLength(7)
  })

  test('nothing is expired as long as something that stays is damaged', async () => {
    const directory = join(folder, 'damaged')
    const master = await fakeMaster((socket) =>
      socket.write(Buffer.concat([full, Buffer.from(first)])),
    )
    const untilOffset = 100 + first.length
    for (let i = 0; i < 2; i++) await archive(master.port, {directory, untilOffset, keepBases: 2})
    const base = join(directory, 'appendonly.aof.3.base.rdb')
    const bytes = readFileSync(base)
    bytes[bytes.length - 20] ^= 1
    writeFileSync(base, bytes)
    const report = await archive(master.port, {directory, untilOffset, keepBases: 2})
    await master.close()
    expect(report).toMatchObject({
      expired: 0,
      lastError: expect.stringContaining('nothing is expired'),
    })
    expect(report.generations).toHaveLength(3)
  })
})
