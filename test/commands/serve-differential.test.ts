/** `respite serve` beside a real server that has loaded the same file: both answer every command alike. */
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {startBeside} from '../support/beside.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {randomSeed} from '../support/random.ts'
import {readCommands, WITHOUT_KEYS, type Words} from '../support/read-commands.ts'
import {comparable} from '../support/replies.ts'
import type {RespClient} from '../support/resp-client.ts'
import type {Served} from '../support/serve.ts'
import {type RunningServer, serverProgram} from '../support/server.ts'

const FILE = join(FIXTURES, 'redis-7.0.15/full.rdb')
const describeServer = serverProgram() ? describe : describe.skip

describeServer('beside redis-server', () => {
  let server: RunningServer
  let served: Served
  let stop = async () => {}

  beforeAll(async () => {
    ;({server, served, stop} = await startBeside([], FILE))
  })
  afterAll(() => stop())

  async function compare(commands: readonly Words[]): Promise<string[]> {
    const both = await Promise.all(
      [server, served].map(({client}) =>
        Promise.all(commands.map((words) => client.raw(...words))),
      ),
    )
    return commands.flatMap((words, i) => {
      const [expected, actual] = both.map((replies) =>
        JSON.stringify(comparable(words, replies[i])),
      )
      return expected === actual
        ? []
        : [
            `${words.map(String).join(' ').slice(0, 200)}\n  server ${expected?.slice(0, 300)}\n  respite ${actual?.slice(0, 300)}`,
          ]
    })
  }

  test('what needs no key, and what is wrong, is answered with the same words', async () => {
    expect(await compare(WITHOUT_KEYS)).toEqual([])
  })

  test('every command that reads gives the same for every key', async () => {
    const random = randomSeed('read commands')
    const client = server.client
    let count = 0
    const different: string[] = []
    for (const db of (await client.text('INFO', 'keyspace')).match(/(?<=^db)\d+/gm) ?? []) {
      await compare([['SELECT', db]])
      for (const key of (await client.command('KEYS', '*')) as Buffer[]) {
        const type = await client.text('TYPE', key)
        const commands = readCommands(type, key, await sampleOf(type, key), random)
        count += commands.length
        different.push(...(await compare(commands)))
      }
    }
    process.stdout.write(`${count} commands compared\n`)
    expect(different).toEqual([])
    expect(count).toBeGreaterThan(500)
  })

  /** Some elements of a value. */
  async function sampleOf(type: string, key: Buffer): Promise<Buffer[]> {
    const {client} = server
    if (type === 'list') return (await client.command('LRANGE', key, 0, 20)) as Buffer[]
    if (type === 'set') return (await client.command('SRANDMEMBER', key, 20)) as Buffer[]
    if (type === 'hash') return (await client.command('HRANDFIELD', key, 20)) as Buffer[]
    if (type === 'zset') return (await client.command('ZRANGE', key, 0, 20)) as Buffer[]
    return []
  }

  test('SCAN walks over the same keys, and the digest is the same', async () => {
    const both = await Promise.all([server, served].map(({client}) => scanned(client)))
    expect(both[1]).toEqual(both[0])
    expect(await compare([['DEBUG', 'DIGEST'], ['DBSIZE']])).toEqual([])
  })

  test('HSCAN, SSCAN and ZSCAN give all that a collection has, once', async () => {
    const {client} = served
    await client.command('SELECT', 0)
    const scans: Record<string, [scan: string, size: string]> = {
      hash: ['HSCAN', 'HLEN'],
      set: ['SSCAN', 'SCARD'],
      zset: ['ZSCAN', 'ZCARD'],
    }
    let collections = 0
    for (const key of (await client.command('KEYS', '*')) as Buffer[]) {
      const type = await client.text('TYPE', key)
      if (scans[type] === undefined) continue
      const [scan, size] = scans[type]
      const step = type === 'set' ? 1 : 2
      const found = new Set<string>()
      let count = 0
      for (let cursor = ''; cursor !== '0'; ) {
        const reply = await client.command(scan, key, cursor === '' ? '0' : cursor, 'COUNT', 100)
        const [next, items] = reply as [Buffer, Buffer[]]
        cursor = String(next)
        count += items.length / step
        for (let i = 0; i < items.length; i += step) found.add(items[i].toString('latin1'))
      }
      expect({key: String(key), count, found: found.size}).toEqual({
        key: String(key),
        count: await client.command(size, key),
        found: await client.command(size, key),
      })
      collections++
    }
    expect(collections).toBeGreaterThan(10)
  })

  async function scanned(client: RespClient): Promise<string[]> {
    await client.command('SELECT', 0)
    const keys: string[] = []
    let cursor = '0'
    do {
      const [next, some] = (await client.command('SCAN', cursor, 'COUNT', 7)) as [Buffer, Buffer[]]
      cursor = String(next)
      keys.push(...some.map((key) => key.toString('latin1')))
    } while (cursor !== '0')
    return keys.sort()
  }
})
