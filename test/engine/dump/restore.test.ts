/** What the engine holds can be given back: every key, written as a DUMP payload, is restored by a server to the same digest. */
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {RESTORE_APPLY} from '../../../src/engine/apply/restore.ts'
import type {Keyspace} from '../../../src/engine/keyspace.ts'
import {logicalOf} from '../../../src/engine/values/kinds.ts'
import {VALUE_OPS} from '../../../src/engine/values/table.ts'
import {dumpPayload, str} from '../../support/bytes.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {listFixtures, truthRows} from '../../support/fixtures.ts'
import {base64} from '../../support/rows.ts'
import {
  type RunningServer,
  serverProgram,
  serversAvailable,
  startServer,
} from '../../support/server.ts'
import {written} from '../../support/write-rdb.ts'
import {loadFixture} from './loaded.ts'

const VERSION = 10
const MAGIC = 'REDIS0010'.length
/** Type, length and name of the key `k`. */
const HEAD = 3
/** Opcode of the end, checksum. */
const TAIL = 9

const is70 = serversAvailable().some(
  ({name, version}) => name === 'default' && version.startsWith('Redis 7.0'),
)
const describeWithServer = serverProgram() && is70 ? describe : describe.skip

/** The fixtures whose digests 7.0 gives too: its own. */
const FIXTURES = listFixtures().filter(
  ({server, variant}) => server === 'redis-7.0.15' && /^(full|aof|small$)/.test(variant),
)

describeWithServer('payloads of what the engine holds', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startServer()
  })

  afterAll(() => server.stop())

  test.each(FIXTURES.map((each) => [each.name, each] as const))('%s', async (_, fixture) => {
    const {client} = server
    const {keyspace} = loadFixture(fixture)
    const truth = new Map(truthRows(fixture).map((row) => [`${row.db}/${row.key}`, row]))
    const wrong: string[] = []
    let keys = 0
    for (const {name, payload, expiresAtMs} of payloads(keyspace)) {
      keys++
      const reply = client.raw('RESTORE', 'k', expiresAtMs ?? 0, payload, 'REPLACE', 'ABSTTL')
      const [digest] = (await client.command('DEBUG', 'DIGEST-VALUE', 'k')) as Buffer[]
      const said = String(await reply)
      if (said !== 'OK' || String(digest) !== truth.get(name)?.digest) wrong.push(`${name} ${said}`)
    }
    expect(wrong).toEqual([])
    expect(keys).toBe(truth.size)
  })
})

interface Payload {
  /** `db/base64 key` */
  name: string
  payload: Buffer
  /** The digest says whether a key has an expiry. */
  expiresAtMs: number | null
}

function* payloads(keyspace: Keyspace): Generator<Payload> {
  const key = {memory: Buffer.from('k'), keyStart: 0, keyEnd: 1}
  const head = {...key, expiresAtMs: null, idleSeconds: null, freq: null}
  for (const number of keyspace.numbers()) {
    const db = keyspace.database(number)
    for (const entry of db.entries()) {
      const file = written({dialect: 'redis', version: VERSION}, (writer) => {
        const visit = writer.beginEntry(head)
        VALUE_OPS[logicalOf(db.kind(entry))].visit(keyspace, entry, visit)
      })
      const body = file.subarray(MAGIC + HEAD, -TAIL)
      const name = base64(keyspace.arena.memory, db.keyStart(entry), db.keyEnd(entry))
      const payload = dumpPayload(file[MAGIC], body, VERSION)
      yield {name: `${number}/${name}`, payload, expiresAtMs: db.expiresAtMs(entry)}
    }
  }
}

test('what was restored leaves no memory behind when it goes', () => {
  const engine = new EngineUnderTest(RESTORE_APPLY, {})
  const payload = dumpPayload(0, str('x'.repeat(50_000)), VERSION)
  const used = (round: number) => {
    for (let i = 0; i < 20; i++)
      expect(engine.run('RESTORE', `${round}:${i}`, 0, payload)).toBe(null)
    engine.keyspace.flushAll()
    return engine.keyspace.arena.used
  }
  const first = used(0)
  expect([1, 2, 3].map(used)).toEqual([first, first, first])
})
