import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {GEO_APPLY} from '../../../src/engine/apply/geo.ts'
import {ZSETS_APPLY} from '../../../src/engine/apply/zsets.ts'
import {ZSET_OPS} from '../../../src/engine/values/zset.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {EngineAndServer, type Words} from '../../support/engine-server.ts'
import {type Random, randomSeed, seeded} from '../../support/random.ts'
import {
  type RunningServer,
  serverProgram,
  serversAvailable,
  startServer,
} from '../../support/server.ts'

const newEngine = () => new EngineUnderTest([...GEO_APPLY, ...ZSETS_APPLY], {zset: ZSET_OPS})

function pairs(engine: EngineUnderTest, key: string): [string, number][] | null {
  const value = engine.value(0, key)
  if (value?.type !== 'zset') return null
  return value.value.map(([member, score]) => [Buffer.from(member).toString('latin1'), score])
}

function after(commands: Words[]): EngineUnderTest {
  const engine = newEngine()
  for (const words of commands) expect([words[0], engine.run(...words)]).toEqual([words[0], null])
  return engine
}

const SICILY: Words[] = [
  ['GEOADD', 'g', '13.361389', '38.115556', 'Palermo', '15.087269', '37.502669', 'Catania'],
]

test('a place is a score of 52 bits', () => {
  expect(pairs(after(SICILY), 'g')).toEqual([
    ['Palermo', 3479099956230698],
    ['Catania', 3479447370796909],
  ])
})

test('a search stores scores, or distances in its unit', () => {
  const search = (...words: string[]): Words => [
    'GEORADIUS',
    'g',
    '15',
    '37',
    '100',
    'km',
    ...words,
  ]
  const engine = after([...SICILY, search('STORE', 'scores'), search('STOREDIST', 'far')])
  expect(pairs(engine, 'scores')).toEqual([['Catania', 3479447370796909]])
  expect(pairs(engine, 'far')).toEqual([['Catania', 56.4412578701582]])
})

test('a search in a polygon stores distances from its middle', () => {
  const polygon = '4 12 37 16 37 16 39 12 39'.split(' ')
  const search: Words = ['GEOSEARCHSTORE', 'far', 'g', 'BYPOLYGON', ...polygon, 'STOREDIST']
  const engine = after([...SICILY, ['GEOADD', 'g', '14', '37.8', 'x'], search])
  // As Valkey 9.1.2 stores them.
  expect(pairs(engine, 'far')).toEqual([
    ['x', 24129.513988912142],
    ['Palermo', 56987.49327453747],
    ['Catania', 111411.08391561451],
  ])
})

test('a search that finds nothing removes its destination', () => {
  const commands: Words[] = [
    ['ZADD', 'to', '1', 'a'],
    ['GEOSEARCHSTORE', 'to', 'none', 'FROMLONLAT', '1', '2', 'BYRADIUS', '1', 'm'],
  ]
  expect(pairs(after(commands), 'to')).toBeNull()
})

const KEYS = ['g', 'h', 'to', 'text']
const CENTERS: readonly (readonly [number, number])[] = [
  [0, 0],
  [13.4, 52.5],
  [-179.99, 10],
  [179.99, -70],
  [-120, 84.9],
  [90, -85],
]

function place(random: Random): string[] {
  if (random.int(12) === 0) {
    return [
      random.pick(['180', '-180', '0', '181', 'x', '1e400', '-0', 'inf']),
      random.pick(['85.05112878', '-85.05112878', '0', '85.06', '', '1e25']),
    ]
  }
  const [lon, lat] = random.pick(CENTERS)
  const size = 10 ** -random.int(6)
  const part = () => (random.u32() / 2 ** 31 - 1) * size
  // Some places are the same, which decides who comes first.
  const digits = random.int(3) === 0 ? 1 : 8
  return [clamp(lon + part() * 9, 180).toFixed(digits), clamp(lat + part() * 9, 85).toFixed(digits)]
}

const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value))

const member = (random: Random): string => `m${random.int(400)}`
const length = (random: Random): string =>
  random.int(20) === 0
    ? random.pick(['0', '-1', 'x', '1e400', '30000'])
    : ((random.u32() / 2 ** 32) * 10 ** random.int(6)).toFixed(random.int(4))
const unit = (random: Random): string =>
  random.pick(['m', 'km', 'KM', 'ft', 'mi', 'km', random.int(9) ? 'km' : 'x'])

function options(random: Random): string[] {
  const chosen: string[] = []
  if (random.int(2) === 0) chosen.push(random.pick(['ASC', 'desc']))
  if (random.int(2) === 0)
    chosen.push('COUNT', random.pick(['1', '2', '5', '9', '60', random.int(9) ? '3' : '0']))
  if (random.int(3) === 0) chosen.push('any')
  if (random.int(25) === 0) chosen.push(random.pick(['WITHDIST', 'withhash', 'x']))
  return chosen
}

function command(random: Random): Words {
  const key = () => random.pick(random.int(20) === 0 ? KEYS : ['g', 'h'])
  switch (random.int(10)) {
    case 0:
      return [
        'georadius',
        key(),
        ...place(random),
        length(random),
        unit(random),
        'STORE',
        'to',
        ...options(random),
      ]
    case 1:
      return [
        'GEORADIUSBYMEMBER',
        key(),
        member(random),
        length(random),
        unit(random),
        ...options(random),
        'store',
        'to',
      ]
    case 2:
    case 3:
      return [
        'GEOSEARCHSTORE',
        'to',
        key(),
        'FROMLONLAT',
        ...place(random),
        ...shape(random),
        ...options(random),
      ]
    case 4:
      return [
        'GEOSEARCHSTORE',
        'to',
        key(),
        ...shape(random),
        'frommember',
        member(random),
        ...options(random),
      ]
    case 5:
      return ['ZREM', key(), member(random), member(random)]
    case 6:
      return [
        'ZADD',
        'h',
        random.pick(['-1', '4e15', '1e300', '-inf', '0.5', '4503599627370495.5']),
        member(random),
      ]
    case 7:
      return [
        'GEOADD',
        'g',
        ...Array.from({length: 60}, () => [...placeNear(random), member(random)]).flat(),
      ]
    default: {
      const option = random.int(4) === 0 ? [random.pick(['NX', 'xx', 'CH'])] : []
      return [
        'GEOADD',
        key(),
        ...option,
        ...place(random),
        member(random),
        ...place(random),
        member(random),
      ]
    }
  }
}

function placeNear(random: Random): string[] {
  const [lon, lat] = CENTERS[1]
  return [(lon + random.int(40) / 100).toFixed(2), (lat + random.int(40) / 100).toFixed(2)]
}

function shape(random: Random): string[] {
  if (random.int(2) === 0) return ['BYRADIUS', length(random), unit(random)]
  return ['bybox', length(random), length(random), unit(random)]
}

/** Three to seven vertices, sides that cross among them; not around a pole, where servers read what was never written. */
function polygon(random: Random): Words {
  const count = 3 + random.int(5)
  const size = random.pick([1, 10, 60])
  const part = (most: number) => ((random.u32() / 2 ** 31 - 1) * most * size) / 60
  const [lon, lat] = [part(120), part(60)]
  const vertices = Array.from({length: count}, () =>
    random.int(4) === 0
      ? placeNear(random)
      : [clamp(lon + part(120), 180).toFixed(5), clamp(lat + part(60), 70).toFixed(5)],
  )
  const claimed = random.int(15) === 0 ? random.pick([2, 0, -1, 9]) : count
  const from = random.int(12) === 0 ? ['FROMLONLAT', '1', '2'] : []
  const search = ['BYPOLYGON', String(claimed), ...vertices.flat()]
  const parts = random.int(2) === 0 ? [...from, ...search] : [...search, ...from]
  return ['GEOSEARCHSTORE', 'to', 'g', ...parts, ...options(random)]
}

async function runs(
  server: RunningServer,
  random: Random,
  next: (random: Random) => Words = command,
): Promise<void> {
  for (let run = 0; run < 15; run++) {
    const both = new EngineAndServer(newEngine(), server.client)
    await both.begin('text')
    for (let round = 0; round < 40; round++) {
      await both.run(Array.from({length: 8}, () => next(random)))
      await both.compare(['to', 'text'], {encodings: true})
    }
    await both.compare(KEYS, {encodings: true})
  }
}

;(serverProgram() ? describe : describe.skip)('beside a real server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test('a fixed run ends alike', () => runs(server, seeded(1)))
  test('a new run ends alike', () => runs(server, randomSeed('geo')))

  test('distances are the same, but for the last bits of a few in a thousand', async () => {
    const random = seeded(3)
    const engine = newEngine()
    const both = new EngineAndServer(engine, server.client)
    await both.begin('text')
    const degrees = (most: number) => ((random.u32() / 2 ** 31 - 1) * most).toFixed(7)
    const places = (i: number) => [degrees(180), degrees(85), `m${i}`]
    await both.run(Array.from({length: 4000}, (_, i) => ['GEOADD', 'g', ...places(i)]))
    await both.run([['GEORADIUS', 'g', '13.4', '52.5', '30000', 'km', 'STOREDIST', 'to']])
    const reply = (await server.client.command('ZRANGE', 'to', 0, -1, 'WITHSCORES')) as Buffer[]
    const theirs = new Map<string, number>()
    for (let i = 0; i < reply.length; i += 2) theirs.set(String(reply[i]), Number(reply[i + 1]))
    const own = pairs(engine, 'to') ?? []
    expect(own.length).toBe(theirs.size)
    let different = 0
    for (const [name, distance] of own) {
      const other = theirs.get(name) ?? Number.NaN
      expect(Math.abs(distance - other)).toBeLessThanOrEqual(other * 2 ** -51)
      if (distance !== other) different++
    }
    expect(different).toBeLessThan(own.length / 250)
  })
})

const withPolygons = serversAvailable().filter(({version}) => /^Valkey (9|\d\d)/.test(version))

;(withPolygons.length > 0 ? describe : describe.skip)('beside a server that knows polygons', () => {
  test.each(withPolygons.map((each) => [each.version, each] as const))(
    'searches in polygons end alike in %s',
    async (_, {path: program}) => {
      const server = await startServer({program})
      const mixed = (random: Random): Words =>
        random.int(3) === 0 ? polygon(random) : places(random)
      try {
        await runs(server, randomSeed('polygons'), mixed)
      } finally {
        await server.stop()
      }
    },
    60_000,
  )
})

const places = (random: Random): Words => {
  const around = () => (random.int(3) === 0 ? place(random) : placeNear(random))
  return ['GEOADD', 'g', ...Array.from({length: 30}, () => [...around(), member(random)]).flat()]
}
