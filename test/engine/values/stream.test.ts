import {describe, expect, test} from '@jest/globals'
import {STREAMS_APPLY} from '../../../src/engine/apply/streams.ts'
import {STREAM_OPS, streamOf, visitNodes} from '../../../src/engine/values/stream.ts'
import {StreamLoader} from '../../../src/engine/values/stream-loader.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {seeded} from '../../support/random.ts'
import {streamCommands} from '../../support/stream-commands.ts'
import {engineNodes, engineStream} from '../../support/stream-state.ts'

const NOW_MS = 1_700_000_000_000

function newEngine(): EngineUnderTest {
  const engine = new EngineUnderTest(STREAMS_APPLY, {stream: STREAM_OPS})
  engine.call.nowMs = NOW_MS
  return engine
}

/** An engine with the stream `a` that random commands made. */
function busyEngine(seed: number): EngineUnderTest {
  const engine = newEngine()
  const commands = streamCommands(seeded(seed))
  for (let i = 0; i < 1500; i++) {
    const command = commands.next()
    if (command[0] !== 'DEL') engine.run(...command)
  }
  return engine
}

/** Put what a loader got under a new key. */
function keep(engine: EngineUnderTest, key: string, loader: {into: StreamLoader['into']}): void {
  const name = Buffer.from(key)
  const db = engine.keyspace.database(0)
  expect(loader.into(db, db.add(name, 0, name.length, 0))).not.toBe(0)
}

const withoutNodes = (engine: EngineUnderTest, key: string) => ({
  ...engineStream(engine, key),
  nodes: null,
})

describe.each([1, 2, 3])('a stream of random commands, seed %i', (seed) => {
  test('is the same after a loader took what a visitor was given', () => {
    const engine = busyEngine(seed)
    const loader = STREAM_OPS.loader(engine.keyspace)
    // One loader serves many values.
    for (const key of ['b', 'a']) {
      const entry = engine.find(0, key)
      if (entry !== 0) STREAM_OPS.visit(engine.keyspace, entry, loader)
    }
    keep(engine, 'copy', loader)
    expect(withoutNodes(engine, 'copy')).toEqual(withoutNodes(engine, 'a'))
    expect(engine.encoding(0, 'copy')).toBe('stream')
  })

  test('keeps its nodes when whole ones are taken over', () => {
    const engine = busyEngine(seed)
    const loader = new StreamLoader()
    loader.begin('stream', 21)
    visitNodes(streamOf(engine.keyspace, engine.find(0, 'a')), (bytes, start, end) => {
      expect(loader.streamNode(bytes, 0, start, end)).toBe(true)
    })
    const meta = engine.value(0, 'a')
    if (meta?.type !== 'stream') throw new Error('no stream')
    loader.streamEnd(meta.value.meta!)
    keep(engine, 'taken', loader)
    expect(engineNodes(engine, 'taken')).toEqual(engineNodes(engine, 'a'))
    expect({...engineStream(engine, 'taken'), groups: []}).toEqual({
      ...engineStream(engine, 'a'),
      groups: [],
    })
  })

  test('is copied whole: what happens to the copy does not touch it', () => {
    const engine = busyEngine(seed)
    const before = engineStream(engine, 'a')
    const db = engine.keyspace.database(0)
    const name = Buffer.from('copy')
    STREAM_OPS.copy(db, engine.find(0, 'a'), db, db.add(name, 0, 4, 0))
    expect(engineStream(engine, 'copy')).toEqual(before)
    engine.run('XGROUP', 'CREATE', 'copy', 'new', '0')
    engine.run('XREADGROUP', 'GROUP', 'new', 'me', 'STREAMS', 'copy', '>')
    engine.run('XACK', 'copy', 'g', ...(before?.entries.map(([id]) => id) ?? ['0-1']))
    engine.run('XADD', 'copy', '9999-1', 'f', 'v')
    engine.run('XTRIM', 'copy', 'MAXLEN', '0')
    expect(engineStream(engine, 'a')).toEqual(before)
    expect(engineStream(engine, 'copy')?.entries).toEqual([])
  })
})

test('a node whose count is wrong is not taken over', () => {
  const engine = busyEngine(1)
  visitNodes(streamOf(engine.keyspace, engine.find(0, 'a')), (bytes, start, end) => {
    const wrong = bytes.slice(0, end)
    wrong[start + 6] ^= 1
    const loader = new StreamLoader()
    loader.begin('stream', 21)
    expect(loader.streamNode(wrong, 0, start, end)).toBe(false)
  })
})

test('ids that the server makes come from the given time', () => {
  const engine = newEngine()
  engine.run('XADD', 's', '*', 'f', '1')
  engine.run('XADD', 's', '*', 'f', '2')
  engine.call.nowMs -= 5
  engine.run('XADD', 's', '*', 'f', '3')
  engine.call.nowMs += 6
  engine.run('XADD', 's', '*', 'f', '4')
  expect(engineStream(engine, 's')?.entries.map(([id]) => id)).toEqual([
    `${NOW_MS}-0`,
    `${NOW_MS}-1`,
    `${NOW_MS}-2`,
    `${NOW_MS + 1}-0`,
  ])
})

const MAX = '18446744073709551615'

test.each([
  {last: `5-${MAX}`, id: '*', expected: `${NOW_MS}-0`},
  {last: `${NOW_MS}-${MAX}`, id: '*', expected: `${NOW_MS + 1}-0`},
  {
    last: `5-${MAX}`,
    id: '5-*',
    expected: 'ERR The ID specified in XADD is equal or smaller than the target stream top item',
  },
  {
    last: `${MAX}-${MAX}`,
    id: '*',
    expected: 'ERR The stream has exhausted the last possible ID, unable to add more items',
  },
  {last: `${MAX}-7`, id: '*', expected: `${MAX}-8`},
])('$id behind $last is $expected', ({last, id, expected}) => {
  const engine = newEngine()
  engine.run('XADD', 's', last, 'f', 'v')
  const error = engine.run('XADD', 's', id, 'f', 'v')
  expect(error ?? engineStream(engine, 's')?.lastId).toBe(expected)
})

describe('commands of Redis 8.2 and later', () => {
  /** Entries 1-0 to 4-0; g has read all, h the first two; g gave up 4-0 to nobody. */
  function prepared(): EngineUnderTest {
    const engine = newEngine()
    for (const ms of [1, 2, 3, 4]) engine.run('XADD', 's', `${ms}-0`, 'f', ms)
    engine.run('XGROUP', 'CREATE', 's', 'g', '0')
    engine.run('XGROUP', 'CREATE', 's', 'h', '0')
    engine.run('XREADGROUP', 'GROUP', 'g', 'me', 'STREAMS', 's', '>')
    engine.run('XREADGROUP', 'GROUP', 'h', 'you', 'COUNT', '2', 'STREAMS', 's', '>')
    return engine
  }
  const left = (engine: EngineUnderTest) => {
    const state = engineStream(engine, 's')
    const pending = state?.groups.map((group) => group.pending.map(([id]) => id[0]).join(''))
    return [state?.entries.map(([id]) => id[0]).join(''), ...(pending ?? [])]
  }

  test.each([
    {words: 'XDELEX s IDS 2 1-0 3-0', expected: ['24', '1234', '12']},
    {words: 'XDELEX s DELREF IDS 2 1-0 3-0', expected: ['24', '24', '2']},
    {words: 'XDELEX s ACKED IDS 2 1-0 3-0', expected: ['1234', '1234', '12']},
    {words: 'XACKDEL s g IDS 2 1-0 3-0', expected: ['24', '24', '12']},
    {words: 'XACKDEL s g DELREF IDS 2 1-0 3-0', expected: ['24', '24', '2']},
    {words: 'XACKDEL s g ACKED IDS 2 1-0 3-0', expected: ['1234', '24', '12']},
    {words: 'XACKDEL s h ACKED IDS 1 3-0', expected: ['1234', '1234', '12']},
    {words: 'XACKDEL s none IDS 1 1-0', expected: ['1234', '1234', '12']},
  ])('$words', ({words, expected}) => {
    const engine = prepared()
    expect(engine.run(...words.split(' '))).toBe(null)
    expect(left(engine)).toEqual(expected)
  })

  test('an entry is deleted when the last group has acknowledged it', () => {
    const engine = prepared()
    engine.run('XACKDEL', 's', 'h', 'ACKED', 'IDS', '1', '1-0')
    engine.run('XACKDEL', 's', 'g', 'ACKED', 'IDS', '1', '1-0')
    expect(left(engine)).toEqual(['234', '234', '2'])
    expect(engineStream(engine, 's')?.maxDeletedId).toBe('1-0')
  })

  test.each([
    {words: 'XNACK s g SILENT IDS 1 3-0', count: 0n},
    {words: 'XNACK s g FAIL IDS 1 3-0', count: 1n},
    {words: 'XNACK s g FATAL IDS 1 3-0', count: 0x7fffffffffffffffn},
    {words: 'XNACK s g FAIL IDS 1 3-0 RETRYCOUNT 9', count: 9n},
    {words: 'XNACK s h FAIL IDS 2 3-0 9-9 RETRYCOUNT 9 FORCE', count: 9n},
  ])('$words', ({words, count}) => {
    const engine = prepared()
    expect(engine.run(...words.split(' '))).toBe(null)
    const value = engine.value(0, 's')
    const name = words[8]
    const group = value?.type === 'stream' ? value.value.groups[name === 'g' ? 0 : 1] : undefined
    expect(group?.nacked).toEqual(['3-0'])
    expect(group?.consumers[0].pending).toEqual(
      name === 'g' ? ['1-0', '2-0', '4-0'] : ['1-0', '2-0'],
    )
    expect(group?.pending.find(({id}) => id === '3-0')).toEqual({
      id: '3-0',
      deliveryTimeMs: 0n,
      deliveryCount: count,
    })
  })

  test('a nacked entry keeps its place among others until somebody claims it', () => {
    const engine = prepared()
    engine.run('XNACK', 's', 'g', 'FAIL', 'IDS', '3', '4-0', '1-0', '3-0')
    engine.run('XCLAIM', 's', 'g', 'other', '0', '1-0', 'TIME', '77', 'RETRYCOUNT', '3')
    const loader = STREAM_OPS.loader(engine.keyspace)
    STREAM_OPS.visit(engine.keyspace, engine.find(0, 's'), loader)
    keep(engine, 'copy', loader)
    for (const key of ['s', 'copy']) {
      const value = engine.value(0, key)
      const [group] = value?.type === 'stream' ? value.value.groups : []
      expect(group.nacked).toEqual(['4-0', '3-0'])
      expect(group.consumers.map(({pending}) => pending)).toEqual([['2-0'], ['1-0']])
    }
  })

  test.each([
    {words: 'XNACK s g MAYBE IDS 1 1-0', error: 'ERR syntax error'},
    {words: 'XNACK s x FAIL IDS 1 1-0', error: "NOGROUP No such key 's' or consumer group 'x'"},
    {words: 'XDELEX s KEEPREF 1 1-0', error: 'ERR syntax error'},
    {words: 'XDELEX s IDS 0 1-0', error: 'ERR Number of IDs must be a positive integer'},
    {
      words: 'XCFGSET s IDMP-DURATION 0',
      error: 'ERR IDMP-DURATION must be between 1 and 86400 seconds',
    },
    {
      words: 'XCFGSET s IDMP-MAXSIZE 10001',
      error: 'ERR IDMP-MAXSIZE must be between 1 and 10000 entries',
    },
    {words: 'XCFGSET none IDMP-MAXSIZE 1', error: 'ERR no such key'},
  ])('$words fails', ({words, error}) => {
    const engine = prepared()
    const before = engine.value(0, 's')
    expect(engine.run(...words.split(' '))).toBe(error)
    expect(engine.value(0, 's')).toEqual(before)
  })

  test('what producers sent is kept, bounded, and forgotten with other settings', () => {
    const engine = prepared()
    engine.run('XCFGSET', 's', 'IDMP-DURATION', '5', 'IDMP-MAXSIZE', '2')
    engine.run('XADD', 's', 'IDMP', 'p', 'one', '5-0', 'f', 'v')
    engine.run('XADD', 's', 'IDMP', 'p', 'one', '6-0', 'f', 'v')
    for (const [iid, id] of [
      ['two', '1-0'],
      ['three', '2-0'],
      ['four', '7-0'],
    ]) {
      engine.run('XIDMPRECORD', 's', 'p', iid, id)
    }
    const kept = () => {
      const value = engine.value(0, 's')
      if (value?.type !== 'stream') throw new Error('no stream')
      const {idmp, producers, meta} = value.value
      const names = producers.map(({iids}) =>
        iids.map(({iid, ms}) => `${Buffer.from(iid).toString()} ${ms}`),
      )
      return {...idmp, names, lastId: meta?.lastId.ms}
    }
    const settings = {durationSeconds: 5n, maxEntries: 2n, iidsAdded: 3n, iidsDuplicates: 1n}
    expect(kept()).toEqual({...settings, names: [['two 1', 'three 2']], lastId: 5n})
    const loader = STREAM_OPS.loader(engine.keyspace)
    STREAM_OPS.visit(engine.keyspace, engine.find(0, 's'), loader)
    engine.keyspace.database(0).remove(engine.find(0, 's'))
    keep(engine, 's', loader)
    expect(kept()).toEqual({...settings, names: [['two 1', 'three 2']], lastId: 5n})
    engine.run('XCFGSET', 's', 'IDMP-MAXSIZE', '3')
    expect(kept()).toEqual({...settings, maxEntries: 3n, names: [], lastId: 5n})
  })
})
