/** Commands about the expiries of fields: `serve --writable` answers as servers of Redis 8 do. What logs are told is in told-replayed.test.ts. */
import {afterAll, describe, expect, test} from '@jest/globals'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {targetOf} from '../../../src/formats/rdb/targets.ts'
import {budget, TIMEOUT} from '../../support/campaign.ts'
import {randomSeed, seeded, seedOf} from '../../support/random.ts'
import {comparable} from '../../support/replies.ts'
import {ServedEngine} from '../../support/served-engine.ts'
import {serversAvailable} from '../../support/server.ts'
import {HASHES} from '../differential/rows.ts'
import {newerRows} from '../differential/rows-newer.ts'
import {LoggingServer} from '../differential/sides.ts'
import {Pool} from '../differential/words.ts'

const COMMANDS = 300
const RULES = {
  scores: 'printf',
  layout: layoutOf('redis 7.0.15'),
  target: targetOf(10, null),
} as const

/** Servers whose fields of hashes expire, as the engine takes them: the texts of errors are those of Redis. */
const newer = serversAvailable()
  .filter(({version}) => version.startsWith('Redis 8.'))
  .map(({version, path}) => [version, path] as const)
const describeNewer =
  newer.length > 0 ? describe.each(newer) : describe.skip.each([['no server of Redis 8', '']])

/** Two clocks are never alike. */
const comparesWithNow = ([name, ...words]: readonly string[]): boolean =>
  /^HP?EXPIRE$/.test(name) && words.some((word) => /^(GT|LT)$/i.test(word))

describeNewer('times of fields, beside %s', (version, path) => {
  const server = new LoggingServer(path, true)
  const random = randomSeed('told times of fields')
  const rows = [...HASHES, ...newerRows(version)].filter(([, make]) =>
    make(new Pool(seeded(1), true, []))[0].startsWith('H'),
  )

  afterAll(() => server.stop())

  test(
    'answers are the same',
    async () => {
      for (let round = 0; round < budget(2, 200); round++) {
        const pool = new Pool(seeded(seedOf(random.seed, `${round}`)), true, [])
        pool.home = 'd'
        const drawn = Array.from({length: COMMANDS}, () => pool.pick(rows)[1](pool))
        const commands = drawn.filter((words) => !comparesWithNow(words))
        const {replies} = await server.play(commands)
        const engine = new ServedEngine(RULES)
        commands.forEach((words, i) => {
          const both = [replies[i], engine.reply(words)].map((reply) =>
            comparable([...words], reply),
          )
          expect({words, reply: both[1]}).toEqual({words, reply: both[0]})
        })
      }
    },
    TIMEOUT,
  )
})
