import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {Kind, objectOf, releaseValue, valueField} from '../../../src/engine/values/kinds.ts'
import {ListLoader, takeListPacked} from '../../../src/engine/values/list.ts'
import type {ListNodes} from '../../../src/engine/values/list-nodes.ts'
import type {EngineUnderTest, Word} from '../../support/engine.ts'
import {both, command, isTried, KEYS, newEngine} from '../../support/list-commands.ts'
import {seeded} from '../../support/random.ts'
import {type RunningServer, serversAvailable, startServer} from '../../support/server.ts'

const NEWER = serversAvailable().filter(({version}) => !/ [67]\.[01]/.test(version))

/** Nodes as OBJECT ENCODING and DEBUG OBJECT show them: from 7.4 on, when large elements came to stand alone. */
const everyServer =
  NEWER.length > 0
    ? describe.each(NEWER)
    : describe.skip.each([{path: '', version: 'newer servers'}])

everyServer('the encoding is that of $version', ({path, version}) => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({program: path})
  })
  afterAll(() => server?.stop())

  const shape = (engine: EngineUnderTest, key: Word): string => {
    const {keyspace} = engine
    const entry = engine.find(0, key)
    if (entry === 0) return 'none'
    if (keyspace.database(0).kind(entry) !== Kind.LIST) return engine.encoding(0, key) as string
    return `quicklist ${objectOf<ListNodes>(keyspace, entry).length}`
  }

  /** What a server does with a list that it reads from a file. */
  const reload = (engine: EngineUnderTest, key: Word): void => {
    const {keyspace} = engine
    const {memory, view} = keyspace.arena
    const db = keyspace.database(0)
    const entry = engine.find(0, key)
    if (entry === 0 || db.kind(entry) === Kind.STRING) return
    const block = valueField(keyspace, entry)
    if (db.kind(entry) === Kind.LIST_PACKED) {
      const blob = memory.slice(block, block + view.getUint32(block, true))
      releaseValue(keyspace, entry)
      expect(takeListPacked(db, entry, blob, 0, blob.length)).toBe(entry)
      return
    }
    const loader = new ListLoader(keyspace)
    const nodes = objectOf<ListNodes>(keyspace, entry)
    loader.begin()
    for (let i = 0; i < nodes.length; i++) {
      const start = nodes.isPlain(i) ? nodes.plainStart(i) : nodes.at(i)
      const blob = memory.slice(start, start + nodes.bytesOf(i))
      if (nodes.isPlain(i)) loader.plain(blob, 0, blob.length)
      else loader.listNode(blob, 0, blob.length)
    }
    releaseValue(keyspace, entry)
    expect(loader.into(db, entry)).toBe(entry)
  }

  const theirShape = async (key: string): Promise<string> => {
    const reply = await server.client.raw('DEBUG', 'OBJECT', key)
    if (reply instanceof Error) return 'none'
    const [, encoding, nodes] = /encoding:(\w+)(?:.*ql_nodes:(\d+))?/.exec(String(reply)) ?? []
    return nodes ? `${encoding} ${nodes}` : encoding
  }

  test.each([1, 2, 3])(
    'after random commands, run %i',
    async (run) => {
      const random = seeded(run)
      const engine = newEngine()
      await server.client.command('FLUSHALL')
      let nodes = 0
      for (let round = 0; round < 150; round++) {
        const commands = Array.from({length: 8}, () => command(random)).filter(isTried)
        await both(engine, server, commands)
        if (round % 15 === 14) {
          await server.client.command('DEBUG', 'RELOAD')
          for (const key of KEYS) reload(engine, key)
        }
        for (const key of KEYS) {
          nodes = Math.max(nodes, Number(/\d+/.exec(shape(engine, key)) ?? 0))
          expect(`${version} ${round} ${shape(engine, key)}`).toBe(
            `${version} ${round} ${await theirShape(key)}`,
          )
        }
      }
      expect(nodes).toBeGreaterThan(4)
    },
    60_000,
  )
})
