/** Commands on lists and sorted sets that wait, beside a real server: who is served with what, and what is left. */
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {startBeside} from '../support/beside.ts'
import type {Served} from '../support/serve.ts'
import {type RunningServer, serverProgram} from '../support/server.ts'
import {playWaiting, type Scenario} from '../support/waiting.ts'

const LEFT = [
  'LRANGE a 0 -1',
  'LRANGE b 0 -1',
  'ZRANGE z 0 -1 WITHSCORES',
  'EXISTS a b x y z',
  'DBSIZE',
]

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'who came first is served first': {
    waits: ['BLPOP a 0', 'BRPOP a 0', 'BLPOP a 0'],
    acts: ['RPUSH a 1 2 3 4'],
  },
  'as far as there is something': {
    waits: ['BLPOP a 0', 'BLPOP a 0.3'],
    acts: ['RPUSH a 1'],
  },
  'the key that got something': {waits: ['BLPOP a b 0'], acts: ['RPUSH b 1 2']},
  'a key that is named twice': {waits: ['BLPOP a a 0'], acts: ['RPUSH a 1 2']},
  'several at once': {waits: ['BLMPOP 0 2 a b RIGHT COUNT 2'], acts: ['RPUSH b 1 2 3']},
  'the last one of many takes the key': {
    waits: ['BLMPOP 0 1 a LEFT COUNT 9'],
    acts: ['RPUSH a 1 2'],
  },
  'moved from list to list': {waits: ['BLMOVE a b LEFT RIGHT 0'], acts: ['RPUSH a 1 2']},
  'moved on to who waits there': {
    waits: ['BRPOPLPUSH a b 0', 'BLPOP b 0'],
    acts: ['RPUSH a 1 2'],
  },
  'moved in a circle': {
    waits: ['BLMOVE a b LEFT LEFT 0', 'BLMOVE b a LEFT LEFT 0'],
    acts: ['RPUSH a 1'],
  },
  'a destination that is no list': {
    before: ['SET b x'],
    waits: ['BLMOVE a b LEFT RIGHT 0'],
    acts: ['RPUSH a 1'],
  },
  'what is no list is waited out': {
    waits: ['BLPOP a 0'],
    acts: ['SET a x', 'DEL a', 'RPUSH a 1'],
  },
  'another key while one is no list': {waits: ['BLPOP a b 0'], acts: ['SET a x', 'RPUSH b 1']},
  'what a transaction left': {
    waits: ['BLPOP a 0'],
    acts: ['MULTI', 'RPUSH a 1 2', 'LPOP a', 'EXEC'],
  },
  'nothing of what a transaction took away again': {
    waits: ['BLPOP a 0.2'],
    acts: ['MULTI', 'RPUSH a 1', 'DEL a', 'EXEC'],
  },
  'a list that was renamed': {
    before: ['RPUSH x 1 2'],
    waits: ['BLPOP a 0'],
    acts: ['RENAME x a'],
  },
  'a list that was copied': {before: ['RPUSH x 1 2'], waits: ['BLPOP a 0'], acts: ['COPY x a']},
  'a list that was sorted': {
    before: ['RPUSH x 2 1'],
    waits: ['BLPOP a 0'],
    acts: ['SORT x STORE a'],
  },
  'a list that was moved to': {
    before: ['RPUSH x 1'],
    waits: ['BLPOP a 0'],
    acts: ['RPOPLPUSH x a'],
  },
  'a list of another database': {
    before: ['SELECT 1', 'RPUSH a 1 2', 'SELECT 0'],
    waits: ['BLPOP a 0'],
    acts: ['SWAPDB 0 1'],
  },
  'the time is over': {
    waits: ['BLPOP a 0.02', 'BLMOVE a b LEFT LEFT 0.02', 'BLMPOP 0.02 1 a LEFT', 'BZPOPMIN z 0.02'],
    acts: ['PING'],
  },
  'the lowest of a sorted set': {waits: ['BZPOPMIN y z 0'], acts: ['ZADD z 2 b 1.5 a 3 c']},
  'the highest of a sorted set': {waits: ['BZPOPMAX z 0'], acts: ['ZADD z 2 b 1.5 a 3 c']},
  'several of a sorted set': {
    waits: ['BZMPOP 0 2 y z MIN COUNT 2'],
    acts: ['ZADD z 2 b 1.5 a 3 c'],
  },
  'one after the other of a sorted set': {
    waits: ['BZPOPMAX z 0', 'BZPOPMIN z 0', 'BZPOPMIN z 0'],
    acts: ['ZADD z 1 a 2 b 3 c 4 d'],
  },
  'a sorted set that was stored': {
    before: ['ZADD x 1 a 2 b', 'SADD s a'],
    waits: ['BZPOPMIN z 0'],
    acts: ['ZUNIONSTORE z 2 x s'],
  },
  'places are a sorted set': {waits: ['BZPOPMIN z 0'], acts: ['GEOADD z 13.4 52.5 Berlin']},
  'a list is no sorted set': {
    waits: ['BZPOPMIN a 0', 'BLPOP a 0'],
    acts: ['RPUSH a 1', 'ZADD a 1 m'],
  },
}

const describeServer = serverProgram() ? describe : describe.skip

describeServer('beside redis-server, who waits gets', () => {
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
