/** What is believed near damage: evidence of keys and values, and rows of records. */
import {describe, expect, test} from '@jest/globals'
import {Cursor} from '../../../src/formats/bytes/cursor.ts'
import type {Chain, Link} from '../../../src/formats/rdb/chain.ts'
import {isBinary, isOdd, OWN_BITS, Profile, valueBits} from '../../../src/formats/rdb/evidence.ts'
import {byteKind, Histogram, isNumber} from '../../../src/formats/rdb/histogram.ts'
import {believedFrom, believedUpTo} from '../../../src/formats/rdb/judge.ts'
import {RdbReader} from '../../../src/formats/rdb/reader.ts'
import {bytes, expireMs, type Part, u32le} from '../../support/bytes.ts'
import {kernel} from '../../support/kernel.ts'
import {memoryHost} from '../../support/memory-host.ts'

/** A reader at the key of the first entry of these bytes. */
function entry(...parts: Part[]): RdbReader {
  const host = memoryHost(kernel)
  host.hold(bytes('REDIS0009', ...parts, 0xff, Buffer.alloc(8)))
  const r = new RdbReader(new Cursor(kernel).open(host.open('-')))
  r.readHeader()
  r.next()
  return r
}

const text = (value: string): Part[] => [value.length, value]
const string = (key: string, value = 'x'): RdbReader => entry(0, ...text(key), ...text(value))

test.each([
  ['plain', 0],
  ['caf\xc3\xa9', 1],
  ['\x01a', 2],
  ['\xe2\x82', 2],
  ['\xff', 2],
])('%j is a key of kind %i', (key, kind) => {
  const memory = bytes(key)
  expect(byteKind(memory, 0, memory.length)).toBe(kind)
})

test('what looks like the known keys is worth more than other text, and that more than noise', () => {
  const keys = new Histogram()
  for (let i = 100; i < 200; i++) keys.add(bytes(`user:${i}`), 0, 8)
  const bits = (key: string) => keys.bits(bytes(key), 0, key.length)
  expect(bits('user:207')).toBeGreaterThan(bits('field:12') + 20)
  expect(bits('field:12')).toBeGreaterThan(bits('\x01\x9f\xe3\x00\x80\xff\x12\xc0'))
})

test('binary keys are believed where the file has them, and only there', () => {
  const learn = (profile: Profile, key: string) => profile.learn(bytes(key), 0, key.length, 0)
  const plain = new Profile()
  const binary = new Profile()
  for (let i = 0; i < 50; i++) {
    learn(plain, `user:${i}`)
    learn(binary, `\x01\x02\x9f${String.fromCharCode(i)}`)
  }
  const r = string('\x01\x02\x9f\x40')
  expect(plain.keyBits(r)).toBeLessThan(0)
  expect(binary.keyBits(r)).toBeGreaterThan(3)
})

test.each([
  ['0', true],
  ['-2147483648', true],
  ['2147483648', false],
  ['007', false],
  ['-', false],
  ['12a', false],
  ['', false],
])('%j is a number as servers write one: %p', (key, number) => {
  expect(isNumber(bytes(key), 0, key.length)).toBe(number)
})

describe('what a key has of its own', () => {
  const profile = new Profile()
  for (let i = 100; i < 200; i++) profile.learn(bytes(`user:${i}`), 0, 8, 0)
  const own = (r: RdbReader): number => profile.ownBits(r, profile.keyBits(r))

  test('is much where it is like the others, and nothing where it is any other text', () => {
    expect(own(string('user:207'))).toBeGreaterThan(20)
    expect(own(string('field:12'))).toBeLessThan(0)
  })

  test('is little where it begins as none of them does, like the rest of one', () => {
    expect(own(string('er:207'))).toBeLessThan(OWN_BITS)
  })

  test('is little for a number, where keys are none', () => {
    expect(own(string('207'))).toBeLessThan(0)
  })

  test('is more where the type, or an expiry, is none that an element has', () => {
    const plain = own(string('other'))
    const packed = entry(16, ...text('other'), listpack.length, listpack)
    expect(own(packed) - plain).toBeCloseTo(20)
    const expiring = entry(expireMs(1893456000000), 0, ...text('other'), 1, 'x')
    expect(own(expiring) - plain).toBeCloseTo(20)
  })
})

const listpack = bytes(u32le(10), 1, 0, 0x81, 0x61, 0x02, 0xff)
const intset = bytes(u32le(2), u32le(2), 1, 0, 2, 0)

test.each([
  ['a listpack', listpack],
  ['an intset', intset],
])('%s under the type of a string speaks against it', (_, value) => {
  expect(valueBits(entry(0, ...text('k'), value.length, value))).toBeLessThan(-20)
})

test('text as a value speaks for a string', () => {
  expect(valueBits(string('k', 'a value of text'))).toBeGreaterThan(10)
})

test.each([
  ['an empty key', '', '', true],
  ['a control character', '\x00\x03', '', true],
  ['the same with a text as value', '\x00\x03', 'some text', false],
  ['a usual key', 'k', '', false],
])('%s: odd %p %p is %p', (_, key, value, odd) => {
  const r = string(key, value)
  r.skipValue()
  expect(isOdd(r)).toBe(odd)
})

test.each([
  ['user:1', false],
  ['', true],
  ['a\x1fb', true],
  ['\xff\xfe', false],
])('%j has control characters, or nothing: %p', (key, binary) => {
  expect(isBinary(string(key))).toBe(binary)
})

function link(i: number, change: Partial<Link> = {}): Link {
  const usual = {db: 0, opcode: 0, logical: 'string' as const, bits: 40, keyBits: 20, ownBits: 20}
  const rest = {isOdd: false, isBinary: false, expires: false, structured: false, likeElement: 0}
  const place = {start: i * 20, end: i * 20 + 20, typeAt: i * 20}
  const none = {keys: 0, name: null, value: null, fault: null}
  return {...place, ...usual, ...rest, ...none, ...change}
}

const chain = (...links: Link[]): Chain => ({links, stop: 'enough', openBits: 0, error: null})
const careful = {greedy: false}

describe('a row of records behind damage', () => {
  test('is believed from its first one when all are plain', () => {
    expect(believedFrom(chain(link(0), link(1), link(2), link(3)), 0, 100, 0, careful)).toBe(0)
  })

  test('is not believed from an entry whose key says nothing', () => {
    const links = [link(0, {keyBits: -5}), link(1), link(2), link(3)]
    expect(believedFrom(chain(...links), 0, 100, 0, careful)).toBe(1)
  })

  test('is not believed from an entry that may as well be an element of a value, nor from a record in front of it', () => {
    const element = link(1, {ownBits: 2})
    const select = link(0, {opcode: 254, ownBits: 0})
    expect(believedFrom(chain(element, link(2), link(3), link(4)), 0, 100, 0, careful)).toBe(1)
    expect(believedFrom(chain(select, element, link(2), link(3), link(4)), 0, 9, 0, careful)).toBe(
      2,
    )
  })

  test('proves nothing when it is short, unless greed is asked for', () => {
    const short: Chain = {...chain(link(0)), stop: 'damage'}
    expect(believedFrom(short, 0, 100, 0, careful)).toBe(-1)
    expect(believedFrom(short, 0, 100, 0, {greedy: true})).toBe(0)
  })

  test('may be elements in its first links', () => {
    expect(believedFrom(chain(link(0), link(1), link(2), link(3), link(4)), 2, 9, 0, careful)).toBe(
      2,
    )
  })
})

test('of the records before damage those are given up that are worth less than nothing, and what follows them', () => {
  const links = [link(0), link(1), link(2, {bits: -60}), link(3)]
  expect(believedUpTo(links, careful)).toBe(2)
  expect(believedUpTo(links, {greedy: true})).toBe(4)
})

test('such a record before damage is kept where several good ones show that it ends where it should', () => {
  const links = [link(0), link(1, {bits: -60}), link(2), link(3), link(4)]
  expect(believedUpTo(links, careful)).toBe(5)
})
