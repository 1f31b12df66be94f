import {KEYS, type Maker, oneOf, timeMs} from './group.ts'

type Random = Parameters<Maker>[0]

const key = (random: Random) => random.pick(KEYS)
const some = (random: Random) => Array.from({length: 1 + random.int(3)}, () => key(random))
const DATABASES = ['0', '1', '2', '16', '-1', 'x']

function expiry(random: Random): string[] {
  const time = timeMs(random)
  const row = random.pick([
    ['PEXPIREAT', String(time)],
    ['EXPIREAT', String(Math.floor(time / 1000))],
    ['EXPIRE', random.pick(['1000000', '0', '-1', 'x', '9223372036854775807'])],
    ['pexpire', random.pick(['1000000000', '-5', '9223372036854775807'])],
  ])
  const flags = random.pick([
    [],
    [],
    ['NX'],
    ['XX'],
    ['GT'],
    ['lt'],
    ['XX', 'GT'],
    ['NX', 'LT'],
    ['NO'],
  ])
  const [name, when] = row
  return [name, key(random), when, ...flags]
}

/** What RESTORE takes: a string, a string that is damaged, and something else. */
const PAYLOADS = ['0003616263', '00c00109', 'ff'].map((hex) => Buffer.from(hex, 'hex'))
const FOOTERS = ['', '0b0000000000000000', '0a00ffffffffffffffff', 'ffff0000000000000000']

function restore(random: Random): (string | Buffer)[] {
  const payload = Buffer.concat([random.pick(PAYLOADS), Buffer.from(random.pick(FOOTERS), 'hex')])
  const rows = [['REPLACE'], ['ABSTTL'], ['FREQ', '5'], ['IDLETIME', '-1'], ['REPLACE', 'NOPE']]
  const ttl = random.pick(['0', '0', String(timeMs(random)), '-1', 'x'])
  return ['RESTORE', key(random), ttl, payload, ...random.pick([[], ...rows])]
}

const ROWS: readonly Maker[] = [
  (random) => [random.pick(['DEL', 'UNLINK']), ...some(random)],
  expiry,
  expiry,
  expiry,
  expiry,
  (random) => ['PERSIST', key(random)],
  (random) => ['PEXPIRETIME', random.pick(['a', 'none'])].slice(0, random.int(2) === 0 ? 0 : 2),
  (random) => ['RENAME', key(random), key(random)],
  (random) => ['RENAMENX', key(random), key(random)],
  (random) => ['MOVE', key(random), random.pick(DATABASES)],
  (random) => [
    'COPY',
    key(random),
    key(random),
    ...random.pick([
      [],
      ['REPLACE'],
      ['DB', random.pick(DATABASES)],
      ['DB', '1', 'REPLACE'],
      ['NO'],
    ]),
  ],
  (random) => ['SELECT', random.pick(DATABASES)],
  (random) => ['SWAPDB', random.pick(DATABASES), random.pick(DATABASES)],
  (random) =>
    random.int(10) > 0
      ? ['TOUCH', ...some(random)]
      : [random.pick(['FLUSHDB', 'FLUSHALL']), ...random.pick([[], ['ASYNC'], ['SYNC'], ['NO']])],
  restore,
  (random) => ['EXISTS', ...some(random)],
  (random) => ['TYPE', key(random)],
]

export const keyCommand: Maker = (random) => {
  const words = oneOf(random, ROWS)
  return words.length > 0 ? words : ['TTL', 'none']
}
