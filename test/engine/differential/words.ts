/** Keys, values and numbers that commands are made of: few keys, so that types collide, and the edges of everything. */
import {bytes, dumpPayload, str} from '../../support/bytes.ts'
import {listFixtures, truthRows} from '../../support/fixtures.ts'
import type {Random} from '../../support/random.ts'

export type Words = readonly string[]

/** `string` and `none` are names that the commands of streams use. */
export const KEYS = [
  'a',
  'b',
  'c',
  'd',
  'e',
  'string',
  'none',
  '12',
  '',
  'k\x00\xff',
  'w_1',
  'long '.repeat(30),
]
/** A sorted set whose scores are all the same: only then members are in an order. */
export const LEX_KEY = 'lex'
export const DATABASES = [0, 1, 2, 15]
const FAR_MS = 4102444800000

const INTEGERS = [
  '0',
  '1',
  '-1',
  '7',
  '-12',
  '127',
  '128',
  '-129',
  '4095',
  '-4097',
  '32767',
  '-32769',
  '8388608',
  '2147483647',
  '-2147483649',
  '9223372036854775807',
  '-9223372036854775808',
]
const NOT_INTEGERS = ['', 'x', '01', '+1', ' 1', '1.5', '-0', '9223372036854775808']
const TEXTS = [
  '',
  'v',
  'x',
  'y',
  'field',
  'two words',
  '\r\n',
  '\x00\xff\x80',
  '3.14',
  '1e3',
  'l'.repeat(44),
  'l'.repeat(45),
  'm'.repeat(64),
  'm'.repeat(65),
  'z'.repeat(300),
]
const FLOATS = [
  '0',
  '-0',
  '1',
  '1.5',
  '-2.25',
  '3.0000000000000004',
  '0.1',
  '1e17',
  '1e-7',
  '5e-324',
  '1.7976931348623157e308',
  '-1e308',
  'inf',
  '-inf',
  '+inf',
  '9007199254740993',
  '123456789.123456789',
  '0x10',
  'nan',
  '1 ',
  'x',
  '',
]

/** Draws the parts of commands. */
export class Pool {
  readonly random: Random
  /** Nothing may expire, and chance must not choose, in a stream that is replayed as it was typed. */
  readonly typed: boolean
  /** The key that most commands of a group like best, so that they meet values of their own type. */
  home: string | null = null
  private readonly payloads: readonly string[]

  constructor(random: Random, typed: boolean, payloads: readonly string[]) {
    this.random = random
    this.typed = typed
    this.payloads = payloads
  }

  chance = (percent: number): boolean => this.random.int(100) < percent
  pick = <T>(items: readonly T[]): T => this.random.pick(items)
  int = (below: number): string => String(this.random.int(below))

  key = (): string => {
    if (this.home !== null && this.chance(45)) return this.home
    return this.chance(60) ? this.pick(KEYS.slice(0, 5)) : this.pick(KEYS)
  }

  keys = (max = 3): string[] => this.many(max, this.key)
  many<T>(max: number, make: () => T): T[] {
    return Array.from({length: 1 + this.random.int(max)}, make)
  }

  integer = (): string =>
    this.chance(60)
      ? String(this.random.int(40) - 15)
      : this.pick(this.chance(90) ? INTEGERS : NOT_INTEGERS)

  float = (): string =>
    this.chance(50) ? String(this.random.int(2000) / 8 - 100) : this.pick(FLOATS)

  value = (): string => {
    if (this.chance(40)) return this.pick(TEXTS)
    if (this.chance(50)) return this.pick(INTEGERS)
    if (this.chance(2)) return `big ${'b'.repeat(this.random.int(9000))}`
    return `value ${this.random.int(30)}`
  }

  member = (): string => (this.chance(55) ? this.int(30) : this.value())
  index = (): string => String(this.random.int(2) * this.random.int(40) - this.random.int(14))

  /** Seconds from now. */
  ttl = (): string => {
    if (this.typed)
      return this.pick(['1000', '5000', '99999999', 'x', '0x1', '9223372036854775807'])
    return this.pick(['1000', '5000', '1', '0', '-1', '99999999', 'x', '9223372036854775807'])
  }

  ttlMs = (): string =>
    this.typed ? `${this.ttl()}000` : this.pick(['1', '3', '500000', '-5', '0', 'x'])
  at = (): string => {
    const far = Math.floor(FAR_MS / 1000) + this.random.int(100)
    return this.typed || this.chance(80) ? String(far) : this.pick(['1', '0', '-1', 'x'])
  }

  atMs = (): string =>
    this.typed || this.chance(80)
      ? String(FAR_MS + this.random.int(100000))
      : this.pick(['1', '0', '-9', 'x'])

  expiry = (): string[] => {
    const form = this.pick(['EX', 'px', 'EXAT', 'PXAT'])
    const time = {EX: this.ttl, px: this.ttlMs, EXAT: this.at, PXAT: this.atMs}[form]!
    return [form, time()]
  }

  maybe(percent: number, ...words: string[]): string[] {
    return this.chance(percent) ? words : []
  }

  payload = (): string => {
    const payload = this.pick(this.payloads)
    if (this.chance(95)) return payload
    // A byte that no longer fits the checksum.
    const at = this.random.int(payload.length)
    return `${payload.slice(0, at)}${String.fromCharCode(payload.charCodeAt(at) ^ 1)}${payload.slice(at + 1)}`
  }

  library = (): string => {
    const n = this.random.int(3)
    const body = `redis.register_function('f${n}', function(keys, args) return redis.call('SET', keys[1], '${this.random.int(5)}') end)`
    return `#!lua name=lib${n}\n${body}`
  }

  libraryDump = (): string => dumpPayload(0xf5, str(this.library()), 10).toString('latin1')
}

const DUMPED_BY = ['redis-5.0.14', 'redis-6.2.16', 'redis-7.0.15']

/** Payloads of DUMP that 7.0 takes, of every type and encoding: those in the truth of fixtures. */
export function dumpedPayloads(): string[] {
  const fixtures = listFixtures().filter(
    ({server, variant}) =>
      DUMPED_BY.includes(server) && (variant === 'full' || variant === 'small'),
  )
  const rows = fixtures
    .flatMap(truthRows)
    .filter(({dump}) => dump !== undefined && dump.length < 2000)
  const empty = dumpPayload(0, bytes(0), 9).toString('latin1')
  return [empty, ...rows.map(({dump}) => Buffer.from(dump!, 'base64').toString('latin1'))]
}
