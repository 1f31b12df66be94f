/**
 * The engine beside a server: random streams of commands over the whole table. The server's log, replayed, gives what the
 * server has, and so does what was typed. RESPITE_STREAMS sets how many, RESPITE_SEED where they begin.
 * A stream that is found, shrunk, is kept in test/fixtures/streams.
 */
import {afterAll, describe, expect, test} from '@jest/globals'
import {DEFAULT_COMMANDS} from '../../../src/engine/commands/table.ts'
import {serverOf} from '../../../src/engine/digest/rules.ts'
import {randomSeed} from '../../support/random.ts'
import {serversAvailable} from '../../support/server.ts'
import {ReplayingEngine} from './engine-side.ts'
import {generate} from './generator.ts'
import {hasFieldExpiries} from './rows-newer.ts'
import {LoggingServer} from './sides.ts'
import {disagreements, shrink} from './trial.ts'
import {dumpedPayloads} from './words.ts'

const STREAMS = Number(process.env.RESPITE_STREAMS ?? 500)
/** One in three has commands that chance, the clock or a script decide. */
const UNTYPED_EACH = 3
/** After so many disagreements the rest is not tried. */
const MOST_FOUND = 5

const servers = serversAvailable().map((each) => [each.version, each.path] as const)
const describeServers =
  servers.length > 0 ? describe.each(servers) : describe.skip.each([['no server', '']] as const)

/** What is typed, the engine answers as 7.0 does; others refuse or take other words, and log what they took. */
const answersAs7 = (version: string): boolean => version.startsWith('Redis 7.0.')

describeServers('random streams of %s', (version, path) => {
  const server = new LoggingServer(path, hasFieldExpiries(version))

  afterAll(() => server.stop())

  test(
    `${STREAMS} streams end alike`,
    async () => {
      const {seed: first} = randomSeed('streams')
      const payloads = dumpedPayloads()
      const engine = new ReplayingEngine(serverOf(version.toLowerCase()) ?? '7.0')
      const found: {seed: number; lines: string[]}[] = []
      let tried = 0
      let count = 0
      for (let i = 0; i < STREAMS && found.length < MOST_FOUND; i++) {
        const seed = (first + i) >>> 0
        const typed = seed % UNTYPED_EACH !== 0
        const trial = {server, engine, typed: typed && answersAs7(version)}
        const commands = generate({seed, typed, version, payloads, table: DEFAULT_COMMANDS})
        tried++
        count += commands.length
        if ((await disagreements(trial, commands)).length === 0) continue
        const shrunk = await shrink(trial, commands)
        found.push({seed, lines: await disagreements(trial, shrunk)})
        const stream = shrunk.map((words) => JSON.stringify(words)).join(',\n')
        process.stdout.write(
          `${version}, seed ${seed}, ${typed ? 'typed' : 'untyped'}:\n[\n${stream}\n]\n`,
        )
      }
      const told = `${tried} streams of ${count} commands, ${found.length} disagreements`
      process.stdout.write(`${version}: ${told}\n`)
      expect(found).toEqual([])
    },
    30_000 + STREAMS * 2000,
  )
})
