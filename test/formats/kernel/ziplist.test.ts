import {describe, expect, test} from '@jest/globals'
import {
  PACKED_BACK,
  PACKED_BEYOND,
  PACKED_COUNT,
  PACKED_DUPLICATE,
  PACKED_EMPTY,
  PACKED_ENCODING,
  PACKED_LENGTH_FORM,
  PACKED_ORDER,
  PACKED_SIZE,
  PACKED_TAIL,
  PACKED_TERMINATOR,
  PACKED_TUPLE,
} from '../../../src/formats/kernel/layout.ts'
import {hex} from '../../support/bytes.ts'
import {intset, ziplist, zipmap} from '../../support/packed.ts'
import {everywhere, kernel, readAll, spanTexts, verdict} from './arena.ts'
import {checkZiplist, ITEMS} from './packed.ts'

describe('ziplists', () => {
  test.each([false, true])('come out as they were put in (5-byte sizes: %s)', (longPrevlen) => {
    const blob = ziplist(ITEMS, {longPrevlen})
    expect(checkZiplist(blob, 0)).toEqual({error: 0, count: ITEMS.length})
    const read = everywhere(blob, (start, end) => readAll(kernel.ziplistRead, start + 10, end, 7))
    expect(read).toEqual(ITEMS.map(String))
  })

  test.each([
    {what: 'empty', blob: '0b000000 0a000000 0000 ff', tuple: 0, error: 0},
    {what: 'empty', blob: '0b000000 0a000000 0000 ff', tuple: 2, error: PACKED_EMPTY},
    {what: 'ten bytes', blob: '0a000000 0a000000 0000', tuple: 0, error: PACKED_SIZE},
    {what: 'a wrong size', blob: '0c000000 0a000000 0000 ff', tuple: 0, error: PACKED_SIZE},
    {what: 'no terminator', blob: '0b000000 0a000000 0000 fe', tuple: 0, error: PACKED_TERMINATOR},
    {what: 'a tail outside', blob: '0b000000 0b000000 0000 ff', tuple: 0, error: PACKED_TAIL},
    {
      what: 'a wrong tail',
      blob: '0f000000 0a000000 0200 00 f1 02 f2 ff',
      tuple: 0,
      error: PACKED_TAIL,
    },
    {
      what: 'a wrong previous size',
      blob: '0f000000 0c000000 0200 00 f1 03 f2 ff',
      tuple: 0,
      error: PACKED_BACK,
    },
    {
      what: 'a first entry with one',
      blob: '0d000000 0a000000 0100 01 f1 ff',
      tuple: 0,
      error: PACKED_BACK,
    },
    {
      what: 'an unknown encoding',
      blob: '0d000000 0a000000 0100 00 c1 ff',
      tuple: 0,
      error: PACKED_ENCODING,
    },
    {
      what: 'a text beyond the end',
      blob: '0d000000 0a000000 0100 00 01 ff',
      tuple: 0,
      error: PACKED_BEYOND,
    },
    {
      what: 'an early terminator',
      blob: '0d000000 0a000000 0100 ff f1 ff',
      tuple: 0,
      error: PACKED_TERMINATOR,
    },
    {what: 'a wrong count', blob: '0d000000 0a000000 0300 00 f1 ff', tuple: 0, error: PACKED_COUNT},
    {what: 'an odd pair', blob: '0d000000 0a000000 0100 00 f1 ff', tuple: 2, error: PACKED_TUPLE},
    {
      what: '0 twice',
      blob: '10000000 0c000000 0200 00 f1 02 01 30 ff',
      tuple: 1,
      error: PACKED_DUPLICATE,
    },
  ])('$what: $error', ({blob, tuple, error}) => {
    const whole = hex(blob)
    if (error === PACKED_DUPLICATE) whole[0] = whole.length
    expect(checkZiplist(whole, tuple).error).toBe(error)
  })
})

describe('zipmaps', () => {
  test('come out as they were put in', () => {
    const pairs: [string, string][] = [
      ['a', '1'],
      ['', 'empty'],
      ['x'.repeat(253), 'y'.repeat(254)],
      ['z'.repeat(70000), ''],
    ]
    for (const free of [0, 3, 255]) {
      const blob = zipmap(pairs, free)
      expect(verdict(kernel.zipmapCheck, blob)).toEqual({error: 0, count: 4})
      expect(
        everywhere(blob, (start, end) => readAll(kernel.zipmapRead, start + 1, end, 3)),
      ).toEqual(pairs.flat())
    }
  })

  test.each([
    {
      what: 'two pairs, one with a spare byte',
      blob: '02 | 01 61 01 00 31 | 01 62 02 01 7879 00 | ff',
      error: 0,
    },
    {what: 'bytes behind the terminator', blob: '01 | 01 61 01 00 31 | ff 00 | ff', error: 0},
    {what: 'an unknown count', blob: 'fe | 01 61 01 00 31 | ff', error: 0},
    {what: 'a wrong count', blob: '02 | 01 61 01 00 31 | ff', error: PACKED_COUNT},
    {what: 'no pair', blob: '00 | ff', error: PACKED_EMPTY},
    {what: 'one byte', blob: 'ff', error: PACKED_SIZE},
    {what: 'no terminator', blob: '01 | 01 61 01 00 31 | fe', error: PACKED_TERMINATOR},
    {
      what: 'a duplicate',
      blob: '02 | 01 61 01 00 31 | 01 61 01 00 32 | ff',
      error: PACKED_DUPLICATE,
    },
    {
      what: 'a short length in the long form',
      blob: '01 | fe01000000 61 01 00 31 | ff',
      error: PACKED_LENGTH_FORM,
    },
    {what: 'a field without value', blob: '01 | 01 61 | ff', error: PACKED_BEYOND},
    {what: 'padding beyond the end', blob: '01 | 01 61 01 01 31 | ff', error: PACKED_BEYOND},
    {what: 'an early terminator', blob: '01 | ff 61 01 00 31 | ff', error: PACKED_EMPTY},
  ])('$what: $error', ({blob, error}) => {
    expect(verdict(kernel.zipmapCheck, hex(blob)).error).toBe(error)
  })
})

describe('intsets', () => {
  test.each([
    {width: 2, members: [-32768, -5, 1, 2, 32767]},
    {width: 4, members: [-2147483648, 0, 2147483647]},
    {width: 8, members: [-9223372036854775808n, -1, 9223372036854775807n]},
  ] as const)('of width $width come out as they were put in', ({width, members}) => {
    const blob = intset([...members], width)
    expect(verdict(kernel.intsetCheck, blob)).toEqual({error: 0, count: members.length})
    const read = everywhere(blob, (start, end) => [
      ...spanTexts(kernel.intsetRead(start, end, 0, 2)),
      ...spanTexts(kernel.intsetRead(start, end, 2, 100)),
      ...spanTexts(kernel.intsetRead(start, end, members.length, 100)),
    ])
    expect(read).toEqual(members.map(String))
  })

  test.each([
    {what: '{-5, 1, 2}', blob: '02000000 03000000 fbff 0100 0200', error: 0},
    {what: 'out of order', blob: '02000000 02000000 0200 0100', error: PACKED_ORDER},
    {what: 'the same twice', blob: '02000000 02000000 0200 0200', error: PACKED_ORDER},
    {what: 'no member', blob: '02000000 00000000', error: PACKED_EMPTY},
    {what: 'a count too high', blob: '02000000 02000000 0200', error: PACKED_SIZE},
    {what: 'a count that overflows', blob: '02000000 01000080 0200', error: PACKED_SIZE},
    {what: 'a width of 3', blob: '03000000 01000000 020000', error: PACKED_ENCODING},
    {what: 'seven bytes', blob: '02000000 010000', error: PACKED_SIZE},
  ])('$what: $error', ({blob, error}) => {
    expect(verdict(kernel.intsetCheck, hex(blob)).error).toBe(error)
  })

  test('of no sound width read as nothing', () => {
    expect(
      everywhere(hex('00000000 01000000 0200'), (start, end) =>
        kernel.intsetRead(start, end, 0, 9),
      ),
    ).toBe(0)
  })
})
