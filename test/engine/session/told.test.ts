/** What logs are told of commands that write: what a real server writes into its log for the same commands. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {ANY_DB} from '../../../src/engine/session/propagation.ts'
import {budget, TIMEOUT} from '../../support/campaign.ts'
import {randomSeed, seeded, seedOf} from '../../support/random.ts'
import type {Words} from '../../support/read-commands.ts'
import {RespReader} from '../../support/resp-records.ts'
import {type ServedInProcess, serveInProcess} from '../../support/served.ts'
import {type RunningServer, serverProgram, startServer} from '../../support/server.ts'
import type {Maker} from '../../support/write-commands/group.ts'
import {WRITE_GROUPS} from '../../support/write-commands/table.ts'

const LOG = 'appendonlydir/appendonly.aof.1.incr.aof'
const describeServer = serverProgram() ? describe : describe.skip

describeServer('beside the log of redis-server', () => {
  let server: RunningServer
  let served: ServedInProcess
  let told: string[] = []
  const random = randomSeed('told')

  beforeAll(async () => {
    server = await startServer({args: ['--appendonly', 'yes', '--appendfsync', 'no']})
    served = serveInProcess()
    let selected = -1
    served.server.propagation.listeners.push((db, bytes) => {
      if (db !== ANY_DB && db !== selected) told.push(`SELECT ${db}`)
      if (db !== ANY_DB) selected = db
      told.push(...lines(bytes))
    })
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
      told = []
      const commands = Array.from({length: budget(1000, 50_000)}, () => make(own))
      await Promise.all(commands.map((words) => client.raw(...words)))
      for (const words of commands) served.run(words)
      const expected = lines(readFileSync(path).subarray(before))
      const at = expected.findIndex((line, i) => line !== told[i])
      expect(told.slice(Math.max(0, at - 3), at + 1)).toEqual(
        expected.slice(Math.max(0, at - 3), at + 1),
      )
      expect(told).toHaveLength(expected.length)
    },
    TIMEOUT,
  )
})

/** Commands as text. Times are those of different moments. */
function lines(bytes: Uint8Array): string[] {
  return [...new RespReader(Buffer.from(bytes)).records()].map((words) =>
    words.map((word) => word.replace(/^1[6-9]\d{11}(?=-\d+$|$)/, 'now')).join(' '),
  )
}
