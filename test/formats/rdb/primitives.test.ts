import {describe, expect, test} from '@jest/globals'
import {Cursor} from '../../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../../src/formats/bytes/inline-feed.ts'
import {
  readBigLength,
  readCount,
  readLength,
  readPieces,
  readString,
} from '../../../src/formats/rdb/primitives.ts'
import {bytes, hex, lzfLiterals, lzfRun, lzfStr, str} from '../../support/bytes.ts'
import {kernel} from '../../support/kernel.ts'

const open = (input: Uint8Array, slotSize: number) =>
  new Cursor(kernel).open(new InlineFeed(bufferSource(input), kernel, {slotSize}))
const code = (name: string, offset: number) => expect.objectContaining({code: name, offset})

describe.each([1, 2, 64])('in slots of %i bytes', (slotSize) => {
  test.each([
    ['00', 0],
    ['3f', 63],
    ['4040', 64],
    ['7fff', 16383],
    ['4001', 1],
    ['8000004000', 16384],
    ['80ffffffff', 4294967295],
    ['8000000001', 1],
    ['810000000100000000', 4294967296],
    ['81001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ])('the length %s is %i', (input, expected) => {
    const c = open(hex(input), slotSize)
    expect(readLength(c)).toBe(expected)
    expect(c.atEnd()).toBe(true)
  })

  test.each([
    ['82', 'RDB_LENGTH', 0],
    ['bf', 'RDB_LENGTH', 0],
    ['c0', 'RDB_LENGTH', 0],
    ['ff', 'RDB_LENGTH', 0],
    ['810020000000000000', 'RDB_LENGTH', 0],
    ['', 'TRUNCATED', 0],
    ['40', 'TRUNCATED', 1],
    ['80000000', 'TRUNCATED', 4],
    ['8100000000000000', 'TRUNCATED', 8],
  ])('the length %s is %s at %i', (input, name, offset) => {
    expect(() => readLength(open(hex(input), slotSize))).toThrow(code(name, offset))
  })

  test.each([
    ['05', 5n],
    ['4064', 100n],
    ['80ffffffff', 4294967295n],
    ['81ffffffffffffffff', 18446744073709551615n],
  ])('the 64-bit length %s is %s', (input, expected) => {
    expect(readBigLength(open(hex(input), slotSize))).toBe(expected)
  })

  test.each([
    ['a plain string', str('hello'), 'hello'],
    ['an empty string', str(''), ''],
    ['a long form of a short length', hex('80 00000001 61'), 'a'],
    ['an int8', hex('c0 81'), '-127'],
    ['an int16', hex('c1 3930'), '12345'],
    ['an int32', hex('c2 00000080'), '-2147483648'],
    ['an integer wider than it needs', hex('c2 05000000'), '5'],
    ['a run of 21 bytes', hex('c3 06 15 01 6161 e00a00'), 'a'.repeat(21)],
    ['nine times abc', hex('c3 0b 1b 03 61626361 e00c02 01 6263'), 'abc'.repeat(9)],
    ['LZF data that expands nothing', lzfStr(lzfLiterals('0123456789'), 10), '0123456789'],
  ])('%s', (_, input, expected) => {
    const c = open(input, slotSize)
    readString(c)
    expect(Buffer.from(c.memory.slice(c.start, c.end)).toString()).toBe(expected)
    expect(c.atEnd()).toBe(true)
  })

  test.each([
    ['c4', 'RDB_STRING', 0],
    ['ff', 'RDB_STRING', 0],
    ['05 616263', 'TRUNCATED', 4],
    ['80ffffffff 61', 'TRUNCATED', 6],
    ['c1 39', 'TRUNCATED', 2],
    ['c3 06 14 01 6161 e00a00', 'RDB_LZF', 0],
    ['c3 06 16 01 6161 e00a00', 'RDB_LZF', 0],
    ['c3 00 05', 'RDB_LZF', 0],
    ['c3 03 4109 000000', 'RDB_LZF', 0],
    ['c3 02 05 2000', 'RDB_LZF', 0],
  ])('the string %s is %s at %i', (input, name, offset) => {
    expect(() => readString(open(hex(input), slotSize))).toThrow(code(name, offset))
  })
})

test('after damaged LZF data the cursor stands behind the string', () => {
  const c = open(bytes(hex('c3 06 14 01 6161 e00a00'), str('next')), 64)
  expect(() => readString(c)).toThrow(expect.objectContaining({framed: true}))
  readString(c)
  expect(Buffer.from(c.memory.slice(c.start, c.end)).toString()).toBe('next')
})

test('a count is refused when the rest cannot hold it', () => {
  expect(readCount(open(hex('03 000000'), 64), 1, 'members')).toBe(3)
  expect(() => readCount(open(hex('04 000000'), 64), 1, 'members')).toThrow(code('RDB_COUNT', 0))
  expect(() => readCount(open(hex('81 00007fffffffffff 00'), 64), 2, 'fields')).toThrow(
    code('RDB_COUNT', 0),
  )
})

/** Joins what `readPieces` gives. */
function pieces(input: Uint8Array, slotSize = 1 << 18): {text: Buffer; largest: number} {
  const parts: Uint8Array[] = []
  const piece = (memory: Uint8Array, start: number, end: number) =>
    void parts.push(memory.slice(start, end))
  readPieces(open(input, slotSize), {piece}, true)
  const largest = Math.max(...parts.map(({length}) => length))
  return {text: Buffer.concat(parts), largest}
}

test('a long string comes in pieces', () => {
  const value = Buffer.alloc(3_000_000, 'abcdefg')
  const {text, largest} = pieces(str(value))
  expect(text.equals(value)).toBe(true)
  expect(largest).toBeLessThanOrEqual(1 << 18)
})

test('a long compressed string is expanded in pieces', () => {
  const {text, largest} = pieces(lzfStr(lzfRun(0x61, 5_000_000), 5_000_000))
  expect(text.equals(Buffer.alloc(5_000_000, 'a'))).toBe(true)
  expect(largest).toBeLessThanOrEqual(1 << 20)
})

test('references of a long compressed string reach over the edges of its pieces', () => {
  // A first literal run, then references 8192 back for as long as it takes.
  const seed = Buffer.from(Array.from({length: 8192}, (_, i) => (i * 7 + (i >> 5)) & 255))
  const references = Buffer.concat(Array.from({length: 12000}, () => hex('ff ff ff')))
  const compressed = bytes(lzfLiterals(seed), references)
  const expanded = 8192 + 12000 * 264
  const {text} = pieces(lzfStr(compressed, expanded))
  const expected = Buffer.alloc(expanded)
  for (let at = 0; at < expanded; at += 8192) seed.copy(expected, at)
  expect(text.equals(expected)).toBe(true)
})

test.each([
  ['too long', 5_000_001],
  ['too short', 4_999_999],
])('a long compressed string whose stated size is %s is damage', (_, claimed) => {
  const input = lzfStr(lzfRun(0x61, 5_000_000), claimed)
  expect(() => pieces(input)).toThrow(expect.objectContaining({code: 'RDB_LZF', framed: true}))
})
