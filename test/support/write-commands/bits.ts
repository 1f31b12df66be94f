import type {Random} from '../random.ts'
import {KEYS, type Maker, oneOf} from './group.ts'

const OFFSETS = ['0', '7', '8', '100', '4000', '-1', 'x', '4294967295', '4294967296']
const FIELDS = ['u8', 'i8', 'u1', 'i64', 'u63', 'u64', 'i5', 'u0', 'x']
const FIELD_OFFSETS = ['0', '3', '64', '#1', '#0', '100', '-1', '#x']
const NUMBERS = ['1', '0', '-1', '255', '300', '9223372036854775807', '-9223372036854775808', 'x']

const key = (random: Random) => random.pick(KEYS)
const some = (random: Random) => Array.from({length: 1 + random.int(3)}, () => key(random))
/** Offsets near the end of what a string may be are right, but cost 512 MB. */
const offset = (random: Random) => random.pick(OFFSETS.filter((each) => each !== '4294967295'))

function field(random: Random): string[] {
  const at = [random.pick(FIELDS.slice(0, 7)), random.pick(FIELD_OFFSETS.slice(0, 6))]
  if (random.int(12) === 0) return ['GET', random.pick(FIELDS), random.pick(FIELD_OFFSETS)]
  return random.pick([
    ['GET', ...at],
    ['SET', ...at, random.pick(NUMBERS)],
    ['incrby', ...at, random.pick(NUMBERS)],
    ['OVERFLOW', random.pick(['WRAP', 'sat', 'FAIL', 'FAIL'])],
  ])
}

const ROWS: readonly Maker[] = [
  (random) => ['SETBIT', key(random), offset(random), random.pick(['0', '1', '1', '2'])],
  (random) => ['GETBIT', key(random), offset(random)],
  (random) => [
    'BITFIELD',
    key(random),
    ...Array.from({length: random.int(5)}, () => field(random)).flat(),
  ],
  (random) => ['BITFIELD', key(random), 'GET', 'u8', '0', ...field(random), 'GET', 'i64', '0'],
  (random) => ['BITFIELD_RO', key(random), 'GET', random.pick(FIELDS), random.pick(FIELD_OFFSETS)],
  (random) => [
    'BITOP',
    random.pick(['AND', 'or', 'XOR', 'NOT', 'NO']),
    key(random),
    ...some(random),
  ],
  (random) => ['BITCOUNT', key(random)],
  (random) => ['BITPOS', key(random), random.pick(['0', '1'])],
  (random) => ['SETRANGE', key(random), String(random.int(12)), String(random.int(1e6))],
  (random) => ['DEL', key(random)],
]

export const bitCommand: Maker = (random) => oneOf(random, ROWS)
