import type {Random} from '../random.ts'
import {KEYS, type Maker, oneOf} from './group.ts'

const key = (random: Random) => random.pick(KEYS)
const some = (random: Random) => Array.from({length: 1 + random.int(3)}, () => key(random))
const elements = (random: Random, most: number) =>
  Array.from({length: random.int(most)}, () => `e${random.int(5000)}`)
/** No header, too few registers, none, no HyperLogLog. */
const WRONG = ['HYLL', 'HYLL\x01aaaaaaaaaaa\x7f\x00', 'HYLL\x00aaaaaaaaaaaa', 'text']

/** GETREG answers 16384 numbers: seldom. */
const DEBUG = ['ENCODING', 'ENCODING', 'decode', 'decode', 'TODENSE', 'X', 'GETREG']

const ROWS: readonly Maker[] = [
  (random) => ['PFADD', key(random), ...elements(random, 4)],
  (random) => ['PFADD', key(random), ...elements(random, 4)],
  (random) => ['PFADD', key(random), ...elements(random, 300)],
  (random) => ['PFCOUNT', key(random)],
  (random) => ['PFCOUNT', ...some(random)],
  (random) => ['PFMERGE', key(random), ...some(random)],
  (random) => ['PFDEBUG', random.pick(DEBUG), key(random)],
  (random) => ['GET', key(random)],
  (random) => ['STRLEN', key(random)],
  (random) => ['DEL', key(random)],
  (random) => ['SET', key(random), random.pick(WRONG)],
]

export const hyperloglogCommand: Maker = (random) => oneOf(random, ROWS)
