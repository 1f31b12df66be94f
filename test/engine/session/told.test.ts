/** What logs are told of commands that write: what a real server writes into its log for the same commands. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {targetOf} from '../../../src/formats/rdb/targets.ts'
import {budget, TIMEOUT} from '../../support/campaign.ts'
import {randomSeed, seeded, seedOf} from '../../support/random.ts'
import type {Words} from '../../support/read-commands.ts'
import {RespReader} from '../../support/resp-records.ts'
import {ServedEngine} from '../../support/served-engine.ts'
import {type RunningServer, serverProgram, startServer} from '../../support/server.ts'
import type {Maker} from '../../support/write-commands/group.ts'
import {WRITE_GROUPS} from '../../support/write-commands/table.ts'

const LOG = 'appendonlydir/appendonly.aof.1.incr.aof'
const RULES = {
  scores: 'printf',
  layout: layoutOf('redis 7.0.15'),
  target: targetOf(10, null),
} as const
const describeServer = serverProgram() ? describe : describe.skip

describeServer('beside the log of redis-server', () => {
  let server: RunningServer
  const served = new ServedEngine(RULES)
  const random = randomSeed('told')

  beforeAll(async () => {
    server = await startServer({args: ['--appendonly', 'yes', '--appendfsync', 'no']})
  })
  afterAll(() => server?.stop())

  test.each(Object.entries(WRITE_GROUPS))(
    'of %s it says the same',
    async (name, make: Maker) => {
      const own = seeded(seedOf(random.seed, name))
      const {client} = server
      const begin: Words[] = [['DISCARD'], ['SELECT', '0'], ['FLUSHALL']]
      for (const words of begin) {
        await client.raw(...words)
        served.run(words)
      }
      const path = join(server.dir, LOG)
      const before = readFileSync(path).length
      const from = served.told.length
      const commands = Array.from({length: budget(1000, 50_000)}, () => make(own))
      await Promise.all(commands.map((words) => client.raw(...words)))
      for (const words of commands) served.run(words)
      const expected = lines(readFileSync(path).subarray(before))
      const told = served.told.flatMap(([db, words], i) => {
        const selects = db !== null && db !== databaseAt(served, i - 1)
        return i < from ? [] : [...(selects ? [`SELECT ${db}`] : []), shown(words)]
      })
      const at = expected.findIndex((line, i) => line !== told[i])
      expect(told.slice(Math.max(0, at - 3), at + 1)).toEqual(
        expected.slice(Math.max(0, at - 3), at + 1),
      )
      expect(told).toHaveLength(expected.length)
    },
    TIMEOUT,
  )
})

/** The database of the last command up to the number `i` that had one. */
function databaseAt({told}: ServedEngine, i: number): number {
  for (let at = i; at >= 0; at--) {
    const [db] = told[at]
    if (db !== null) return db
  }
  return -1
}

const lines = (bytes: Uint8Array): string[] =>
  [...new RespReader(Buffer.from(bytes)).records()].map(shown)

/** A command as text. Times are those of different moments. */
const shown = (words: readonly string[]): string =>
  words.map((word) => word.replace(/^1[6-9]\d{11}(?=-\d+$|$)/, 'now')).join(' ')
