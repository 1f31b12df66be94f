/** FUNCTION of `respite serve` beside a real server. Both name libraries and functions in an order of their own. */
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {type Beside, startBeside} from '../support/beside.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {type Reply, type RespClient, RespError} from '../support/resp-client.ts'
import {type Served, startServe} from '../support/serve.ts'
import {serverProgram} from '../support/server.ts'

const FIRST = `#!lua name=first
-- redis.register_function('no', f)
local function f(keys, args) return redis.call('GET', keys[1]) end
redis.register_function('plain', f)
redis.register_function{
  function_name = 'read_only', callback = f, description = 'it "reads"',
  flags = {'allow-stale', 'no-writes'},
}`
const SECOND = "#!LUA name=Second_2\nredis.register_function('other', function() return 1 end)"

/** Words in the order of the alphabet, the innermost first. */
function sorted(reply: Reply): unknown {
  if (reply instanceof RespError) return `-${reply.message}`
  if (Buffer.isBuffer(reply)) return reply.toString('latin1')
  if (!Array.isArray(reply)) return reply
  const all = reply.map(sorted)
  return all.every((each) => Array.isArray(each))
    ? all.sort((a, b) => (`${a}` < `${b}` ? -1 : 1))
    : all
}

const describeServer = serverProgram() ? describe : describe.skip

describeServer('beside redis-server', () => {
  let beside: Beside
  let clients: RespClient[]
  beforeAll(async () => {
    beside = await startBeside(['--writable'])
    clients = [beside.server.client, beside.served.client]
    for (const client of clients) {
      for (const code of [FIRST, SECOND]) await client.command('FUNCTION', 'LOAD', code)
    }
  })
  afterAll(() => beside.stop())

  const both = (...words: string[]) =>
    Promise.all(clients.map(async (client) => sorted(await client.raw(...words))))

  test.each([
    'LIST',
    'LIST WITHCODE',
    'LIST libraryname sEc* withcode',
    'LIST LIBRARYNAME none',
    'LIST LIBRARYNAME',
    'LIST WITHCODE WITHCODE',
    'LIST LIBRARYNAME a LIBRARYNAME b',
    'LIST OTHER',
    'STATS',
    'STATS x',
    'HELP',
    'KILL',
    'DUMP x',
    'NOPE',
  ])('FUNCTION %s', async (words) => {
    const [expected, actual] = await both('FUNCTION', ...words.split(' '))
    expect(actual).toEqual(expected)
  })

  test('DUMP of one is the same to the byte, and each restores what the other dumped', async () => {
    const payloads = (await Promise.all(
      clients.map((client) => client.raw('FUNCTION', 'DUMP')),
    )) as Buffer[]
    for (const [i, client] of clients.entries()) {
      await client.command('FUNCTION', 'RESTORE', payloads[1 - i], 'FLUSH')
    }
    const [expected, actual] = await both('FUNCTION', 'LIST', 'WITHCODE')
    expect(actual).toEqual(expected)
    await Promise.all(clients.map((client) => client.command('FUNCTION', 'DELETE', 'Second_2')))
    const [one, same] = await Promise.all(clients.map((client) => client.raw('FUNCTION', 'DUMP')))
    expect(same).toEqual(one)
  })
})

test('a snapshot that is only read tells its libraries, and loads none', async () => {
  let served: Served | undefined
  try {
    served = await startServe(join(FIXTURES, 'redis-7.0.15/small.rdb'))
    const {client} = served
    const libraries = sorted(await client.raw('FUNCTION', 'LIST')) as unknown[]
    expect(libraries).toHaveLength(1)
    expect(sorted(await client.raw('FUNCTION', 'LOAD', SECOND))).toMatch(/^-READONLY/)
    expect(sorted(await client.raw('FUNCTION', 'FLUSH'))).toMatch(/^-READONLY/)
    expect(sorted(await client.raw('FUNCTION', 'LIST'))).toEqual(libraries)
  } finally {
    await served?.stop()
  }
})
