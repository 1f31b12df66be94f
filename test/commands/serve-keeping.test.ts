/** What `serve --writable` keeps: files that a real server loads, whatever ends the program. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {budget} from '../support/campaign.ts'
import {respite} from '../support/cli.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {randomSeed} from '../support/random.ts'
import {RespClient} from '../support/resp-client.ts'
import {type Served, startServe, startServeIn} from '../support/serve.ts'
import {serverProgram, startServer} from '../support/server.ts'
import {KEYS} from '../support/write-commands/group.ts'
import {WRITE_GROUPS} from '../support/write-commands/table.ts'

const FULL = join(FIXTURES, 'redis-7.0.15/full.rdb')
const EMPTY = join(FIXTURES, 'redis-7.0.15/empty.rdb')

let root: string
let folder: string
let count = 0
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'respite-keeping-'))
})
beforeEach(() => {
  folder = join(root, String(count++))
  mkdirSync(folder)
})
afterAll(() => rmSync(root, {recursive: true}))

const start = (...args: string[]) => startServe('--writable', '--debug', ...args)

const refused = async (args: string[]) => (await respite(args)).code

/** DEBUG DIGEST of a real server that loads a snapshot, or the append-only set in `appendonlydir`. */
async function digestOf(files: {rdb?: string; dir?: string}): Promise<string> {
  const given = files.rdb === undefined ? {} : {files: {'dump.rdb': readFileSync(files.rdb)}}
  const dir = files.dir === undefined ? {} : {dir: files.dir, args: ['--appendonly', 'yes']}
  const server = await startServer({...given, ...dir})
  try {
    return await server.client.text('DEBUG', 'DIGEST')
  } finally {
    await server.stop()
  }
}

async function change({client}: Served): Promise<void> {
  await client.command('SET', 'new', 'x'.repeat(1000))
  await client.command('SELECT', 3)
  await client.command('MSET', 'a', 1, 'b', 2)
  await client.command('SELECT', 0)
  await client.command('DEL', 'str:raw')
}

const describeServer = serverProgram() ? describe : describe.skip

describeServer('--save', () => {
  test('SAVE writes what a server loads, again and again', async () => {
    const output = join(folder, 'out.rdb')
    const served = await start('--save', output, FULL)
    const {client} = served
    await change(served)
    expect(await client.text('SAVE')).toBe('OK')
    expect(await digestOf({rdb: output})).toBe(await client.text('DEBUG', 'DIGEST'))
    await client.command('INCR', 'counter')
    expect(await client.text('INFO', 'persistence')).toContain('rdb_changes_since_last_save:1\r\n')
    expect(await client.text('BGSAVE')).toBe('Background saving started')
    expect(await client.text('INFO', 'persistence')).toContain('rdb_changes_since_last_save:0\r\n')
    expect(await digestOf({rdb: output})).toBe(await client.text('DEBUG', 'DIGEST'))
    expect(await served.stop('SIGTERM')).toBe(143)
    expect(readdirSync(folder)).toEqual(['out.rdb'])
  })

  test.each([
    ['SHUTDOWN', 0, true],
    ['SHUTDOWN NOSAVE', 0, false],
    ['SIGTERM', 143, true],
    ['SIGINT', 130, true],
  ])('%s ends it with %i; is anything saved? %s', async (how, status, saves) => {
    const output = join(folder, 'out.rdb')
    const served = await start('--save', output, EMPTY)
    await change(served)
    const digest = await served.client.text('DEBUG', 'DIGEST')
    if (how.startsWith('SIG')) expect(await served.stop(how as NodeJS.Signals)).toBe(status)
    else {
      await served.client.raw(...how.split(' '))
      expect(await served.ended()).toBe(status)
    }
    expect(existsSync(output)).toBe(saves)
    if (saves) expect(await digestOf({rdb: output})).toBe(digest)
  })

  test('without it SAVE says how', async () => {
    const served = await start(EMPTY)
    await expect(served.client.command('SAVE')).rejects.toThrow(/nowhere to save/)
    await expect(served.client.command('BGREWRITEAOF')).rejects.toThrow(/no append-only file/)
    await served.stop()
  })

  test('a file that is there, or the input, is not written over', async () => {
    const taken = join(folder, 'taken.rdb')
    writeFileSync(taken, 'x')
    expect(await refused(['serve', '--writable', '--save', taken, FULL])).toBe(2)
    expect(await refused(['serve', '--writable', '--force', '--save', FULL, FULL])).toBe(2)
    expect(await refused(['serve', '--save', taken, FULL])).toBe(2)
    expect(readFileSync(taken, 'latin1')).toBe('x')
  })

  test('what cannot be saved is said, and the file before it stays', async () => {
    const output = join(folder, 'sub/out.rdb')
    mkdirSync(join(folder, 'sub'))
    const served = await start('--save', output, EMPTY)
    await served.client.command('SET', 'a', 'b')
    rmSync(join(folder, 'sub'), {recursive: true})
    await expect(served.client.command('SAVE')).rejects.toThrow(/was not saved/)
    await expect(served.client.command('SHUTDOWN')).rejects.toThrow(/was not saved/)
    expect(await served.client.text('INFO', 'persistence')).toContain('bgsave_status:err')
    expect(await served.stop('SIGTERM')).toBe(10)
  })
})

const appendonlydir = () => join(folder, 'appendonlydir')

describeServer('--appendonly', () => {
  test('a server goes on with what is there', async () => {
    const served = await start('--appendonly', appendonlydir(), FULL)
    await change(served)
    const digest = await served.client.text('DEBUG', 'DIGEST')
    expect(await served.stop('SIGTERM')).toBe(143)
    expect(await digestOf({dir: folder})).toBe(digest)
  })

  test('kill -9 loses nothing that was answered', async () => {
    const served = await start(
      ...['--appendonly', appendonlydir(), '--appendfsync', 'always', EMPTY],
    )
    const client = await RespClient.connect(served.port)
    let answered = 0
    const lost = Array.from({length: 20000}, (_, i) =>
      client.raw('INCR', 'counter').then(
        (value) => {
          answered = Number(value)
          if (i === 5000) process.kill(served.pid, 'SIGKILL')
        },
        () => {},
      ),
    )
    await Promise.all(lost)
    await served.ended()
    expect(answered).toBeGreaterThanOrEqual(5000)
    const server = await startServer({dir: folder, args: ['--appendonly', 'yes']})
    expect(Number(await server.client.text('GET', 'counter'))).toBeGreaterThanOrEqual(answered)
    await server.stop()
  })

  test('what a client got that waited is not there any more after kill -9', async () => {
    const served = await start('--appendonly', appendonlydir(), EMPTY)
    const waiter = await RespClient.connect(served.port)
    const got = waiter.command('BLMOVE', 'list', 'moved', 'LEFT', 'RIGHT', 0)
    while (!/blocked_clients:1/.test(await served.client.text('INFO', 'clients')));
    const pushed = served.client.raw('RPUSH', 'list', 'x').catch(() => null)
    await got
    await served.stop('SIGKILL')
    await pushed
    const server = await startServer({dir: folder, args: ['--appendonly', 'yes']})
    expect(await server.client.command('EXISTS', 'list')).toBe(0)
    expect(String(await server.client.command('LRANGE', 'moved', 0, -1))).toBe('x')
    await server.stop()
  })

  test('says the time before the first command of a second, as a server does', async () => {
    const served = await start('--appendonly', appendonlydir(), '--aof-timestamps', EMPTY)
    const {client} = served
    const config = ['CONFIG', 'SET', 'aof-timestamp-enabled']
    expect(String(await client.raw(...config, 'maybe'))).toMatch(/argument must be 'yes' or 'no'/)
    const started = Math.floor(Date.now() / 1000)
    const second = async () => {
      await client.command('INCR', 'counter')
      return Math.floor(Date.now() / 1000)
    }
    await client.command('MULTI')
    await client.command('SET', 'a', '1')
    await client.command('SET', 'b', '2')
    await client.command('EXEC')
    while ((await second()) <= started + 1);
    expect(await client.text(...config, 'no')).toBe('OK')
    while ((await second()) <= started + 3);
    const digest = await client.text('DEBUG', 'DIGEST')
    await served.stop('SIGKILL')
    const log = readdirSync(appendonlydir()).find((name) => name.endsWith('.incr.aof'))!
    const text = readFileSync(join(appendonlydir(), log), 'latin1')
    const times = [...text.matchAll(/^#TS:(\d+)\r\n/gm)].map(([, time]) => Number(time))
    expect(text).toMatch(/^#TS:\d+\r\n\*1\r\n\$5\r\nMULTI\r\n\*2\r\n/)
    expect(times.length).toBeGreaterThanOrEqual(2)
    expect(times.length).toBeLessThanOrEqual(3)
    expect(times.every((time, i) => time >= started && time > (times[i - 1] ?? 0))).toBe(true)
    expect(await digestOf({dir: folder})).toBe(digest)
  })

  test('BGREWRITEAOF begins anew, and so does what has grown', async () => {
    const rules = ['--auto-aof-rewrite-min-size', '10kb', '--auto-aof-rewrite-percentage', '50']
    const served = await start('--appendonly', appendonlydir(), ...rules, EMPTY)
    const {client} = served
    await change(served)
    expect(await client.text('BGREWRITEAOF')).toMatch(/rewriting started/)
    const rewrites = async () =>
      Number(/aof_rewrites:(\d+)/.exec(await client.text('INFO', 'persistence'))?.[1])
    expect(await rewrites()).toBe(1)
    for (let i = 0; i < 40; i++) await client.command('SET', 'again', 'y'.repeat(1000))
    while ((await rewrites()) < 2) await client.command('INCR', 'counter')
    const digest = await client.text('DEBUG', 'DIGEST')
    expect(readdirSync(appendonlydir()).length).toBe(4)
    await served.stop('SIGKILL')
    expect(await digestOf({dir: folder})).toBe(digest)
  })

  test('of random commands a server makes the same data, rewritten in the middle or not', async () => {
    const random = randomSeed('kept writes')
    const served = await start('--appendonly', appendonlydir(), EMPTY)
    const {client} = served
    const makers = Object.values(WRITE_GROUPS)
    for (let round = 0; round < budget(20, 1000); round++) {
      const commands = Array.from({length: 100}, () => random.pick(makers)(random))
      await Promise.all(commands.map((words) => client.raw(...words)))
      if (random.int(8) === 0) await client.raw('BGREWRITEAOF')
    }
    await client.raw('DISCARD')
    // What is over by now is not there on either side.
    for (const db of ['0', '1', '2']) {
      await client.command('SELECT', db)
      await client.command('EXISTS', ...KEYS)
    }
    const digest = await client.text('DEBUG', 'DIGEST')
    await served.stop('SIGKILL')
    expect(await digestOf({dir: folder})).toBe(digest)
    const again = await start('--appendonly', appendonlydir(), appendonlydir())
    expect(await again.client.text('DEBUG', 'DIGEST')).toBe(digest)
    await again.stop('SIGTERM')
  })

  test('a log that was cut in the middle of a command is not gone on with', async () => {
    const served = await start('--appendonly', appendonlydir(), EMPTY)
    await change(served)
    await served.stop('SIGKILL')
    const log = join(appendonlydir(), 'appendonly.aof.2.incr.aof')
    truncateSync(log, statSync(log).size - 3)
    const {code, stderr} = await respite([
      ...['serve', '--writable', '--appendonly', appendonlydir(), appendonlydir()],
    ])
    expect(code).toBe(1)
    expect(stderr).toContain('respite repair')
  })

  test('a change that cannot be written ends it, and nobody is told that it was made', async () => {
    const served = await startServeIn(
      ...([200, '--writable', '--appendonly', appendonlydir(), EMPTY] as const),
    )
    const client = await RespClient.connect(served.port)
    let answered = 0
    const sent = Array.from({length: 500}, (_, i) =>
      client.raw('SET', `key:${i}`, 'x'.repeat(1000)).then(
        () => void answered++,
        () => {},
      ),
    )
    await Promise.all(sent)
    expect(await served.ended()).toBe(30)
    expect(answered).toBeLessThan(250)
    // What is there can be gone on with.
    const again = await start('--appendonly', appendonlydir(), appendonlydir())
    expect(Number(await again.client.command('DBSIZE'))).toBeGreaterThanOrEqual(answered)
    await again.stop('SIGTERM')
  })

  test('a save that is killed leaves the file before it, or the new one', async () => {
    const output = join(folder, 'out.rdb')
    const digests: string[] = []
    for (let round = 0; round < 3; round++) {
      const served = await start('--force', '--save', output, FULL)
      const {client} = served
      await client.command('SET', 'round', `${round}`.repeat(5_000_000))
      digests.push(await client.text('DEBUG', 'DIGEST'))
      if (round === 0) await client.command('SAVE')
      else {
        client.raw('SAVE').catch(() => {})
        // Its temporary is there: it is being written.
        for (let i = 0; i < 1e5 && readdirSync(folder).length < 2; i++) {
          await new Promise(setImmediate)
        }
        process.kill(served.pid, 'SIGKILL')
        await served.ended()
      }
      await served.stop('SIGTERM')
      expect(digests).toContain(await digestOf({rdb: output}))
    }
    const last = await start('--force', '--save', output, EMPTY)
    await last.client.command('SAVE')
    await last.stop('SIGTERM')
    expect(readdirSync(folder)).toEqual(['out.rdb'])
  })

  test('a set that is served goes on; another one is not touched', async () => {
    const first = await start('--appendonly', appendonlydir(), FULL)
    await change(first)
    await first.stop('SIGTERM')
    const second = await start('--appendonly', appendonlydir(), appendonlydir())
    await second.client.command('INCR', 'counter')
    const digest = await second.client.text('DEBUG', 'DIGEST')
    await second.stop('SIGTERM')
    expect(await refused(['serve', '--writable', '--appendonly', appendonlydir(), FULL])).toBe(2)
    expect(await digestOf({dir: folder})).toBe(digest)
  })
})
