/** XREAD and XREADGROUP that wait, beside a real server: what they answer, and when. */
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {startBeside} from '../support/beside.ts'
import type {Served} from '../support/serve.ts'
import {type RunningServer, serverProgram} from '../support/server.ts'
import {playWaiting, type Scenario} from '../support/waiting.ts'

const describeServer = serverProgram() ? describe : describe.skip

const LEFT = ['XINFO STREAM s FULL', 'XPENDING s g', 'EXISTS s']

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

describeServer('beside redis-server, who waits is told', () => {
  let server: RunningServer
  let served: Served
  let stop = async () => {}

  beforeAll(async () => {
    ;({server, served, stop} = await startBeside(['--writable']))
  })
  afterAll(() => stop())

  test.each(Object.entries(SCENARIOS))('%s', async (_, scenario) => {
    const expected = await playWaiting(server.port, server.client, scenario, LEFT)
    expect(await playWaiting(served.port, served.client, scenario, LEFT)).toEqual(expected)
  })
})
