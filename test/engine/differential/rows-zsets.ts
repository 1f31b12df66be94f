/** Commands of sorted sets and of places, by weight. */
import {LEX_KEY, type Pool, type Words} from './words.ts'

export type WeightedRow = readonly [weight: number, make: (p: Pool) => Words]

/** How many keys, and the keys. */
export const numKeys = (p: Pool, max = 3): string[] => {
  const keys = p.keys(max)
  return [p.chance(97) ? String(keys.length) : p.pick(['0', '-1', 'x', '9']), ...keys]
}

const scoreBound = (p: Pool) => `${p.chance(20) ? '(' : ''}${p.float()}`
const lexBound = (p: Pool) =>
  p.chance(20) ? p.pick(['-', '+', 'x']) : `${p.pick(['[', '('])}${p.member()}`
const weights = (p: Pool, count: number) => [
  ...p.maybe(35, 'WEIGHTS', ...Array.from({length: count}, p.float)),
  ...p.maybe(35, 'AGGREGATE', p.pick(['SUM', 'min', 'MAX', 'AVG'])),
]

export const ZSETS: readonly WeightedRow[] = [
  [
    18,
    (p) => [
      'ZADD',
      p.key(),
      ...p.maybe(15, p.pick(['NX', 'XX'])),
      ...p.maybe(12, p.pick(['GT', 'lt'])),
      ...p.maybe(10, 'CH'),
      ...p.many(5, () => [p.float(), p.member()]).flat(),
    ],
  ],
  [2, (p) => ['ZADD', p.key(), ...p.many(200, () => [p.int(90), `m${p.int(900)}`]).flat()]],
  [2, (p) => ['ZADD', p.key(), 'INCR', p.float(), p.member()]],
  [6, (p) => ['ZINCRBY', p.key(), p.float(), p.member()]],
  [4, (p) => ['ZREM', p.key(), ...p.many(6, p.member)]],
  [2, (p) => ['ZREMRANGEBYRANK', p.key(), p.index(), p.index()]],
  [2, (p) => ['ZREMRANGEBYSCORE', p.key(), scoreBound(p), scoreBound(p)]],
  [2, (p) => ['ZREMRANGEBYLEX', LEX_KEY, lexBound(p), lexBound(p)]],
  [
    4,
    (p) => [
      p.pick(['ZPOPMIN', 'ZPOPMAX']),
      p.key(),
      ...p.maybe(40, p.pick(['0', '2', '100', '-1'])),
    ],
  ],
  [
    3,
    (p) => [
      'ZMPOP',
      ...numKeys(p),
      p.pick(['MIN', 'max']),
      ...p.maybe(50, 'COUNT', p.pick(['1', '3', '0'])),
    ],
  ],
  [8, (p) => zstore(p)],
  [2, (p) => ['ZDIFFSTORE', p.key(), ...numKeys(p)]],
  [5, (p) => ['ZADD', LEX_KEY, ...p.many(9, () => ['1', p.member()]).flat()]],
  [5, (p) => ['ZRANGESTORE', p.key(), ...zrange(p)]],
]

function zstore(p: Pool): string[] {
  const keys = numKeys(p)
  return [p.pick(['ZUNIONSTORE', 'ZINTERSTORE']), p.key(), ...keys, ...weights(p, keys.length - 1)]
}

function zrange(p: Pool): string[] {
  const rev = p.maybe(30, 'REV')
  if (p.chance(40)) return [p.key(), p.index(), p.index(), ...rev]
  const limit = p.maybe(40, 'LIMIT', p.index(), p.index())
  if (p.chance(50)) return [p.key(), scoreBound(p), scoreBound(p), 'BYSCORE', ...rev, ...limit]
  return [LEX_KEY, lexBound(p), lexBound(p), 'BYLEX', ...rev, ...limit]
}

const longitude = (p: Pool) =>
  p.pick(['13.361389', '-122.4', '0', '180', '-180', '181', String(p.random.int(3600) / 10 - 180)])
const latitude = (p: Pool) =>
  p.pick([
    '38.115556',
    '37.8',
    '0',
    '85.05112878',
    '-85.05112878',
    '86',
    String(p.random.int(1700) / 10 - 85),
  ])
const geoShape = (p: Pool) =>
  p.chance(50)
    ? ['BYRADIUS', p.int(9000), 'km']
    : ['BYBOX', p.int(9000), p.int(900000), p.pick(['m', 'mi', 'ft', 'km'])]
const order = (p: Pool) => [
  ...p.maybe(50, p.pick(['ASC', 'DESC'])),
  ...p.maybe(30, 'COUNT', p.pick(['1', '3'])),
]

// No STOREDIST: in the last bits of a distance the C library of a server is off now and then (geo.test.ts).
export const GEO: readonly WeightedRow[] = [
  [
    6,
    (p) => [
      'GEOADD',
      p.key(),
      ...p.maybe(10, 'NX'),
      ...p.many(4, () => [longitude(p), latitude(p), p.member()]).flat(),
    ],
  ],
  [
    3,
    (p) => [
      'GEOSEARCHSTORE',
      p.key(),
      p.key(),
      ...(p.chance(50) ? ['FROMLONLAT', longitude(p), latitude(p)] : ['FROMMEMBER', p.member()]),
      ...geoShape(p),
      ...order(p),
    ],
  ],
  [
    2,
    (p) => [
      'GEORADIUS',
      p.key(),
      longitude(p),
      latitude(p),
      p.int(9000),
      'km',
      ...order(p),
      'STORE',
      p.key(),
    ],
  ],
  [
    2,
    (p) => [
      'GEORADIUSBYMEMBER',
      p.key(),
      p.member(),
      p.int(9000),
      'mi',
      ...order(p),
      'STORE',
      p.key(),
    ],
  ],
]
