/** Commands whose outcome chance or the clock decides: what they did is only known from what they answer and tell. */
import type {Words} from '../read-commands.ts'
import {type Maker, oneOf} from './group.ts'

type Random = Parameters<Maker>[0]

/** The clock of the test goes on by so many ms at most with each command: fields expire while others come. */
export const STEP_MS = 3

const many = (random: Random, most: number, make: () => string): string[] =>
  Array.from({length: 1 + random.int(most)}, make)
const field = (random: Random) => `field ${random.int(8)}`
const soon = (random: Random) => String(random.int(STEP_MS * 10))

const fields = (random: Random): string[] => {
  const names = many(random, 3, () => field(random))
  return ['FIELDS', String(names.length), ...names]
}

const pairs = (random: Random): string[] =>
  many(random, 3, () => field(random)).flatMap((name) => [name, String(random.int(100))])

/** A time that comes soon, far ones and none. */
const times = (random: Random): string[] =>
  random.pick([['PX', soon(random)], ['PX', soon(random)], ['EX', '100'], ['PXAT', '1'], []])

function hsetex(random: Random): Words {
  const own = pairs(random)
  const options = [
    ...random.pick([[], [], ['FNX'], ['FXX']]),
    ...random.pick([['KEEPTTL'], times(random)]),
  ]
  return ['HSETEX', 'd', ...options, 'FIELDS', String(own.length / 2), ...own]
}

const ROWS: readonly Maker[] = [
  (random) => ['SADD', 'c', ...many(random, 40, () => `m${random.int(200)}`)],
  (random) => ['SADD', 'c', ...many(random, 10, () => String(random.int(300)))],
  (random) => ['SPOP', 'c', ...random.pick([[], ['0'], ['1'], ['3'], ['20'], ['400']])],
  (random) => ['SRANDMEMBER', 'c', ...random.pick([[], ['3'], ['-7'], ['400']])],
  (random) => ['HSET', 'd', ...pairs(random)],
  (random) => [
    'HPEXPIRE',
    'd',
    soon(random),
    ...random.pick([[], ['NX'], ['GT']]),
    ...fields(random),
  ],
  (random) => ['HPEXPIRE', 'd', soon(random), ...fields(random)],
  (random) => [
    'HEXPIRE',
    'd',
    random.pick(['0', '100']),
    ...random.pick([[], ['LT'], ['XX']]),
    ...fields(random),
  ],
  (random) => ['HPERSIST', 'd', ...fields(random)],
  (random) => ['HINCRBY', 'd', field(random), '1'],
  (random) => ['HINCRBYFLOAT', 'd', field(random), '1.5'],
  (random) => ['HSETNX', 'd', field(random), '7'],
  (random) => ['HDEL', 'd', ...many(random, 2, () => field(random))],
  (random) => ['HGETDEL', 'd', ...fields(random)],
  (random) => ['HGETEX', 'd', ...random.pick([['PERSIST'], times(random)]), ...fields(random)],
  hsetex,
  (random) => ['PEXPIRE', random.pick(['c', 'd']), String(random.int(STEP_MS * 100))],
]

export const chanceCommand: Maker = (random) => oneOf(random, ROWS)
