/** Random commands of streams over few keys, groups, consumers and ids, so that they meet; edges among them. */
import type {Random} from './random.ts'

const KEYS = ['a', 'b', 'c']
const GROUPS = ['g', 'h', '']
const CONSUMERS = ['alice', 'bob', 'c', 'al']
const FIELDS = ['f', 'field', '12', '-7', '', '4095', 'x'.repeat(70)]
const VALUES = [
  'v',
  '',
  '0',
  '-1',
  '127',
  '128',
  '-4096',
  '4096',
  '32767',
  '-32769',
  '8388608',
  '-8388609',
  '2147483648',
  '-2147483649',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '007',
  '-0',
  '1.5',
  '123456789012345',
  '1234567890123456',
  'y'.repeat(63),
  'y'.repeat(64),
  'z'.repeat(300),
  '\x00\xff',
]
const MAX = '18446744073709551615'
const ODD_IDS = [
  '0',
  '0-0',
  '0-1',
  '-',
  '+',
  '$',
  '>',
  '*',
  '1-*',
  'x',
  '',
  ' 7-1',
  '+8-1',
  '9- 1',
  '10--5',
  '10--05',
  '1-1-1',
  '1-+',
  '007-01',
  `${MAX}-1`,
  '18446744073709551616-0',
  '-5',
  '5-',
  '-1-1',
  '3-1x',
  '9'.repeat(130),
]

export interface StreamCommands {
  next(): (string | number)[]
}

/** `long` ones make streams of many nodes and long pending lists: they trim late, and claim and delete far behind. */
export function streamCommands(random: Random, long = false): StreamCommands {
  const far = long ? 300 : 12
  let ms = 100
  const {int, pick} = random
  const chance = (percent: number) => int(100) < percent
  const id = (): string => {
    if (chance(4)) return pick(ODD_IDS)
    const near = Math.max(0, ms - int(far))
    return chance(25) ? String(near) : `${near}-${int(4)}`
  }
  const ids = () => Array.from({length: 1 + int(4)}, id)
  const newId = (): string => {
    if (chance(6)) return id()
    if (chance(70)) ms += int(3)
    return chance(20) ? `${ms}-*` : `${ms}-${int(60)}`
  }
  const pairs = () => {
    if (chance(60)) return ['f', pick(VALUES), 'field', pick(VALUES)]
    return Array.from({length: 1 + int(3)}, () => [pick(FIELDS), pick(VALUES)]).flat()
  }
  const sign = () => (chance(30) ? [] : [pick(['=', '~', '='])])
  const limit = () => (chance(15) ? ['LIMIT', pick([0, 1, 5, 200, -1, 'x'])] : [])
  const trim = () =>
    chance(60)
      ? [
          'MAXLEN',
          ...sign(),
          pick(long ? [250, 300, 420] : [0, 1, 3, 20, 90, 150, -1, 'x']),
          ...limit(),
        ]
      : ['minid', ...sign(), long ? String(Math.max(0, ms - 150 - int(250))) : id(), ...limit()]
  const claimOptions = () => [
    ...(chance(60) ? ['TIME', pick([1000, 5000, 0, -1, -5, '99999999999999', 'x'])] : []),
    ...(chance(15) ? ['IDLE', pick([0, '9000000000000', 'x'])] : []),
    ...(chance(50) ? ['RETRYCOUNT', pick([0, 1, 7, -1, '9223372036854775807'])] : []),
    ...(chance(60) ? ['FORCE'] : []),
    ...(chance(40) ? ['JUSTID'] : []),
    ...(chance(25) ? ['LASTID', id()] : []),
    ...(chance(2) ? ['NONSENSE'] : []),
  ]
  const group = () => pick(GROUPS)
  const consumer = () => pick(CONSUMERS)
  const key = () => (chance(70) ? 'a' : pick([...KEYS, 'string', 'none']))
  const rows: [number, () => (string | number)[]][] = [
    [55, () => ['XADD', key(), newId(), ...pairs()]],
    [
      8,
      () => ['XADD', key(), ...(chance(30) ? ['NOMKSTREAM'] : []), ...trim(), newId(), ...pairs()],
    ],
    [2, () => ['xadd', key(), newId(), 'odd']],
    [long ? 1 : 5, () => ['XTRIM', key(), ...trim()]],
    [long ? 5 : 10, () => ['XDEL', key(), ...ids()]],
    [
      2,
      () => [
        'XSETID',
        key(),
        chance(50) ? `${ms}-70` : id(),
        ...(chance(40) ? ['ENTRIESADDED', pick([0, 5, 1000, -1])] : []),
        ...(chance(40) ? ['MAXDELETEDID', id()] : []),
      ],
    ],
    [
      6,
      () => [
        'XGROUP',
        'CREATE',
        key(),
        group(),
        chance(30) ? '$' : id(),
        ...(chance(40) ? ['MKSTREAM'] : []),
        ...(chance(30) ? ['ENTRIESREAD', pick([-1, 0, 3, -2])] : []),
      ],
    ],
    [
      3,
      () => [
        'XGROUP',
        'SETID',
        key(),
        group(),
        chance(30) ? '$' : id(),
        ...(chance(30) ? ['ENTRIESREAD', 4] : []),
      ],
    ],
    [long ? 0.05 : 1, () => ['XGROUP', 'DESTROY', key(), group()]],
    [2, () => ['XGROUP', 'createconsumer', key(), group(), consumer()]],
    [long ? 0.2 : 1, () => ['XGROUP', 'DELCONSUMER', key(), group(), consumer()]],
    [1, () => ['XGROUP', pick(['CREATE', 'SETID', 'DESTROY', 'X', 'HELP']), ...ids()]],
    [long ? 4 : 8, () => ['XACK', key(), group(), ...ids()]],
    [
      12,
      () => [
        'XCLAIM',
        key(),
        group(),
        consumer(),
        pick([0, 0, 0, -1, '1000000', 'x']),
        ...ids(),
        ...claimOptions(),
      ],
    ],
    [
      4,
      () => [
        'XAUTOCLAIM',
        key(),
        group(),
        consumer(),
        pick([0, 0, '1000000']),
        chance(50) ? '0' : pick(['-', '(1', id()]),
        ...(chance(60) ? ['COUNT', pick([1, 2, 50, 0])] : []),
        ...(chance(40) ? ['JUSTID'] : []),
      ],
    ],
    [
      14,
      () => [
        'XREADGROUP',
        'GROUP',
        group(),
        consumer(),
        ...(chance(70) ? ['COUNT', pick([1, 3, 0, -1])] : []),
        ...(chance(20) ? ['NOACK'] : []),
        ...(chance(85)
          ? ['STREAMS', key(), chance(75) ? '>' : id()]
          : ['STREAMS', 'a', 'b', '>', '>']),
      ],
    ],
    [long ? 0 : 1, () => ['DEL', pick(KEYS)]],
  ]
  const total = rows.reduce((sum, [weight]) => sum + weight, 0)
  return {
    next() {
      let left = int(total)
      for (const [weight, make] of rows) {
        left -= weight
        if (left < 0) return make()
      }
      return ['DEL', 'none']
    },
  }
}
