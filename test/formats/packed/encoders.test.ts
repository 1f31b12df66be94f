import {describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import type {PackedEncoder} from '../../../src/formats/packed/encoder.ts'
import {type Int64, parseInt64} from '../../../src/formats/packed/int64.ts'
import {IntsetEncoder} from '../../../src/formats/packed/intset.ts'
import {ListpackEncoder} from '../../../src/formats/packed/listpack.ts'
import {ZiplistEncoder} from '../../../src/formats/packed/ziplist.ts'
import {hex, utf8} from '../../support/bytes.ts'
import {intset, listpack, ziplist} from '../../support/packed.ts'

const RUNS = {numRuns: 1000}
const INT64 = {min: -(2n ** 63n), max: 2n ** 63n - 1n}
const integer: Int64 = {lo: 0, hi: 0}

function encoded(encoder: PackedEncoder, items: readonly Uint8Array[]): Buffer {
  encoder.reset()
  for (const item of items) encoder.append(item, 0, item.length)
  encoder.finish()
  return Buffer.from(encoder.out.bytes.slice(0, encoder.out.length))
}

/** What a server makes of a text: an integer where it is the canonical decimal of one. */
const itemOf = (bytes: Uint8Array, most = 20): bigint | Uint8Array => {
  const text = Buffer.from(bytes).toString('latin1')
  if (bytes.length > most || !/^(0|-?[1-9]\d*)$/.test(text)) return bytes
  const value = BigInt(text)
  return value >= INT64.min && value <= INT64.max ? value : bytes
}

describe('parseInt64', () => {
  test.each([
    '0',
    '1',
    '-1',
    '9',
    '-128',
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
    '4294967295',
    '4294967296',
    '-4294967296',
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775807',
    '-9223372036854775808',
  ])('takes %s', (text) => {
    expect(parseInt64(utf8(text), 0, text.length, integer)).toBe(true)
    expect((BigInt(integer.hi) << 32n) | BigInt(integer.lo)).toBe(BigInt(text))
  })

  test.each([
    '',
    '-',
    '+1',
    '-0',
    '00',
    '01',
    '-01',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '9223372036854775808',
    '-9223372036854775809',
    '18446744073709551616',
    '99999999999999999999',
    '100000000000000000000',
  ])('refuses %j', (text) => {
    expect(parseInt64(utf8(text), 0, text.length, integer)).toBe(false)
  })

  test('agrees with BigInt on every int64', () => {
    fc.assert(
      fc.property(fc.bigInt(INT64), (value) => {
        const text = utf8(String(value))
        expect(parseInt64(text, 0, text.length, integer)).toBe(true)
        expect((BigInt(integer.hi) << 32n) | BigInt(integer.lo)).toBe(value)
      }),
      RUNS,
    )
  })
})

describe('ListpackEncoder', () => {
  const encoder = new ListpackEncoder()

  test.each([
    ['a', '8161 02'],
    ['1', '01 01'],
    ['127', '7f 01'],
    ['128', 'c080 02'],
    ['-1', 'dfff 02'],
    ['4095', 'cfff 02'],
    ['-4096', 'd000 02'],
    ['4096', 'f10010 03'],
    ['70000', 'f2701101 04'],
    ['9999999999', 'f4ffe30b5402000000 09'],
    ['-0', '822d30 03'],
  ])('writes %s as servers do', (text, entry) => {
    const blob = encoded(encoder, [utf8(text)])
    expect(blob.subarray(6, -1).toString('hex')).toBe(hex(entry).toString('hex'))
  })

  test.each([0, 62, 63, 64, 125, 126, 127, 4095, 4096, 16379, 16380, 2097144, 2097146])(
    'writes an element of %i bytes with the backlen that loaders insist on',
    (length) => {
      const item = new Uint8Array(length).fill(0x78)
      expect(encoded(encoder, [item, utf8('y')]).equals(listpack([item, 'y']))).toBe(true)
    },
  )

  test('says 65535 when there are more', () => {
    const items = Array.from({length: 65600}, () => utf8('7'))
    const blob = encoded(encoder, items)
    expect(blob.readUInt16LE(4)).toBe(0xffff)
    expect(encoder.count).toBe(65600)
  })
})

describe.each([
  ['listpack', new ListpackEncoder(), listpack, 20],
  ['ziplist', new ZiplistEncoder(), ziplist, 31],
] as const)('any elements become the %s that servers write', (_name, encoder, build, most) => {
  const element = fc.oneof(
    fc.bigInt(INT64).map((value) => utf8(String(value))),
    fc.integer({min: -70000, max: 70000}).map((value) => utf8(String(value))),
    fc.uint8Array({maxLength: 300}),
    fc.integer({min: 0, max: 20000}).map((length) => new Uint8Array(length).fill(0x61)),
  )

  test('byte for byte', () => {
    fc.assert(
      fc.property(fc.array(element, {maxLength: 12}), (items) => {
        const expected = build(items.map((item) => itemOf(item, most)))
        const blob = encoded(encoder, items)
        expect(blob.equals(expected)).toBe(true)
        expect(encoder.out.length).toBe(expected.length)
      }),
      RUNS,
    )
  })

  test('and `size` is what it will be', () => {
    encoder.reset()
    expect(encoder.size).toBe(build([]).length)
    encoder.append(utf8('abc'), 0, 3)
    expect(encoder.size).toBe(build(['abc']).length)
  })
})

describe('IntsetEncoder', () => {
  const encoder = new IntsetEncoder()
  const encode = (values: readonly bigint[]): Buffer => {
    encoder.reset()
    for (const value of values) {
      encoder.push({
        lo: Number(BigInt.asUintN(32, value)),
        hi: Number(BigInt.asIntN(32, value >> 32n)),
      })
    }
    encoder.finish()
    return Buffer.from(encoder.out.bytes.slice(0, encoder.out.length))
  }

  test('writes {1, 2, -5} as servers do', () => {
    expect(encode([1n, 2n, -5n])).toEqual(hex('02000000 03000000 fbff 0100 0200'))
  })

  test.each([
    [-32768n, 32767n, 2],
    [-32769n, 0n, 4],
    [0n, 32768n, 4],
    [-(2n ** 31n), 2n ** 31n - 1n, 4],
    [0n, 2n ** 31n, 8],
    [INT64.min, INT64.max, 8],
  ] as const)('takes the fewest bytes for %s and %s', (low, high, width) => {
    expect(encode([high, low])).toEqual(intset([low, high], width))
  })

  test('sorts any members', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.bigInt(INT64), {minLength: 1, maxLength: 200}), (values) => {
        const sorted = [...values].sort((a, b) => (a < b ? -1 : 1))
        const [low, high] = [sorted[0], sorted[sorted.length - 1]]
        const fits = (bits: bigint) => low >= -(1n << (bits - 1n)) && high < 1n << (bits - 1n)
        const width = fits(16n) ? 2 : fits(32n) ? 4 : 8
        expect(encode(values)).toEqual(intset(sorted, width))
      }),
      RUNS,
    )
  })
})
