/** `pull`: a server's snapshot as a replica gets it, from servers that behave and from masters that do not. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import type {Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {describeError} from '../../src/errors.ts'
import {runOperation} from '../../src/io/run-operation.ts'
import {isServer} from '../../src/io/server-name.ts'
import {replicaRdb} from '../../src/net/replica-rdb.ts'
import {serverInputs} from '../../src/net/server-inputs.ts'
import type {PullReport} from '../../src/operations/pull-reports.ts'
import {respite} from '../support/cli.ts'
import {type FakeMaster, fakeMaster, MARK, REPLID} from '../support/fake-master.ts'
import {fixture, ROOT} from '../support/fixtures.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const FULL = fixture('redis-7.0.15/full')
const SMALL = readFileSync(fixture('redis-7.0.15/small').path)
const withServer = serverProgram() ? describe : describe.skip

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-pull-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** Pull from a port of this machine. Nothing may be left in the folder but what was published. */
async function pullFrom(port: number, name: string, silenceMs = 5000) {
  const read = (settings: Parameters<typeof replicaRdb>[0], until: AbortSignal) =>
    replicaRdb(settings, until, silenceMs)
  const {names, openRemote} = await serverInputs(
    [`redis://127.0.0.1:${port}`],
    isServer,
    undefined,
    read,
  )
  const output = join(folder, name)
  const settings = {openRemote, mode: 'worker'} as const
  const report = await runOperation<PullReport>('pull', names, {output}, settings).catch(
    describeError,
  )
  const left = readdirSync(folder).filter((each) => each.includes(name))
  return {report, left, output}
}

withServer('pulled from a server', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startServer({
      args: ['--repl-diskless-sync-delay', '0'],
      files: {'dump.rdb': readFileSync(FULL.path)},
    })
  })
  afterAll(() => server.stop())

  test.each(['yes', 'no'])(
    'with repl-diskless-sync %s the file has the digest of the server',
    async (diskless) => {
      await server.client.command('CONFIG', 'SET', 'repl-diskless-sync', diskless)
      const {report, left} = await pullFrom(server.port, `${diskless}.rdb`)
      expect(report).toMatchObject({verdict: 'pulled', keys: FULL.entry.keys, findingCount: 0})
      const {stdout} = await respite(['digest', join(folder, `${diskless}.rdb`)])
      expect(stdout.slice(0, 40)).toBe(await server.client.text('DEBUG', 'DIGEST'))
      expect(left).toEqual([`${diskless}.rdb`])
    },
  )

  test('says where in the stream of the master it is', async () => {
    const {report} = await pullFrom(server.port, 'position.rdb')
    const info = await server.client.text('INFO', 'replication')
    const id = /master_replid:(\w+)/.exec(info)?.[1]
    expect(report).toMatchObject({replication: {id, offset: expect.stringMatching(/^\d+$/)}})
  })

  test('goes through the conversion of convert', async () => {
    const url = `redis://127.0.0.1:${server.port}`
    const run = await respite(['pull', url, '--to', 'resp', '--type', 'string', '-o', '-'])
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('$3\r\nSET\r\n')
    expect(run.stderr).toContain('converted')
  })

  test('goes to stdout as it comes, the report to stderr', async () => {
    const {stdout, stderr, code} = await respite([
      'pull',
      `redis://127.0.0.1:${server.port}`,
      '-o',
      '-',
    ])
    expect(code).toBe(0)
    expect(stdout.slice(0, 9)).toBe('REDIS0010')
    expect(stderr).toContain(`pulled, ${FULL.entry.keys} keys`)
  })

  test('with --dry-run takes nothing and says what the server is', async () => {
    const saves = async () =>
      /total_forks:(\d+)/.exec(await server.client.text('INFO', 'stats'))?.[1]
    const before = await saves()
    const url = `redis://127.0.0.1:${server.port}`
    const {stdout, code} = await respite(['pull', url, '--dry-run', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'respite.pull/1',
      verdict: 'planned',
      keys: FULL.entry.keys,
      source: {role: 'master', linkUp: null, producer: 'redis 7.0.15', cluster: false},
    })
    expect(await saves()).toBe(before)
  })

  test('does not replace a file that is there, and asks the server nothing', async () => {
    const path = join(folder, 'taken.rdb')
    writeFileSync(path, 'mine')
    const run = await respite(['pull', `redis://127.0.0.1:1`, '-o', path])
    expect(run.code).toBe(2)
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  test('with a password that is wrong ends in 12 and tells nobody', async () => {
    await server.client.command('CONFIG', 'SET', 'requirepass', 'not-for-print')
    const url = `redis://:wrong-one@127.0.0.1:${server.port}`
    const run = await respite(['pull', url, '-o', join(folder, 'secret.rdb')])
    const right = await respite(
      ['pull', url.replace(':wrong-one@', ''), '-o', join(folder, 'right.rdb')],
      {
        env: {REDISCLI_AUTH: 'not-for-print'},
      },
    )
    await server.client.command('CONFIG', 'SET', 'requirepass', '')
    expect(run.code).toBe(12)
    expect(run.stderr).toContain('WRONGPASS')
    expect(run.stderr).not.toContain('wrong-one')
    expect(existsSync(join(folder, 'secret.rdb'))).toBe(false)
    expect(right.code).toBe(0)
  })

  test('from a replica that lost its master ends in 11', async () => {
    const lost = await startServer({args: ['--replicaof', '127.0.0.1', '1']})
    const {report, left} = await pullFrom(lost.port, 'lost.rdb')
    await lost.stop()
    expect(report).toMatchObject({exit: 11, message: expect.stringContaining('NOMASTERLINK')})
    expect(left).toEqual([])
  })
})

const full = (offset = 1000) => `+FULLRESYNC ${REPLID} ${offset}\r\n`

/** What a master may do instead, and what comes of it. */
const HOSTILE: [string, (socket: Socket) => void, object][] = [
  [
    'announces more bytes than it has and hangs up',
    (socket) =>
      socket.end(Buffer.concat([Buffer.from(`${full()}$${SMALL.length + 9}\r\n`), SMALL])),
    {exit: 31, code: 'NETWORK'},
  ],
  [
    'announces fewer bytes than the snapshot has',
    (socket) =>
      socket.write(Buffer.concat([Buffer.from(`${full()}$${SMALL.length - 9}\r\n`), SMALL])),
    {verdict: 'refused'},
  ],
  [
    'sends bytes behind the end of the snapshot',
    (socket) =>
      socket.write(
        Buffer.concat([
          Buffer.from(`${full()}$${SMALL.length + 5}\r\n`),
          SMALL,
          Buffer.from('extra'),
        ]),
      ),
    {verdict: 'refused', findings: [{code: 'RDB_TRAILING'}]},
  ],
  [
    'sends a snapshot with one bit wrong',
    (socket) => {
      const bytes = Buffer.from(SMALL)
      bytes[bytes.length - 20] ^= 1
      socket.write(
        Buffer.concat([Buffer.from(`${full()}$EOF:${MARK}\r\n`), bytes, Buffer.from(MARK)]),
      )
    },
    {verdict: 'refused'},
  ],
  [
    'sends no RDB at all',
    (socket) => socket.write(`${full()}$11\r\nhello world`),
    {verdict: 'refused', findings: [{code: 'UNKNOWN_INPUT'}]},
  ],
  [
    'sends nothing in place of the snapshot',
    (socket) => socket.write(`${full()}$0\r\n`),
    {verdict: 'refused'},
  ],
  [
    'announces a length that is none',
    (socket) => socket.write(`${full()}$99999999999999999999\r\n`),
    {exit: 31, message: expect.stringContaining('announces no snapshot')},
  ],
  [
    'is loading',
    (socket) => socket.write('-LOADING Redis is loading the dataset in memory\r\n'),
    {exit: 11, message: expect.stringContaining('LOADING')},
  ],
  [
    'fails to save',
    (socket) => socket.write(`${full()}-ERR BGSAVE failed, replication can't continue\r\n`),
    {exit: 31, message: expect.stringContaining('BGSAVE failed')},
  ],
  [
    'knows no PSYNC',
    (socket) => socket.write("-ERR unknown command 'PSYNC'\r\n"),
    {exit: 20, next: expect.stringContaining('convert --to rdb')},
  ],
  ['goes on with what was never begun', (socket) => socket.write('+CONTINUE\r\n'), {exit: 31}],
  [
    'is no master',
    (socket) => socket.write(Buffer.alloc(200000, 'x')),
    {exit: 31, code: 'NETWORK'},
  ],
]

describe('pulled from a master that', () => {
  let master: FakeMaster | null = null

  const scene = async (act: (socket: Socket) => void, silenceMs?: number) => {
    master = await fakeMaster(act)
    const result = await pullFrom(master.port, 'hostile.rdb', silenceMs)
    await master.close()
    return result
  }

  test.each(HOSTILE)('%s nothing is published', async (_, act, expected) => {
    const {report, left} = await scene(act)
    expect(report).toMatchObject(expected)
    expect(left).toEqual([])
  })

  test('stops in the middle it is given up after the time allowed', async () => {
    const {report, left} = await scene((socket) => {
      socket.write(
        Buffer.concat([Buffer.from(`${full()}$${SMALL.length}\r\n`), SMALL.subarray(0, 100)]),
      )
    }, 300)
    expect(report).toMatchObject({exit: 31, message: expect.stringContaining('no answer within')})
    expect(left).toEqual([])
  })

  test('lets itself be waited for, empty lines come before everything', async () => {
    const {report, output} = await scene((socket) => {
      socket.write(`\n\n${full()}\n\n`)
      socket.write(Buffer.concat([Buffer.from(`$EOF:${MARK}\r\n`), SMALL]))
      setImmediate(() => socket.write(MARK.slice(0, 13)))
      setImmediate(() => socket.write(MARK.slice(13)))
    })
    expect(report).toMatchObject({verdict: 'pulled', bytes: SMALL.length})
    expect(readFileSync(output)).toEqual(SMALL)
    rmSync(output)
    expect(master?.commands.map((words) => words.join(' '))).toEqual([
      'PING',
      'REPLCONF capa eof capa psync2',
      'REPLCONF rdb-only 1',
      'PSYNC ? -1',
    ])
  })

  test('hangs up after any number of bytes nothing is published', async () => {
    const step = Math.ceil(SMALL.length / 12)
    const header = Buffer.from(`${full()}$EOF:${MARK}\r\n`)
    const bytes = Buffer.concat([header, SMALL, Buffer.from(MARK)])
    for (let cut = 1; cut < bytes.length; cut += step) {
      const {report, left} = await scene((socket) => void socket.end(bytes.subarray(0, cut)))
      expect({cut, report, left}).toMatchObject({cut, report: {exit: 31}, left: []})
    }
  })

  test('is slow the signal that ends it leaves nothing', async () => {
    const asked = new Promise<FakeMaster>((resolve) => {
      const made = fakeMaster((socket) => {
        socket.write(
          Buffer.concat([Buffer.from(`${full()}$${SMALL.length}\r\n`), SMALL.subarray(0, 99)]),
        )
        made.then(resolve)
      })
      made.then((each) => {
        const out = join(folder, 'signal.rdb')
        const url = `redis://127.0.0.1:${each.port}`
        child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'pull', url, '-o', out])
      })
    })
    let child: ReturnType<typeof spawn> | undefined
    const slow = await asked
    child!.kill('SIGTERM')
    const [code] = await once(child!, 'exit')
    await slow.close()
    expect(code).toBe(143)
    expect(readdirSync(folder).filter((name) => name.includes('signal.rdb'))).toEqual([])
  })
})
