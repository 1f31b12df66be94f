/** What a writable dataset tells logs of random commands is what a real server writes to its own. */
import {afterAll, describe, expect, test} from '@jest/globals'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {targetOf} from '../../../src/formats/rdb/targets.ts'
import {budget, TIMEOUT} from '../../support/campaign.ts'
import {randomSeed, seeded, seedOf} from '../../support/random.ts'
import {RespReader} from '../../support/resp-records.ts'
import {ServedEngine} from '../../support/served-engine.ts'
import {serverProgram} from '../../support/server.ts'
import {WRITE_GROUPS} from '../../support/write-commands/table.ts'
import {LoggingServer} from './sides.ts'

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
