/** Faults in hashes whose fields expire: types 24 and 25 of Redis, 22 of Valkey. */
import {bytes, counted, i64le, len, str, u64be} from '../support/bytes.ts'
import {type Item, listpack} from '../support/packed.ts'
import type {Payload} from './r7-verdicts.ts'

type Case = readonly [name: string, body: Buffer]

const Y2100 = 4102444800000n
const LATEST = (1n << 48n) - 1n

const field = (ttl: bigint | number, name: string): Buffer => bytes(len(ttl), str(name), str('v'))

const metadata = (smallest: bigint, ...fields: Buffer[]): Buffer =>
  bytes(i64le(smallest), counted(fields))

const type24: readonly Case[] = [
  ['sound', metadata(Y2100, field(0, 'a'), field(1, 'b'))],
  ['no expiries', metadata(0n, field(0, 'a'))],
  ['twice', metadata(Y2100, field(0, 'a'), field(1, 'a'))],
  ['empty', metadata(Y2100)],
  ['count one more', bytes(i64le(Y2100), len(2), field(1, 'a'))],
  ['count 2^47', bytes(i64le(Y2100), 0x81, u64be(1n << 47n), field(1, 'a'))],
  ['smallest 2^48 - 1', metadata(LATEST, field(1, 'a'))],
  ['smallest 2^48', metadata(LATEST + 1n, field(0, 'a'))],
  ['smallest 2^48, with an expiry', metadata(LATEST + 1n, field(1, 'a'))],
  ['smallest 2^48 + 1', metadata(LATEST + 2n, field(0, 'a'))],
  ['smallest -1', metadata(-1n, field(0, 'a'))],
  ['smallest -1, with an expiry', metadata(-1n, field(5, 'a'))],
  ['smallest -2^63', metadata(-(1n << 63n), field(0, 'a'))],
  ['expiry over 2^48', metadata(Y2100, field(LATEST, 'a'))],
  ['expiry at 2^48 - 1', metadata(1n, field(LATEST, 'a'))],
  ['expiry at 2^48', metadata(2n, field(LATEST, 'a'))],
  ['expiry 2^63', metadata(Y2100, field(1n << 63n, 'a'))],
  ['expiry 2^64 - 1', metadata(Y2100, field(-1, 'a'))],
]

const packed = (smallest: bigint, items: readonly Item[]): Buffer =>
  bytes(i64le(smallest), str(listpack(items)))

const type25: readonly Case[] = [
  ['sound', packed(Y2100, ['a', 'v', Y2100, 'b', 'w', 0])],
  ['no expiries', packed(Y2100, ['a', 'v', 0])],
  ['not in order', packed(Y2100, ['a', 'v', Y2100 + 1n, 'b', 'w', Y2100])],
  ['none before one', packed(Y2100, ['a', 'v', 0, 'b', 'w', Y2100])],
  ['equal', packed(Y2100, ['a', 'v', Y2100, 'b', 'w', Y2100])],
  ['twice', packed(Y2100, ['a', 'v', Y2100, 'a', 'w', 0])],
  ['two of three', packed(Y2100, ['a', 'v'])],
  ['four', packed(Y2100, ['a', 'v', Y2100, 'b'])],
  ['a text', packed(Y2100, ['a', 'v', 'x'])],
  ['the text of a number', packed(Y2100, ['a', 'v', String(Y2100)])],
  ['the text of a number, then a smaller', packed(Y2100, ['a', 'v', String(Y2100), 'b', 'w', 5])],
  ['negative', packed(Y2100, ['a', 'v', -1])],
  ['2^48 - 1', packed(Y2100, ['a', 'v', LATEST])],
  ['2^48', packed(Y2100, ['a', 'v', LATEST + 1n])],
  ['2^62', packed(Y2100, ['a', 'v', 1n << 62n])],
  ['empty', packed(Y2100, [])],
  ['smallest not that', packed(5n, ['a', 'v', Y2100])],
  ['smallest 2^48', packed(LATEST + 1n, ['a', 'v', Y2100])],
  ['smallest 2^48 + 1', packed(LATEST + 2n, ['a', 'v', Y2100])],
  ['smallest -1', packed(-1n, ['a', 'v', Y2100])],
  ['without smallest', str(listpack(['a', 'v', Y2100]))],
]

const valkeyField = (name: string, at: bigint): Buffer => bytes(str(name), str('v'), i64le(at))

const type22: readonly Case[] = [
  ['sound', counted([valkeyField('a', -1n), valkeyField('b', Y2100)])],
  ['no expiries', counted([valkeyField('a', -1n)])],
  ['twice', counted([valkeyField('a', -1n), valkeyField('a', Y2100)])],
  ['empty', len(0)],
  ['count one more', bytes(len(2), valkeyField('a', -1n))],
  ['expiry 0', counted([valkeyField('a', 0n)])],
  ['expiry past', counted([valkeyField('a', 1n), valkeyField('b', -1n)])],
  ['expiry -2', counted([valkeyField('a', -2n)])],
  ['expiry -2^63', counted([valkeyField('a', -(1n << 63n))])],
  ['expiry 2^48', counted([valkeyField('a', LATEST + 1n)])],
  ['expiry 2^53', counted([valkeyField('a', 1n << 53n)])],
  ['expiry 2^63 - 1', counted([valkeyField('a', (1n << 63n) - 1n)])],
  ['expiry cut', bytes(len(1), str('a'), str('v'), 1, 2, 3)],
]

const ofType = (type: number, cases: readonly Case[]): Payload[] =>
  cases.map(([name, body]) => ({name: `hash ${type}: ${name}`, type, body}))

export const newHashCases = (magic: 'REDIS' | 'VALKEY'): Payload[] =>
  magic === 'VALKEY' ? ofType(22, type22) : [...ofType(24, type24), ...ofType(25, type25)]
