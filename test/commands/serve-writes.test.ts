/** `respite serve --writable` beside a real server: both answer random commands alike, and end up with the same data. */
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {startBeside} from '../support/beside.ts'
import {budget, TIMEOUT} from '../support/campaign.ts'
import {type Random, randomSeed, seeded, seedOf} from '../support/random.ts'
import type {Words} from '../support/read-commands.ts'
import {comparable} from '../support/replies.ts'
import {RespClient} from '../support/resp-client.ts'
import type {Served} from '../support/serve.ts'
import {type RunningServer, serverProgram} from '../support/server.ts'
import {KEYS, type Maker} from '../support/write-commands/group.ts'
import {WRITE_GROUPS} from '../support/write-commands/table.ts'

/** Sent in one go. */
const BATCH = 100

const describeServer = serverProgram() ? describe : describe.skip

describeServer('beside redis-server', () => {
  let server: RunningServer
  let served: Served
  const random = randomSeed('write commands')

  let stop = async () => {}

  beforeAll(async () => {
    ;({server, served, stop} = await startBeside(['--writable']))
  })
  afterAll(() => stop())

  /** Both replies of each command. */
  async function both(commands: readonly Words[]): Promise<[expected: string, actual: string][]> {
    const all = await Promise.all(
      [server, served].map(({client}) =>
        Promise.all(commands.map((words) => client.raw(...words))),
      ),
    )
    return commands.map((words, i) => {
      const [expected, actual] = all.map((replies) => JSON.stringify(comparable(words, replies[i])))
      return [expected!, actual!]
    })
  }

  /** Run random commands; those up to the first that is answered differently, in words. */
  async function firstDifference(make: Maker, own: Random, count: number): Promise<string | null> {
    await both([['DISCARD'], ['SELECT', '0'], ['FLUSHALL']])
    for (let done = 0; done < count; done += BATCH) {
      const commands = Array.from({length: BATCH}, () => make(own))
      const replies = await both(commands)
      const at = replies.findIndex(([expected, actual]) => expected !== actual)
      if (at < 0) continue
      const before = commands
        .slice(Math.max(0, at - 8), at)
        .map((words) => words.map(String).join(' '))
      const [expected, actual] = replies[at]
      const words = commands[at].map(String).join(' ').slice(0, 300)
      return [...before, words, `server ${expected}`, `respite ${actual}`].join('\n  ')
    }
    return null
  }

  /** What is over by now is not in the data of either side. */
  async function digests(): Promise<[string, string]> {
    const looks = ['0', '1', '2'].flatMap((db): Words[] => [
      ['SELECT', db],
      ['EXISTS', ...KEYS],
    ])
    await both([['DISCARD'], ...looks])
    const [digest] = await both([['DEBUG', 'DIGEST']])
    return digest
  }

  const mixed: Maker = (own) => own.pick(Object.values(WRITE_GROUPS))(own)
  const groups = {...WRITE_GROUPS, 'all of them': mixed}

  test('what ends a transaction that watches is the same', async () => {
    const changes: Words[] = [
      ['SET', 'a', '1'],
      ['SET', 'a', '1', 'NX'],
      ['GET', 'a'],
      ['DEL', 'a', 'b'],
      ['DEL', 'none'],
      ['EXPIRE', 'a', '100'],
      ['EXPIRE', 'a', '-1'],
      ['PERSIST', 'a'],
      ['APPEND', 'a', ''],
      ['RENAME', 'b', 'a'],
      ['RENAME', 'a', 'c'],
      ['COPY', 'b', 'a', 'REPLACE'],
      ['COPY', 'a', 'b', 'REPLACE'],
      ['COPY', 'a', 'a', 'DB', '1'],
      ['MOVE', 'a', '1'],
      ['SWAPDB', '0', '1'],
      ['SWAPDB', '1', '2'],
      ['FLUSHDB'],
      ['FLUSHALL'],
      ['MSETNX', 'a', '1', 'c', '2'],
      ['MSET', 'b', '1', 'c', '2'],
      ['SETRANGE', 'a', '0', ''],
      ['LPUSH', 'list', 'x'],
      ['LMPOP', '2', 'list', 'other', 'LEFT'],
      ['LPOP', 'none'],
      ['SADD', 'set', 'one'],
      ['SADD', 'set', 'two'],
      ['SMOVE', 'set', 'other set', 'one'],
      ['ZADD', 'zset', 'XX', '1', 'none'],
      ['ZADD', 'zset', '5', 'one'],
      ['HSET', 'hash', 'f', 'v'],
      ['HDEL', 'hash', 'none'],
      ['TOUCH', 'a'],
    ]
    const watched = ['a', 'list', 'other', 'set', 'other set', 'zset', 'hash', 'none']
    const setup: Words[] = [
      ['DISCARD'],
      ['SELECT', '0'],
      ['FLUSHALL'],
      ['MSET', 'a', '0', 'b', 'x'],
      ['RPUSH', 'list', 'one', 'two'],
      ['RPUSH', 'other', 'one'],
      ['SADD', 'set', 'one'],
      ['ZADD', 'zset', '1', 'one'],
      ['HSET', 'hash', 'f', 'v'],
    ]
    const others = await Promise.all([server, served].map(({port}) => RespClient.connect(port)))
    const different: string[] = []
    for (const change of changes) {
      for (const key of watched) {
        await both([...setup, ['WATCH', key]])
        await Promise.all(others.map((other) => other.raw(...change)))
        const [, , [expected, actual]] = await both([['MULTI'], ['PING'], ['EXEC']])
        if (expected !== actual)
          different.push(`${key}: ${change.join(' ')}: ${expected} ${actual}`)
      }
    }
    for (const other of others) other.close()
    expect(different).toEqual([])
  })

  test.each(Object.entries(groups))(
    'answers to %s are the same, and so is the data in the end',
    async (name, make) => {
      const own = seeded(seedOf(random.seed, name))
      expect(await firstDifference(make, own, budget(2000, 100_000))).toBeNull()
      const [expected, actual] = await digests()
      expect(actual).toBe(expected)
    },
    TIMEOUT,
  )
})
