import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {STREAMS_APPLY} from '../../../src/engine/apply/streams.ts'
import type {Apply} from '../../../src/engine/call.ts'
import {Kind} from '../../../src/engine/values/kinds.ts'
import {STREAM_OPS} from '../../../src/engine/values/stream.ts'
import {ReplyWriter} from '../../../src/formats/resp/reply-writer.ts'
import {bytes, resp} from '../../support/bytes.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {seeded} from '../../support/random.ts'
import {RespError} from '../../support/resp-client.ts'
import {RespReader} from '../../support/resp-records.ts'
import {
  dump,
  type RunningServer,
  restore,
  serverProgram,
  serversAvailable,
  startServer,
} from '../../support/server.ts'
import {streamCommands} from '../../support/stream-commands.ts'
import {
  dumpedNodes,
  engineNodes,
  engineStream,
  payloadOf,
  sameTimes,
  serverStream,
} from '../../support/stream-state.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]
const KEYS = ['a', 'b', 'c']

/** Enough of other commands for streams to meet them. */
const OTHERS: readonly (readonly [string, Apply])[] = [
  [
    'DEL',
    (call) => {
      const entry = call.find(1)
      if (entry !== 0) call.db.remove(entry)
    },
  ],
  [
    'SET',
    (call) => {
      call.db.add(call.memory, call.starts[1], call.ends[1], Kind.STRING)
    },
  ],
]

function newEngine(applies = STREAMS_APPLY): EngineUnderTest {
  const engine = new EngineUnderTest([...applies, ...OTHERS], {stream: STREAM_OPS})
  engine.call.nowMs = Date.now()
  engine.run('SET', 'string', '')
  return engine
}

const describeWithServer = serverProgram() ? describe : describe.skip

describeWithServer('beside a server', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startServer({args: ['--rdbcompression', 'no']})
  })

  afterAll(() => server.stop())

  test.each(SEEDS)(
    'random commands, seed %i',
    async (seed) => {
      const {client} = server
      await client.command('FLUSHALL')
      await client.command('SET', 'string', '')
      const engine = newEngine()
      engine.call.reply = new ReplyWriter()
      const commands = streamCommands(seeded(seed), seed % 2 === 0)
      for (let round = 0; round < 50; round++) {
        for (let i = 0; i < 40; i++) {
          const command = commands.next()
          engine.call.nowMs = Date.now()
          const reply = await client.raw(
            ...command.map((word) => Buffer.from(String(word), 'latin1')),
          )
          const error = engine.run(...command)
          const expected = reply instanceof RespError ? reply.message : null
          expect({error, command}).toEqual({error: expected, command})
        }
        for (const key of KEYS) {
          const state = sameTimes(await serverStream(client, key), engine.call.nowMs)
          const own = sameTimes(engineStream(engine, key), engine.call.nowMs)
          expect(own).toEqual(state)
          if (state) {
            expect(engineNodes(engine, key)).toEqual(
              dumpedNodes((await dump(client, key)) as Buffer),
            )
          }
        }
      }
      for (const key of KEYS) {
        if (!engineStream(engine, key)) continue
        expect(await restore(client, 'copy', payloadOf(engine, key))).toBe('OK')
        const copy = await serverStream(client, 'copy')
        const {nodes: _, ...copied} = sameTimes(copy, engine.call.nowMs)!
        const {nodes: __, ...own} = sameTimes(engineStream(engine, key), engine.call.nowMs)!
        expect(copied).toEqual(own)
        const [a, b] = (await client.command('DEBUG', 'DIGEST-VALUE', key, 'copy')) as Buffer[]
        expect(a).toEqual(b)
      }
    },
    60_000,
  )

  test.each([101, 102, 103])(
    'a log that a server loads, seed %i',
    async (seed) => {
      const commands = streamCommands(seeded(seed), seed % 2 === 0)
      const engine = newEngine()
      const records = [resp('SELECT', '0'), resp('SET', 'string', '')]
      for (let i = 0; i < 2000; i++) {
        // A loading server gives each record to a command, however few its arguments are.
        const command = commands.next()
        if (command[0] === 'XGROUP') continue
        engine.run(...command)
        records.push(resp(...command.map((word) => Buffer.from(String(word), 'latin1'))))
      }
      const loading = await startServer({
        args: ['--appendonly', 'yes', '--rdbcompression', 'no'],
        files: {'appendonly.aof': bytes(...records)},
      })
      try {
        for (const key of KEYS) {
          const now = engine.call.nowMs
          const state = sameTimes(await serverStream(loading.client, key), now)
          expect(sameTimes(engineStream(engine, key), now)).toEqual(state)
          if (!state) continue
          const payload = (await dump(loading.client, key)) as Buffer
          expect(engineNodes(engine, key)).toEqual(dumpedNodes(payload))
        }
      } finally {
        await loading.stop()
      }
    },
    60_000,
  )
})

describe.each(serversAvailable())('the log of $version', ({path, version}) => {
  const withActive = !version.includes(' 7.0')

  test.each([201, 202, 203])(
    'is replayed as the server loads it, seed %i',
    async (seed) => {
      const server = await startServer({
        program: path,
        args: ['--appendonly', 'yes', '--rdbcompression', 'no'],
      })
      try {
        const {client, dir} = server
        const commands = streamCommands(seeded(seed), seed % 2 === 0)
        await client.command('SET', 'string', '')
        for (let i = 0; i < 1500; i++) {
          const words = commands.next().map((word) => Buffer.from(String(word), 'latin1'))
          await client.raw(...words)
        }
        expect(await client.text('DEBUG', 'LOADAOF')).toBe('OK')
        const engine = new EngineUnderTest([...STREAMS_APPLY, ...OTHERS], {stream: STREAM_OPS})
        engine.call.nowMs = Date.now()
        const log = readFileSync(join(dir, 'appendonlydir/appendonly.aof.1.incr.aof'))
        for (const record of new RespReader(log).records()) {
          if (['SELECT', 'MULTI', 'EXEC'].includes(record[0])) continue
          const error = engine.run(...record)
          expect({record, error}).toEqual({record, error: null})
        }
        for (const key of KEYS) {
          const state = sameTimes(await serverStream(client, key), engine.call.nowMs, withActive)
          expect(sameTimes(engineStream(engine, key), engine.call.nowMs, withActive)).toEqual(state)
          if (!state) continue
          expect(engineNodes(engine, key)).toEqual(dumpedNodes((await dump(client, key)) as Buffer))
        }
      } finally {
        await server.stop()
      }
    },
    60_000,
  )
})
