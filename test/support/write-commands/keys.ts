import type {Words} from '../read-commands.ts'
import {KEYS, type Maker, oneOf, timeMs} from './group.ts'

type Random = Parameters<Maker>[0]

const key = (random: Random) => random.pick(KEYS)
const some = (random: Random) => Array.from({length: 1 + random.int(3)}, () => key(random))
const DATABASES = ['0', '1', '2', '16', '-1', 'x']

const FLAGS = [[], [], ['NX'], ['XX'], ['NX', 'LT'], ['NO']]
/** What compares times only goes with those that both sides have alike. */
const COMPARING = [...FLAGS, ['GT'], ['lt'], ['XX', 'GT']]

function expireAt(random: Random): Words {
  const time = timeMs(random)
  const [name, when] = random.pick([
    ['PEXPIREAT', time],
    ['EXPIREAT', Math.floor(time / 1000)],
  ])
  return [String(name), key(random), String(when), ...random.pick(COMPARING)]
}

function expire(random: Random): Words {
  const [name, when] = random.pick([
    ['EXPIRE', random.pick(['1000000', '0', '-1', 'x', '9223372036854775807'])],
    ['pexpire', random.pick(['1000000000', '-5', '9223372036854775807'])],
  ])
  return [name, key(random), when, ...random.pick(FLAGS)]
}

/** What RESTORE takes: a string, a string that is damaged, and something else. */
const PAYLOADS = ['0003616263', '00c00109', 'ff'].map((hex) => Buffer.from(hex, 'hex'))
const FOOTERS = ['', '0b0000000000000000', '0a00ffffffffffffffff', 'ffff0000000000000000']

function restore(random: Random): Words {
  const payload = Buffer.concat([random.pick(PAYLOADS), Buffer.from(random.pick(FOOTERS), 'hex')])
  const rows = [['REPLACE'], ['ABSTTL'], ['FREQ', '5'], ['IDLETIME', '-1'], ['REPLACE', 'NOPE']]
  const ttl = random.pick(['0', '0', String(timeMs(random)), '-1', 'x'])
  return ['RESTORE', key(random), ttl, payload, ...random.pick([[], ...rows])]
}

const ROWS: readonly Maker[] = [
  (random) => [random.pick(['DEL', 'UNLINK']), ...some(random)],
  expireAt,
  expireAt,
  expireAt,
  expire,
  (random) => ['PERSIST', key(random)],
  (random) => ['PEXPIRETIME', key(random)],
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

export const keyCommand: Maker = (random) => oneOf(random, ROWS)
