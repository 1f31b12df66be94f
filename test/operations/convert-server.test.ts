/** What was converted, loaded by servers: DEBUG DIGEST says what respite says. */
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import type {DigestServer} from '../../src/engine/digest/rules.ts'
import {SERVERS} from '../../src/formats/rdb/targets.ts'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {digest} from '../../src/operations/digest.ts'
import {figure, SOAK, TIMEOUT} from '../support/campaign.ts'
import {inlineHost} from '../support/dataset.ts'
import {listFixtures} from '../support/fixtures.ts'
import {
  type RunningServer,
  type ServerProgram,
  serverProgram,
  serversAvailable,
  startServer,
  withRdb,
} from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-convert-server-'))
let host = inlineHost()

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

/** Logs with scripts as they were called, before 5.0, and with commands of the vector set module. */
const ONLY_A_SERVER =
  /^(redis-[234]\..*\/aof-.*|redis-8.*\/aof-(full-rdbbase|small-(multi|raw|ts|ts-aofbase)))$/
/** Keys that expired long ago are gone as soon as a server looks. */
const INPUTS = listFixtures()
  .filter(({name, variant}) => !variant.includes('expired') && !ONLY_A_SERVER.test(name))
  .filter(({name}) => SOAK || /^(redis-(5|7\.0\.15|7\.4\.1)|valkey-9).*\/(small|full)$/.test(name))

/** What a server of this version reads, of one name for each RDB version. */
function targetsOf({version}: ServerProgram): string[] {
  const [name, number] = version.toLowerCase().split(' ')
  const [major, minor] = number.split('.').map(Number)
  const own = SERVERS[`${name}-${major}.${minor}`] ?? SERVERS[`${name}-${major}`]
  return [
    'redis-2.8',
    'redis-3.2',
    'redis-4.0',
    'redis-6.2',
    'redis-7.0',
    'redis-7.2',
    'redis-8.0',
    'valkey-8.1',
    'valkey-9.1',
  ].filter((each) => {
    const {dialect, version: rdb} = SERVERS[each]
    return rdb <= 11 ? rdb <= own.version : dialect === own.dialect && rdb <= own.version
  })
}

function rulesOf({version}: ServerProgram): DigestServer {
  const [name, number] = version.split(' ')
  if (name === 'Valkey') return 'valkey'
  if (number.startsWith('8')) return '8'
  return number.slice(0, 3) as DigestServer
}

async function converted(input: string, options: ConvertOptions): Promise<string> {
  rmSync(options.output!, {recursive: true, force: true})
  const report = await convert(host, [input], options)
  if (report.verdict === 'converted') return options.output!
  const drop = report.missing.filter(({weight}) => weight === 'data').map(({feature}) => feature)
  expect((await convert(host, [input], {...options, drop})).verdict).toBe('converted')
  return options.output!
}

const expected = (output: string, server: DigestServer) =>
  digest(inlineHost(), [output], {server}).digest

const fullDigest = (path: string) => digest(inlineHost(), [path], {full: true}).digest

/** What a server makes of an RDB: DEBUG DIGEST, and the full digest of what it saves, which also covers expiries, groups and functions. */
const seenBy = ({path}: ServerProgram, output: string) =>
  withRdb(
    readFileSync(output),
    async ({client, dir}) => {
      const digest = await client.text('DEBUG', 'DIGEST')
      await client.text('SAVE')
      return {digest, full: fullDigest(join(dir, 'dump.rdb'))}
    },
    {program: path},
  )

/** Redis 8.0.2 ends with "Vector set node index loading error" over those of 8.0.6, converted or not. */
const isBeyond = ({version}: ServerProgram, name: string): boolean =>
  version === 'Redis 8.0.2' && /^redis-8\.0\.6\/(full$|aof-)/.test(name)

describe.each(serversAvailable().map((server) => [server.version, server] as const))(
  '%s',
  (_version, server) => {
    const rules = rulesOf(server)

    test(
      'loads every RDB that was made for it, and has and saves the same',
      async () => {
        let loaded = 0
        for (const {path, name} of INPUTS) {
          if (isBeyond(server, name)) continue
          for (const target of targetsOf(server)) {
            const output = await converted(path, {
              to: 'rdb',
              output: join(folder, 'out.rdb'),
              server: target,
            })
            expect({name, target, ...(await seenBy(server, output))}).toEqual({
              name,
              target,
              digest: expected(output, rules),
              full: fullDigest(output),
            })
            loaded++
          }
        }
        figure('convert', `${server.version} loaded ${loaded} converted files, all digests equal`)
        expect(loaded).toBeGreaterThan(0)
      },
      TIMEOUT,
    )
  },
)

const live = serverProgram() ? describe : describe.skip

live('redis-server on PATH', () => {
  const server = 'redis-7.0'
  const small = INPUTS.filter(({name}) => name.endsWith('/small') || name.endsWith('7.0.15/full'))

  test.each<[string, Partial<ConvertOptions>]>([
    ['a set with an RDB base', {to: 'aof'}],
    ['a set of commands', {to: 'aof', base: 'aof'}],
    ['one file that begins with an RDB', {to: 'aof', single: true}],
    ['one file of commands', {to: 'aof', single: true, base: 'aof'}],
  ])(
    'starts with appendonly from %s',
    async (_title, options) => {
      for (const {path, name} of small) {
        const dir = join(folder, 'data')
        rmSync(dir, {recursive: true, force: true})
        mkdirSync(dir)
        const output = join(dir, options.single ? 'appendonly.aof' : 'appendonlydir')
        await converted(path, {to: 'aof', server, ...options, output})
        const want = expected(output, '7.0')
        const running = await startServer({dir, args: ['--appendonly', 'yes']})
        try {
          expect({name, digest: await running.client.text('DEBUG', 'DIGEST')}).toEqual({
            name,
            digest: want,
          })
        } finally {
          await running.stop()
        }
      }
    },
    TIMEOUT,
  )

  test.each<[string, Partial<ConvertOptions>]>([
    ['commands', {}],
    ['RESTORE', {restore: true}],
  ])(
    'takes %s from redis-cli --pipe',
    async (_title, options) => {
      const running = await startServer()
      try {
        for (const {path, name} of small) {
          const output = await converted(path, {
            to: 'resp',
            server,
            ...options,
            output: join(folder, 'out.resp'),
          })
          pipe(running, readFileSync(output))
          const seen = await running.client.text('DEBUG', 'DIGEST')
          expect({name, digest: seen}).toEqual({name, digest: expected(output, '7.0')})
          await running.client.text('FLUSHALL')
          await running.client.text('FUNCTION', 'FLUSH')
        }
      } finally {
        await running.stop()
      }
    },
    TIMEOUT,
  )
})

function pipe({port}: RunningServer, commands: Buffer): void {
  const program = serverProgram('redis-cli')!
  const {stdout} = spawnSync(program, ['-p', String(port), '--pipe'], {
    input: commands,
    encoding: 'utf8',
  })
  expect(stdout).toMatch(/errors: 0,/)
}
