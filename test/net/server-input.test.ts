/** Live servers as inputs of `digest` and `verify`. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import type {DigestReport} from '../../src/operations/reports.ts'
import {respite} from '../support/cli.ts'
import {fixture, ROOT, rdbFixtures} from '../support/fixtures.ts'
import {listen, type Relay, relayTo, runLive} from '../support/live.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'
import {canTls, startTlsServer, type TlsServer} from '../support/tls-server.ts'

const PASSWORD = 'not-for-print'
const FULL = fixture('redis-7.0.15/full')
const withServer = serverProgram() ? describe : describe.skip

/** Files that a 7.0 server loads, and whose keys have not expired meanwhile. */
const LOADABLE = rdbFixtures().filter(
  ({server, variant}) => /^redis-([2-6]|7\.0\.15)/.test(server) && variant !== 'expired',
)

withServer('a server as an input', () => {
  let folder: string
  let server: RunningServer
  let url: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-live-'))
    server = await startServer({
      args: ['--requirepass', PASSWORD, '--unixsocket', join(folder, 'redis.sock')],
      files: {'dump.rdb': readFileSync(FULL.path)},
    })
    await server.client.command('AUTH', PASSWORD)
    url = `redis://127.0.0.1:${server.port}`
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, {recursive: true})
  })

  test('has the DEBUG DIGEST that it says', async () => {
    const own = await server.client.text('DEBUG', 'DIGEST')
    const {stdout, code} = await respite(['digest', url], {env: {REDISCLI_AUTH: PASSWORD}})
    expect({stdout, code}).toEqual({stdout: `${own}  ${url}\n`, code: 0})
    expect(own).toBe(FULL.entry.digest)
  })

  test('has the keys of its file, one by one', async () => {
    const rows = async (...args: string[]) => {
      const {stdout} = await respite(['digest', '--full', '--keys', ...args])
      return stdout.split('\n').filter((line) => /^\w+ {2}\d/.test(line))
    }
    const live = await rows('-p', String(server.port), '-a', PASSWORD)
    const file = await rows(FULL.path)
    expect(live.length).toBe(FULL.entry.keys)
    expect(live.sort()).toEqual(file.sort())
  })

  test('is read over its unix socket', async () => {
    const path = join(folder, 'redis.sock')
    const run = await respite(['digest', '-s', path, '--pass', PASSWORD])
    expect(run.stdout).toBe(`${FULL.entry.digest}  unix://${path}\n`)
  })

  test('is read in one database only, when one is named', async () => {
    const env = {REDISCLI_AUTH: PASSWORD}
    const {stdout} = await respite(['digest', '--json', `${url}/1`], {env})
    const {databases, keys} = JSON.parse(stdout)
    expect({names: Object.keys(databases), keys}).toEqual({names: ['1'], keys: 4})
  })

  test('is what a backup is held against', async () => {
    const against = `redis://:${PASSWORD}@127.0.0.1:${server.port}`
    const run = await respite(['verify', FULL.path, '--against', against])
    expect(run.code).toBe(0)
    expect(run.stdout).toContain(`the same data as ${url}`)
    expect(run.stdout + run.stderr).not.toContain(PASSWORD)
    const other = await respite([
      'verify',
      fixture('redis-7.0.15/small').path,
      '--against',
      against,
    ])
    expect(other.code).toBe(1)
  })

  test.each([
    ['without a password', {}, 'NOAUTH'],
    ['with a wrong password', {REDISCLI_AUTH: 'wrong-one'}, 'WRONGPASS'],
  ])('%s ends in 12 and says what to do', async (_, env, word) => {
    const run = await respite(['digest', url], {env})
    expect(run.code).toBe(12)
    expect(run.stderr).toContain(`${url}: ${word}`)
    expect(run.stderr).toContain('Next: Set REDISCLI_AUTH')
    expect(run.stderr).not.toContain('wrong-one')
  })

  test('prints no password as JSON', async () => {
    const wrong = `redis://me:wrong-one@127.0.0.1:${server.port}`
    const run = await respite(['digest', '--json', wrong])
    expect(JSON.parse(run.stdout)).toMatchObject({exit: 12, input: url, error: {code: 'AUTH'}})
    expect(run.stdout).not.toContain('wrong-one')
  })

  test('that was written to meanwhile ends in 13', async () => {
    const relay = await relayTo(server.port, {
      onAsk: (chunk) =>
        chunk.includes('SCAN')
          ? server.client.command('APPEND', 'changed-meanwhile', 'x')
          : undefined,
    })
    const run = await respite(['digest', '-p', String(relay.port), '-a', PASSWORD])
    await relay.close()
    expect(run.code).toBe(13)
    expect(run.stderr).toContain('was written to while it was read')
    expect(run.stderr).toContain('CLIENT PAUSE')
  })
})

withServer('a server with the data of a file', () => {
  test.each(LOADABLE.map((each) => [each.name, each] as const))(
    '%s has the full digest of the file',
    async (_, {path, entry}) => {
      const files = {'dump.rdb': readFileSync(path)}
      const server = await startServer({files, args: entry.loadArgs})
      try {
        const full = {full: true}
        const live = await runLive<DigestReport>(
          'digest',
          [`redis://127.0.0.1:${server.port}`],
          full,
        )
        const file = await runLive<DigestReport>('digest', [path], full)
        expect(live.digest).toBe(file.digest)
        expect(live.keys).toBe(file.keys)
      } finally {
        await server.stop()
      }
    },
  )
})

withServer('a server that says it is older than 7.0', () => {
  test('is asked for expiries with PTTL and TIME, to the millisecond', async () => {
    const {path} = fixture('redis-6.2.16/small')
    const server = await startServer({files: {'dump.rdb': readFileSync(path)}})
    const asked = new Set<string>()
    const relay = await relayTo(server.port, {
      async onAsk(chunk) {
        for (const name of ['PTTL', 'TIME', 'PEXPIRETIME']) {
          if (chunk.includes(`\r\n${name}\r\n`)) asked.add(name)
        }
      },
      onAnswer(chunk) {
        const at = chunk.indexOf('redis_version:7.0.15')
        if (at >= 0) chunk.write('redis_version:6.2.15', at)
      },
    })
    const full = {full: true}
    const live = await runLive<DigestReport>('digest', [`redis://127.0.0.1:${relay.port}`], full)
    const file = await runLive<DigestReport>('digest', [path], full)
    await relay.close()
    await server.stop()
    expect({digest: live.digest, producer: live.producer}).toEqual({
      ...{digest: file.digest, producer: 'redis 6.2.15'},
    })
    expect(file.databases['0'].expires).toBeGreaterThan(0)
    expect([...asked].sort()).toEqual(['PTTL', 'TIME'])
  })
})

describe('a connection', () => {
  let relay: Relay
  afterAll(() => relay.close())

  test('that is refused ends in 31', async () => {
    relay = await listen(() => {})
    const {port} = relay
    await relay.close()
    const run = await respite(['digest', `redis://127.0.0.1:${port}`])
    expect(run.code).toBe(31)
    expect(run.stderr).toContain(`redis://127.0.0.1:${port}: nothing listens there`)
    relay = await listen(() => {})
  })

  test('to something else than a server ends in 31', async () => {
    const other = await listen((client) => client.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const run = await respite(['digest', '-p', String(other.port)])
    await other.close()
    expect(run.code).toBe(31)
    expect(run.stderr).toContain('not the protocol of Redis')
  })

  test('that is lost in the middle ends in 31', async () => {
    const server = await startServer()
    let bytes = 0
    await server.client.command('DEBUG', 'POPULATE', '20000')
    const cutting = await relayTo(server.port, {
      onAnswer: (chunk, client) => {
        bytes += chunk.length
        if (bytes > 100000) client.destroy()
      },
    })
    const run = await respite(['digest', `redis://127.0.0.1:${cutting.port}`])
    await cutting.close()
    await server.stop()
    expect(run.code).toBe(31)
    expect(run.stderr).toMatch(/the connection was (lost|reset)|hung up/)
  })

  test('that hangs is ended by SIGINT with 130, its password in no list of processes', async () => {
    const connected = withResolvers()
    const silent = await listen(() => connected.resolve())
    const url = `redis://:${PASSWORD}@127.0.0.1:${silent.port}`
    const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'digest', url, '-a', PASSWORD])
    await connected.promise
    const listed = readFileSync(`/proc/${child.pid}/cmdline`, 'latin1')
    expect(listed).toContain('respite digest')
    expect(listed).not.toContain(PASSWORD)
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    await silent.close()
    expect(code).toBe(130)
  })
})

const withTls = canTls ? describe : describe.skip

withTls('TLS', () => {
  let tls: TlsServer
  let port: string

  beforeAll(async () => {
    tls = await startTlsServer()
    port = String(tls.tlsPort)
    await tls.server.client.command('SET', 'k', 'v')
  })
  afterAll(() => tls.stop())

  test('with its authority, the server is read', async () => {
    const args = ['digest', `rediss://localhost:${port}`, '--cacert', tls.authority]
    const {stdout, stderr} = await respite(args)
    const own = await tls.server.client.text('DEBUG', 'DIGEST')
    expect({stdout, stderr}).toEqual({stdout: `${own}  rediss://localhost:${port}\n`, stderr: ''})
  })

  test('--sni says the name, where the address is none; --insecure takes any', async () => {
    const place = ['digest', '-p', port, '--tls']
    const named = await respite([...place, '--cacert', tls.authority, '--sni', 'localhost'])
    const any = await respite([...place, '--insecure'])
    expect({named: named.code, any: any.code}).toEqual({named: 0, any: 0})
  })

  test('a certificate that nobody vouches for ends in 31', async () => {
    const run = await respite(['digest', '-p', port, '--tls'])
    expect(run.code).toBe(31)
    expect(run.stderr).toContain('--cacert')
  })
})

function withResolvers(): {promise: Promise<void>; resolve: () => void} {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = () => settle()
  })
  return {promise, resolve}
}
