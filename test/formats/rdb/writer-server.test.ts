import {execFileSync} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import type {Feature} from '../../../src/formats/rdb/features.ts'
import {isVariant} from '../../support/campaign.ts'
import {type DigestRules, digestDataset} from '../../support/digest.ts'
import {expectEqual} from '../../support/expect-equal.ts'
import {type Fixture, type Row, rdbFixtures, truthRows} from '../../support/fixtures.ts'
import {randomSeed} from '../../support/random.ts'
import {type RunningServer, serverProgram, startServer} from '../../support/server.ts'
import {rewriteAof, rewriteRdb} from '../../support/write-rdb.ts'

const DROP: ReadonlySet<Feature> = new Set(['streams', 'functions', 'hash-field-ttl', 'modules'])
/** How Redis 7.0 computes its digest. */
const RULES: DigestRules = {scores: 'printf', fieldTtl: false, unsignedZero: false}
const VERSIONS = [6, 7, 8, 9, 10]
const fixtures = rdbFixtures()
const random = randomSeed('writer')
/** As commands, of variants one in three. */
const typed = fixtures.filter(({name}) => !isVariant(name) || random.int(3) === 0)

/** The server that everything here is for; other versions read other RDB versions. */
const program = serverProgram()
const version = program ? execFileSync(program, ['--version'], {encoding: 'utf8'}) : ''
const onServer = /v=7\.0\./.test(version) ? describe : describe.skip

let server: RunningServer
/** Files and command streams whose digest was compared. */
let compared = 0

onServer('Redis 7.0 loads what is written', () => {
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    await server.stop()
    console.log(`${compared} outputs loaded by redis-server 7.0, each with the digest of its truth`)
  })

  test.each(fixtures)('from $name, as RDB 6 to 10, compressed and not', async (fixture) => {
    const file = readFileSync(fixture.path)
    const isVaried = isVariant(fixture.name)
    for (const target of isVaried ? [random.pick(VERSIONS)] : VERSIONS) {
      const expected = digestOf(fixture, target)
      for (const compression of isVaried ? [random.pick([true, false])] : [true, false]) {
        const {bytes} = rewriteRdb(file, {
          dialect: 'redis',
          version: target,
          compression,
          drop: DROP,
          skip: (reader) => reader.logical === 'module',
        })
        expect([target, compression, await reload(bytes)]).toEqual([target, compression, expected])
        compared++
      }
    }
  })

  const loadable = fixtures.filter(({server: name}) => /-[23456]\.|-7\.0\.15/.test(name))

  test.each(loadable)('from $name, with groups, expiries and functions', async (fixture) => {
    const file = readFileSync(fixture.path)
    await reload(file)
    const expected = await stateOf()
    for (const compression of [true, false]) {
      await reload(rewriteRdb(file, {dialect: 'redis', version: 10, compression}).bytes)
      expectEqual(await stateOf(), expected)
    }
  })

  test.each(typed)('from $name, as commands', async (fixture) => {
    const commands = rewriteAof(readFileSync(fixture.path), {
      dialect: 'redis',
      version: 10,
      drop: DROP,
      skip: (reader) => reader.logical === 'module',
    })
    await server.client.command('FLUSHALL')
    await server.client.command('FUNCTION', 'FLUSH')
    const path = join(server.dir, 'commands.aof')
    writeFileSync(path, commands)
    expect(execFileSync(serverProgram('redis-check-aof')!, [path], {encoding: 'utf8'})).toMatch(
      /is (valid|empty)/,
    )
    const args = ['-p', String(server.port), '--pipe']
    execFileSync(serverProgram('redis-cli')!, args, {input: commands, encoding: 'utf8'})
    // ZADD -0 gives 0 where a sorted set is a listpack.
    const expected = digestOf(fixture, 10, {...RULES, unsignedZero: true})
    expect(await server.client.text('DEBUG', 'DIGEST')).toBe(expected)
    compared++
  })
})

/** A key or reply where bytes are shown as text. */
const shown = (reply: unknown): unknown => {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('latin1')
  return Array.isArray(reply) ? reply.map(shown) : String(reply)
}

/** Everything but values that commands tell: expiries, encodings, groups and pending entries, functions. */
async function stateOf(aofForm = false): Promise<unknown[]> {
  const {client} = server
  const state: unknown[] = [shown(await client.command('FUNCTION', 'LIST', 'WITHCODE'))]
  for (let db = 0; db < 16; db++) {
    await client.command('SELECT', db)
    const keys = ((await client.command('KEYS', '*')) as Buffer[]).sort(Buffer.compare)
    const ask = (...words: string[]) => {
      return Promise.all(keys.map(async (key) => shown(await client.command(...words, key))))
    }
    const [types, encodings, expiries] = await Promise.all([
      ask('TYPE'),
      ask('OBJECT', 'ENCODING'),
      ask('PEXPIRETIME'),
    ])
    for (const [i, key] of keys.entries()) {
      state.push([db, shown(key), types[i], encodings[i], expiries[i]])
      if (types[i] === 'stream') state.push(await streamState(key, aofForm))
    }
  }
  await client.command('SELECT', 0)
  return state
}

/** XINFO without how the nodes are packed. */
async function streamState(key: Buffer, aofForm: boolean): Promise<unknown> {
  const full = shown(await server.client.command('XINFO', 'STREAM', key, 'FULL', 'COUNT', 0))
  const fields = full as unknown[]
  const packing = new Set(['radix-tree-keys', 'radix-tree-nodes'])
  const kept = fields.filter((_, i) => !packing.has(String(fields[i - (i % 2)])))
  // Commands do not say when a consumer was last seen.
  return aofForm ? JSON.parse(JSON.stringify(kept).replace(/("seen-time",)"\d+"/g, '$1"x"')) : kept
}

const truths = new Map<string, Row[]>()

/** Checked against what the real server said where it computes the same way. */
function rowsOf(fixture: Fixture): Row[] {
  const known = truths.get(fixture.name)
  if (known) return known
  const rows = truthRows(fixture)
  const [major, minor] = fixture.meta.version.split('.').map(Number)
  if (major < 7 || (major === 7 && minor === 0)) {
    expect(digestDataset(rows, RULES)).toBe(fixture.entry.digest)
  }
  truths.set(fixture.name, rows)
  return rows
}

const digests = new Map<string, string>()

/** What Redis 7.0 should say. */
function digestOf(fixture: Fixture, target: number, rules: DigestRules = RULES): string {
  const rows = rowsOf(fixture).filter((row) => holds(row, target))
  const key = `${fixture.name} ${rows.length} ${JSON.stringify(rules)}`
  const digest = digests.get(key) ?? digestDataset(rows, rules)
  digests.set(key, digest)
  return digest
}

const holds = ({type}: Row, target: number): boolean =>
  type !== 'vectorset' && (type !== 'stream' || target >= 9)

async function reload(bytes: Buffer): Promise<string> {
  const path = join(server.dir, 'dump.rdb')
  writeFileSync(path, bytes)
  expect(execFileSync(serverProgram('redis-check-rdb')!, [path], {encoding: 'utf8'})).toMatch(
    /looks OK/,
  )
  await server.client.command('DEBUG', 'RELOAD', 'NOSAVE')
  return server.client.text('DEBUG', 'DIGEST')
}
