/** What a writable dataset tells logs of random commands is what a real server writes to its own; its answers are in serve-writes.test.ts. */
import {afterAll, describe, expect, test} from '@jest/globals'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {targetOf} from '../../../src/formats/rdb/targets.ts'
import {budget, TIMEOUT} from '../../support/campaign.ts'
import {randomSeed, seeded, seedOf} from '../../support/random.ts'
import {comparable} from '../../support/replies.ts'
import {RespReader} from '../../support/resp-records.ts'
import {ServedEngine} from '../../support/served-engine.ts'
import {serverProgram, serversAvailable} from '../../support/server.ts'
import {WRITE_GROUPS} from '../../support/write-commands/table.ts'
import {HASHES} from './rows.ts'
import {newerRows} from './rows-newer.ts'
import {LoggingServer} from './sides.ts'
import {Pool} from './words.ts'

const COMMANDS = 300
const RULES = {
  scores: 'printf',
  layout: layoutOf('redis 7.0.15'),
  target: targetOf(10, null),
} as const

type Told = string

/** With the time left out that both came to a command at. */
const shown = (db: number | null, words: readonly string[]): Told =>
  `${db ?? ''}> ${words.map((word) => (isNow(word) ? 'a time' : word)).join(' ')}`

const isNow = (word: string): boolean => /^1[6-9]\d{11}$/.test(word)

/** The log of a server from where it has been emptied on, each command with its database. */
function logged(log: Buffer): Told[] {
  const told: Told[] = []
  let db = 0
  for (const words of new RespReader(log).records()) {
    const name = words[0].toUpperCase()
    if (name === 'SELECT') db = Number(words[1])
    else told.push(shown(name === 'MULTI' || name === 'EXEC' ? null : db, words))
  }
  return told.slice(told.indexOf('0> FUNCTION FLUSH') + 1)
}

const describeServer = serverProgram() ? describe : describe.skip

describeServer('beside the log of redis-server', () => {
  const server = new LoggingServer()
  const random = randomSeed('told writes')

  afterAll(() => server.stop())

  test.each(Object.entries(WRITE_GROUPS))(
    'what is told of %s is the same',
    async (name, make) => {
      for (let round = 0; round < budget(2, 200); round++) {
        const own = seeded(seedOf(random.seed, `${name} ${round}`))
        const commands = Array.from({length: COMMANDS}, () => make(own))
        const {log} = await server.play(commands.map((words) => words.map(String)))
        const engine = new ServedEngine(RULES)
        for (const words of commands) engine.run(words)
        const told = engine.told.map(([db, words]) => shown(db, words))
        expect(told).toEqual(logged(log))
      }
    },
    TIMEOUT,
  )
})

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
