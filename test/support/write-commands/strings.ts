import {FUTURE_MS, KEYS, type Maker, oneOf, timeMs} from './group.ts'

const VALUES = ['', '0', '1', '-1', '42', '9223372036854775807', '-9223372036854775808', '01', 'x']
const FLOATS = ['1.5', '-0.25', '3', '1e3', '5.0e-2', '0', 'x', 'nan', 'inf', '1e400']
const INTEGERS = ['1', '-1', '5', '9223372036854775807', '-9223372036854775808', 'x', '1.5', '']

type Random = Parameters<Maker>[0]

const key = (random: Random) => random.pick(KEYS)
const value = (random: Random) =>
  random.int(4) === 0 ? `${random.int(9)}${'v'.repeat(random.int(300))}` : random.pick(VALUES)
const some = (random: Random, each: (random: Random) => string) =>
  Array.from({length: 1 + random.int(4)}, () => each(random))

/** Options of SET, some of which do not go together. */
function options(random: Random): string[] {
  const future = FUTURE_MS + random.int(1e6)
  const rows = [
    ['NX'],
    ['xx'],
    ['GET'],
    ['KEEPTTL'],
    ['PXAT', String(future)],
    ['EXAT', String(Math.floor(future / 1000))],
    ['EX', random.pick(['1000000', '0', '-1', 'x', '9223372036854775807'])],
    ['PX', random.pick(['1000000000', '0'])],
    ['EX'],
    ['NOPE'],
  ]
  const count = random.int(20) === 0 ? 3 : random.int(3)
  return Array.from({length: count}, () => random.pick(rows)).flat()
}

const ROWS: readonly Maker[] = [
  (random) => ['SET', key(random), value(random)],
  (random) => ['SET', key(random), value(random)],
  (random) => ['set', key(random), value(random), ...options(random)],
  (random) => ['SET', key(random), value(random), ...options(random)],
  (random) => ['SETNX', key(random), value(random)],
  (random) => ['SETEX', key(random), random.pick(['1000000', '0', '-5', 'x']), value(random)],
  (random) => ['PSETEX', key(random), random.pick(['1000000000', '0', 'x']), value(random)],
  (random) => ['GETSET', key(random), value(random)],
  (random) => ['GETDEL', key(random)],
  (random) => [
    'GETEX',
    key(random),
    ...random.pick([
      [],
      ['PERSIST'],
      ['PXAT', String(timeMs(random))],
      ['EXAT', String(Math.floor(timeMs(random) / 1000))],
      ['EX', random.pick(['1000000', '0', 'x'])],
      ['PERSIST', 'EX', '1'],
    ]),
  ],
  (random) => ['APPEND', key(random), value(random)],
  (random) => ['APPEND', key(random), value(random)],
  (random) => ['SETRANGE', key(random), random.pick(['0', '5', '-1', '100', 'x']), value(random)],
  (random) => ['SETRANGE', key(random), random.pick(['536870912', '1000']), value(random)],
  (random) => ['MSET', ...some(random, () => '').flatMap(() => [key(random), value(random)])],
  (random) => ['MSETNX', ...some(random, () => '').flatMap(() => [key(random), value(random)])],
  () => ['MSET', 'a', '1', 'b'],
  (random) => [random.pick(['INCR', 'DECR']), key(random)],
  (random) => [random.pick(['INCR', 'DECR']), key(random)],
  (random) => [random.pick(['INCRBY', 'DECRBY']), key(random), random.pick(INTEGERS)],
  (random) => ['INCRBYFLOAT', key(random), random.pick(FLOATS)],
  (random) => ['INCRBYFLOAT', key(random), random.pick(FLOATS)],
  (random) => ['GET', key(random)],
  (random) => ['MGET', ...some(random, key)],
  (random) => ['STRLEN', key(random)],
  (random) => ['OBJECT', 'ENCODING', key(random)],
]

export const stringCommand: Maker = (random) => oneOf(random, ROWS)
