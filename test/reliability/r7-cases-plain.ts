/** Faults in strings and in collections that stand in the file element by element. */
import {
  asciiDouble,
  bytes,
  counted,
  f64le,
  hex,
  intStr,
  len,
  lzfLiterals,
  lzfRun,
  lzfStr,
  str,
  u32be,
  u64be,
} from '../support/bytes.ts'
import {listpack, ziplist} from '../support/packed.ts'
import type {Payload} from './r7-verdicts.ts'

export type Case = readonly [name: string, body: Buffer]

export const ofType = (type: number, what: string, cases: readonly Case[]): Payload[] =>
  cases.map(([name, body]) => ({name: `${what}: ${name}`, type, body}))

export const huge = (n: bigint): Buffer => bytes(0x81, u64be(n))

const strings: readonly Case[] = [
  ['plain', str('a')],
  ['empty', str('')],
  ['14-bit length', bytes(0x40, 1, 'a')],
  ['32-bit length', bytes(0x80, u32be(1), 'a')],
  ['64-bit length', bytes(huge(1n), 'a')],
  ...[0x82, 0x90, 0xbf].map((byte): Case => [`length ${byte}`, bytes(byte, u32be(1), 'a')]),
  ['length beyond', bytes(0x80, u32be(0xffffffff), 'a')],
  ...[31n, 32n, 40n, 53n, 62n, 63n].map((n): Case => [`length 2^${n}`, bytes(huge(1n << n), 'a')]),
  ['length 2^64 - 1', bytes(huge((1n << 64n) - 1n), 'a')],
  ['length over the footer', bytes(len(12), 'a')],
  ['length up to the footer', bytes(len(11), 'a')],
  ['int8', intStr(-5)],
  ['int16', intStr(5, 2)],
  ['int32', intStr(5, 4)],
  ['int8 at the end', bytes(0xc0)],
  ...[0xc4, 0xc5, 0xdf, 0xff].map((byte): Case => [`form ${byte}`, bytes(byte, 1, 'a')]),
  ['nothing', Buffer.alloc(0)],
  ['bytes behind', bytes(str('a'), 'EXTRA')],
  ['LZF', lzfStr(lzfRun(0x61, 100), 100)],
  ['LZF short', lzfStr(lzfLiterals('abc'), 3)],
  ['LZF one less', lzfStr(lzfRun(0x61, 100), 99)],
  ['LZF one more', lzfStr(lzfRun(0x61, 100), 101)],
  ['LZF to nothing', lzfStr(lzfLiterals('abc'), 0)],
  ['LZF of nothing', bytes(0xc3, 0, 5)],
  ['LZF of nothing to nothing', bytes(0xc3, 0, 0)],
  ['LZF reference before the start', lzfStr(hex('00 61 20 05'), 4)],
  ['LZF reference first', lzfStr(hex('20 00'), 3)],
  ['LZF literals cut', lzfStr(hex('05 61 62'), 6)],
  ['LZF reference cut', lzfStr(hex('00 61 20'), 4)],
  ['LZF long reference cut', lzfStr(hex('00 61 e0 00'), 10)],
  ['LZF a code too many', lzfStr(hex('02 61 62 63 00 64'), 3)],
  ['LZF data beyond', bytes(0xc3, len(1000), len(2000), 'abc')],
  ['LZF lengths of 2^40', bytes(0xc3, huge(1n << 40n), huge(1n << 40n), 'abc')],
  ['LZF expands to 2^31', bytes(0xc3, len(3), huge(1n << 31n), lzfLiterals('ab'))],
  ['LZF at the limit', lzfStr(bytes(0, 0x61, hex('e0 ff 00')), 265)],
  ['LZF over the limit', lzfStr(bytes(0, 0x61, hex('e0 ff 00')), 88 * 5 + 1)],
  ['LZF length in a string form', bytes(0xc3, 0xc0, 5, 'abc')],
]

/** The elements of a collection and how it counts them. For 2^32 of them servers make a table, which takes a minute. */
export function counts(items: readonly Buffer[], table = false): Case[] {
  const n = items.length
  const all = bytes(...items)
  return [
    ['sound', counted(items)],
    ['count one less', bytes(len(n - 1), all)],
    ['count one more', bytes(len(n + 1), all)],
    ['count 0', bytes(len(0), all)],
    ['empty', len(0)],
    ['count 100', bytes(len(100), all)],
    ['count 2^20', bytes(len(1 << 20), all)],
    ...(table ? [] : [31, 32].map((n): Case => [`count 2^${n}`, bytes(len(2 ** n), all)])),
    ['count 2^47', bytes(huge(0x7fffffffffffn), all)],
    ['count 2^62', bytes(huge(1n << 62n), all)],
    ['count 2^64 - 1', bytes(huge((1n << 64n) - 1n), all)],
    ['count in a string form', bytes(0xc0 | n, all)],
    ['count 82', bytes(0x82, u32be(n), all)],
    ['count in the long form', bytes(0x80, u32be(n), all)],
    ['nothing', Buffer.alloc(0)],
    ['an element cut', bytes(len(n), all.subarray(0, -1))],
    ['an element in a form that does not exist', bytes(len(n), 0xc7, all)],
    ['an element with false LZF', bytes(len(n + 1), lzfStr(lzfRun(0x61, 50), 49), all)],
  ]
}

export const words = (n: number, prefix = 'm'): Buffer[] =>
  Array.from({length: n}, (_, i) => str(`${prefix}${i}`))

const sets: readonly Case[] = [
  ...counts([str('a'), str('b'), intStr(3)], true),
  ['twice', counted([str('a'), str('a')])],
  ['twice, integers', counted([intStr(7), intStr(7)])],
  ['twice, two widths', counted([intStr(7), intStr(7, 4)])],
  ['twice, integer and text', counted([intStr(7), str('7')])],
  ['7 and 07', counted([intStr(7), str('07')])],
  ['twice, LZF', counted([str('a'.repeat(40)), lzfStr(lzfRun(0x61, 40), 40)])],
  ['600', counted(words(600))],
  ['600, twice', counted([...words(600), str('m3')])],
  ['600 integers', counted(Array.from({length: 600}, (_, i) => intStr(i, 2)))],
  [
    '600 integers, twice',
    counted([...Array.from({length: 600}, (_, i) => intStr(i, 2)), str('5')]),
  ],
  ['40000', counted(words(40000))],
  ['40000, twice', counted([...words(40000), str('m39999')])],
  ['empty member', counted([str('')])],
  ['empty member twice', counted([str(''), str('')])],
]

const lists: readonly Case[] = [
  ...counts([str('a'), str('b'), intStr(3)]),
  ['twice', counted([str('a'), str('a')])],
  ['empty elements', counted([str(''), str('')])],
]

const pair = (field: string, value: string): Buffer => bytes(str(field), str(value))
const hashes: readonly Case[] = [
  ...counts([pair('a', '1'), pair('b', '2')], true),
  ['field without value', bytes(len(1), str('a'))],
  ['twice', counted([pair('a', '1'), pair('a', '2')])],
  ['twice, large', counted([pair('a', 'x'.repeat(100)), pair('b', '2'), pair('a', '2')])],
  [
    'twice, first before it is large',
    counted([pair('a', '1'), pair('b', 'x'.repeat(100)), pair('a', '2')]),
  ],
  ['600', counted(words(600).map((word) => bytes(word, str('v'))))],
  ['600, twice', counted([...words(600), str('m3')].map((word) => bytes(word, str('v'))))],
  ['40000, twice', counted([...words(40000), str('m39999')].map((word) => bytes(word, str('v'))))],
  ['integer and text', counted([bytes(intStr(5), str('v')), pair('5', 'v')])],
]

const scored = (member: string, score: Buffer): Buffer => bytes(str(member), score)
const NAN_FORMS = ['000000000000f87f', '000000000000f8ff', '010000000000f07f', 'ffffffffffffff7f']
const zsets2: readonly Case[] = [
  ...counts([scored('a', f64le(1)), scored('b', f64le(2.5))], true),
  ...NAN_FORMS.map((nan): Case => [`NaN ${nan}`, counted([scored('a', hex(nan))])]),
  ['infinite', counted([scored('a', f64le(Infinity)), scored('b', f64le(-Infinity))])],
  ['denormal', counted([scored('a', f64le(5e-324)), scored('b', f64le(-0))])],
  ['twice', counted([scored('a', f64le(1)), scored('a', f64le(1))])],
  ['twice, other score', counted([scored('a', f64le(1)), scored('a', f64le(2))])],
  ['any order', counted([scored('a', f64le(3)), scored('b', f64le(1)), scored('c', f64le(2))])],
  ['a score cut', bytes(len(1), str('a'), hex('0000'))],
  ['200', counted(words(200).map((word) => bytes(word, f64le(1))))],
  ['200, twice', counted([...words(200), str('m7')].map((word) => bytes(word, f64le(1))))],
  ['200, NaN', counted(words(200).map((word) => bytes(word, hex(NAN_FORMS[0]))))],
]

/** Texts that are a number, begin with one, or are none. */
export const NUMBER_TEXTS = [
  ...['1', '-1', '+1', '1.5', '.5', '5.', '-.5', '0', '-0', '1e5', '1E5', '1e+5', '1e-5', '1e400'],
  ...['-1e400', '1e-400', 'inf', '-inf', '+inf', 'Inf', 'INFINITY', 'infinity', 'infinit', 'infx'],
  ...[
    'nan',
    'NaN',
    '-nan',
    '+nan',
    'nan(1)',
    'nanx',
    '',
    ' ',
    'abc',
    'x1',
    '1x',
    '1 ',
    ' 1',
    '\t1',
  ],
  ...[
    '\n1',
    '1\n',
    '1\x00',
    '1\x002',
    '\x001',
    '--1',
    '+-1',
    '1.2.3',
    '1e',
    '1e+',
    '1ex',
    'e5',
    '.',
  ],
  ...[
    '-',
    '+',
    '-.',
    '0x',
    '0x1',
    '0X1F',
    '0x1p3',
    '0x1.8',
    '0x.8p1',
    '0xg',
    '-0x10',
    '1,5',
    '1_0',
  ],
  ...[
    '123456789012345678901234567890',
    '0.1000000000000000055511151231257827',
    '1d5',
    '00012',
    '1f',
  ],
  ...[`${'1'.repeat(100)}`, `0.${'0'.repeat(120)}1`, `${'9'.repeat(200)}`, `1${' '.repeat(150)}`],
]

const zsets1: readonly Case[] = [
  ...counts([scored('a', asciiDouble('1')), scored('b', asciiDouble('2.5'))], true),
  ...NUMBER_TEXTS.map(
    (text): Case => [
      `score ${JSON.stringify(text)}`,
      counted([bytes(str('a'), text.length, text), scored('b', asciiDouble('1'))]),
    ],
  ),
  ...['nan', 'inf', '-inf'].map((text): Case => [text, counted([scored('a', asciiDouble(text))])]),
  ['twice', counted([scored('a', asciiDouble('1')), scored('a', asciiDouble('2'))])],
  ['a score cut', bytes(len(1), str('a'), 20, '1')],
]

const scores = (type: number, pack: (items: (string | number)[]) => Buffer): Payload[] => [
  ...NUMBER_TEXTS.map((text) => ({
    name: `type ${type} with the score ${JSON.stringify(text)}`,
    type,
    body: str(pack(['a', text, 'b', 1])),
  })),
  {name: `type ${type}, not sorted`, type, body: str(pack(['a', 5, 'b', 1, 'c', 3]))},
  {name: `type ${type}, 200, a score that is none`, type, body: str(pack(manyScores('x')))},
  {name: `type ${type}, 200, NaN`, type, body: str(pack(manyScores('nan')))},
]

const manyScores = (last: string): (string | number)[] => [
  ...Array.from({length: 200}, (_, i) => [`m${i}`, i]).flat(),
  ...['last', last],
]

const others: readonly Payload[] = [8, 33, 63, 64, 100, 200, 240, 250, 255].map((type) => ({
  name: `type ${type}`,
  type,
  body: str('a'),
}))

export const plainCases = (): Payload[] => [
  ...ofType(0, 'string', strings),
  ...ofType(1, 'list', lists),
  ...ofType(2, 'set', sets),
  ...ofType(3, 'zset', zsets1),
  ...ofType(4, 'hash', hashes),
  ...ofType(5, 'zset 2', zsets2),
  ...scores(12, (items) => ziplist(items)),
  ...scores(17, (items) => listpack(items)),
  ...others,
]
