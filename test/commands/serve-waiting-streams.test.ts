/** XREAD and XREADGROUP that wait, beside a real server: what they answer, and when. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {FIXTURES} from '../support/fixtures.ts'
import {comparable} from '../support/replies.ts'
import {RespClient} from '../support/resp-client.ts'
import {type Served, startServe} from '../support/serve.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const EMPTY = join(FIXTURES, 'redis-7.0.15/empty.rdb')
const describeServer = serverProgram() ? describe : describe.skip

/** What is there before, what waits (each its own client), what others do then. A word list is a command. */
interface Scenario {
  readonly before?: readonly string[]
  readonly waits: readonly string[]
  readonly acts: readonly string[]
}

const GROUP = ['XADD s 1-1 f v', 'XGROUP CREATE s g $']
const WAITS = 'XREADGROUP GROUP g alice BLOCK 800 STREAMS s >'

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'what is added': {
    waits: ['XREAD BLOCK 9000000000 STREAMS s 0'],
    acts: ['XADD s 1-1 f v', 'XADD s 2-1 f v'],
  },
  'nothing that is not newer than $': {
    before: ['XADD s 5-1 f v'],
    waits: ['XREAD COUNT 1 BLOCK 800 STREAMS none s $ $'],
    acts: ['XADD s 6-1 f v', 'XADD s 7-1 f v'],
  },
  'all that a transaction added': {
    waits: ['XREAD BLOCK 800 STREAMS s $'],
    acts: ['MULTI', 'XADD s 1-1 f v', 'XADD s 2-1 f v', 'EXEC'],
  },
  'each who reads': {
    waits: ['XREAD BLOCK 800 STREAMS s $', 'XREAD BLOCK 800 STREAMS s 0'],
    acts: ['XADD s 1-1 f v'],
  },
  'one of a group': {
    before: GROUP,
    waits: [WAITS, 'XREADGROUP GROUP g bob BLOCK 50 STREAMS s >'],
    acts: ['XADD s 2-1 f v'],
  },
  'what is added without a receipt': {
    before: GROUP,
    waits: ['XREADGROUP GROUP g new BLOCK 800 NOACK COUNT 5 STREAMS s >'],
    acts: ['XADD s 2-1 f v'],
  },
  'that the stream went': {before: GROUP, waits: [WAITS], acts: ['DEL s']},
  'that the group went': {before: GROUP, waits: [WAITS], acts: ['XGROUP DESTROY s g']},
  'that something else is there': {before: GROUP, waits: [WAITS], acts: ['SET s text']},
  'that all went': {before: GROUP, waits: [WAITS], acts: ['FLUSHALL']},
  'what came in the place of the stream': {
    waits: ['XREAD BLOCK 800 STREAMS s 0'],
    acts: ['SET s x', 'DEL s', 'XADD s 1-1 f v'],
  },
  'that the time is over': {before: GROUP, waits: ['XREAD BLOCK 20 STREAMS s $'], acts: ['PING']},
}

async function isBlocked(client: RespClient, count: number): Promise<void> {
  for (let tries = 1000; tries > 0; tries--) {
    const info = String(await client.raw('INFO', 'clients'))
    if (info.includes(`blocked_clients:${count}\r`)) return
  }
  throw new Error('it does not wait')
}

describeServer('beside redis-server, who waits is told', () => {
  let server: RunningServer
  let served: Served

  beforeAll(async () => {
    const [real, ours] = await Promise.all([
      startServer({files: {'dump.rdb': readFileSync(EMPTY)}}),
      startServe('--writable', '--debug', EMPTY),
    ])
    server = real
    served = ours
  })
  afterAll(async () => {
    await Promise.all([server?.stop(), served?.stop()])
  })

  async function play(port: number, client: RespClient, scenario: Scenario): Promise<unknown> {
    const run = async (command: string) =>
      comparable(command.split(' '), await client.raw(...command.split(' ')))
    const all = async (commands: readonly string[]) => {
      const replies: unknown[] = []
      for (const command of commands) replies.push(await run(command))
      return replies
    }
    await run('FLUSHALL')
    const before = await all(scenario.before ?? [])
    const clients = await Promise.all(scenario.waits.map(() => RespClient.connect(port)))
    const waiting: Promise<unknown>[] = []
    for (const [i, command] of scenario.waits.entries()) {
      waiting.push(clients[i].raw(...command.split(' ')))
      // The server has to have seen it before the next one comes.
      await isBlocked(client, i + 1)
    }
    const acts = await all(scenario.acts)
    const told = (await Promise.all(waiting)).map((reply) => comparable(['XREAD'], reply as never))
    for (const each of clients) each.close()
    const after = await all(['XINFO STREAM s FULL', 'XPENDING s g', 'EXISTS s'])
    return {before, acts, told, after}
  }

  test.each(Object.entries(SCENARIOS))('%s', async (_, scenario) => {
    const expected = await play(server.port, server.client, scenario)
    expect(await play(served.port, served.client, scenario)).toEqual(expected)
  })
})
