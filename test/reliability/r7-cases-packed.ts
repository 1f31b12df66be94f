/** Faults in intsets, zipmaps and quicklists. */
import {bytes, hex, intStr, len, lzfRun, lzfStr, str, u32be, u32le} from '../support/bytes.ts'
import {intset, listpack, ziplist, zipmap} from '../support/packed.ts'
import {type Case, counts, huge, ofType, words} from './r7-cases-plain.ts'
import type {Payload} from './r7-verdicts.ts'

const bytesOf = (...parts: number[]): Buffer => Buffer.from(parts)
const intsets: readonly Case[] = [
  ...([2, 4, 8] as const).map((width): Case => [`width ${width}`, intset([-5, 1, 2], width)]),
  ['one member', intset([7], 2)],
  ['empty', intset([], 2)],
  ['twice', intset([1, 1], 2)],
  ['not sorted', intset([2, 1], 2)],
  ['not sorted at the end', intset([1, 2, 3, 4, 3], 4)],
  ['unsigned order', intset([1, 2, -1], 2)],
  ['unsigned order, 8', intset([1, -1], 8)],
  ...[0, 1, 3, 5, 6, 7, 9, 16, 0x02000000, 0xffffffff].map(
    (width): Case => [`width ${width}`, bytes(u32le(width), u32le(3), hex('fbff01000200'))],
  ),
  ['count one more', bytes(u32le(2), u32le(4), hex('fbff01000200'))],
  ['count one less', bytes(u32le(2), u32le(2), hex('fbff01000200'))],
  ['count 2^31 + 3', bytes(u32le(2), u32le(2 ** 31 + 3), hex('fbff01000200'))],
  ['count 2^30 + 1, width 4', bytes(u32le(4), u32le(2 ** 30 + 1), u32le(1))],
  ['count 2^29 + 1, width 8', bytes(u32le(8), u32le(2 ** 29 + 1), u32le(1), u32le(0))],
  ['a byte behind', bytes(intset([1, 2], 2), 0)],
  ['a byte short', intset([1, 2], 2).subarray(0, -1)],
  ['seven bytes', intset([1, 2], 2).subarray(0, 7)],
  ['header only', intset([1, 2], 2).subarray(0, 8)],
  ['width and count, no members', bytes(u32le(2), u32le(0))],
  ['nothing', Buffer.alloc(0)],
  [
    '1000 members',
    intset(
      Array.from({length: 1000}, (_, i) => i),
      2,
    ),
  ],
  ['1000 members, last two equal', intset([...Array.from({length: 999}, (_, i) => i), 998], 2)],
]

const za = bytes(1, 'a', 1, 0, '1')
const zipmaps: readonly Case[] = [
  [
    'sound',
    zipmap([
      ['a', '1'],
      ['b', 'xy'],
    ]),
  ],
  [
    'free bytes',
    zipmap(
      [
        ['a', '1'],
        ['b', 'xy'],
      ],
      3,
    ),
  ],
  ['empty', zipmap([])],
  ['empty, count 1', bytes(1, 0xff)],
  ['terminator only', bytes(0xff)],
  ['nothing', Buffer.alloc(0)],
  ['count one more', bytes(2, za, 0xff)],
  ['count 0', bytes(0, za, 0xff)],
  ['count unknown', bytes(254, za, 0xff)],
  ['count 255', bytes(255, za, 0xff)],
  ['no terminator', bytes(1, za)],
  ['terminator early', bytes(1, za, 0xff, za, 0xff)],
  ['twice', bytes(2, za, za, 0xff)],
  ['empty field and value', bytes(1, 0, 0, 0, 0xff)],
  ['empty field twice', bytes(2, 0, 0, 0, 0, 0, 0, 0xff)],
  ['field beyond', bytes(1, 50, 'a', 1, 0, '1', 0xff)],
  ['field up to the end', bytes(1, 5, 'a', 1, 0, '1', 0xff)],
  ['value beyond', bytes(1, 1, 'a', 50, 0, '1', 0xff)],
  ['value over the terminator', bytes(1, 1, 'a', 2, 0, '1', 0xff)],
  ['free beyond', bytes(1, 1, 'a', 1, 9, '1', 0xff)],
  ['free over the terminator', bytes(1, 1, 'a', 1, 1, '1', 0xff)],
  ['no value', bytes(1, 1, 'a', 0xff)],
  ['no free', bytes(1, 1, 'a', 1, 0xff)],
  ['long form of a short field', bytes(1, 254, u32le(1), 'a', 1, 0, '1', 0xff)],
  ['long form of a short value', bytes(1, 1, 'a', 254, u32le(1), 0, '1', 0xff)],
  ['long field', zipmap([['f'.repeat(300), 'v']])],
  ['long value', zipmap([['f', 'v'.repeat(300)]])],
  ['field of 253', zipmap([['f'.repeat(253), 'v']])],
  ['field of 254', zipmap([['f'.repeat(254), 'v']])],
  ['long field beyond', bytes(1, 254, u32le(300), 'a', 1, 0, '1', 0xff)],
  ['long field of 2^32 - 1', bytes(1, 254, u32le(0xffffffff), 'a', 1, 0, '1', 0xff)],
  ['long field cut', bytes(1, 254, 0, 0xff)],
  ['value with a length ff', bytes(1, 1, 'a', 255, u32le(300), 0, 'v'.repeat(300), 0xff)],
  ['short value with a length ff', bytes(1, 1, 'a', 255, u32le(1), 0, 'v', 0xff)],
  ['300 pairs', zipmap(words(300).map((_, i) => [`f${i}`, 'v']))],
  ['300 pairs, twice', zipmap([...words(300).map((_, i) => [`f${i}`, 'v'] as const), ['f3', 'v']])],
]

const node = (container: Buffer | number, content: Buffer): Buffer => bytes(container, content)
const pack = str(listpack(['a']))
const empty = str(listpack([]))
const nodes = (...all: Buffer[]): Buffer => bytes(len(all.length), ...all)
const quicklists2: readonly Case[] = [
  ...counts([node(2, pack), node(2, pack)]),
  ['plain', nodes(node(1, str('hi')))],
  ['plain and packed', nodes(node(1, str('hi')), node(2, pack))],
  ['plain integer', nodes(node(1, intStr(5)))],
  ['plain LZF', nodes(node(1, lzfStr(lzfRun(0x61, 100), 100)))],
  ['plain LZF, false', nodes(node(1, lzfStr(lzfRun(0x61, 100), 99)))],
  ['plain without bytes', nodes(node(1, str('')))],
  ['plain without bytes, long form', nodes(node(1, bytes(0x40, 0)))],
  ['plain without bytes, 32-bit form', nodes(node(1, bytes(0x80, u32be(0))))],
  ['plain without bytes among others', nodes(node(2, pack), node(1, str('')))],
  ['packed without bytes', nodes(node(2, str('')))],
  ['packed integer', nodes(node(2, intStr(5)))],
  ['empty node first', nodes(node(2, empty), node(2, pack))],
  ['empty node last', nodes(node(2, pack), node(2, empty))],
  ['empty nodes only', nodes(node(2, empty), node(2, empty))],
  ...[0, 3, 63, 0x40].map((n): Case => [`container ${n}`, nodes(node(bytesOf(n), pack))]),
  ['container in the long form', nodes(node(bytes(0x80, u32be(2)), pack))],
  ['container in a string form', nodes(node(bytesOf(0xc2), pack))],
  ['container 2^40', nodes(node(huge(1n << 40n), pack))],
  ['a ziplist in it', nodes(node(2, str(ziplist(['a']))))],
  ['container missing', bytes(len(1), pack)],
]
const emptyZiplist = bytes(u32le(11), u32le(3), 0, 0, 0xff)
const quicklists1: readonly Case[] = [
  ...counts([str(ziplist(['a'])), str(ziplist(['b', 2]))]),
  ['empty node first', nodes(str(ziplist([])), str(ziplist(['a'])))],
  ['empty node with a tail of 3', nodes(str(emptyZiplist), str(ziplist(['a'])))],
  ['empty nodes only', nodes(str(ziplist([])), str(ziplist([])))],
  ['node without bytes', nodes(str(''))],
  ['node without bytes behind another', nodes(str(ziplist(['a'])), str(''))],
  ['integer node', nodes(intStr(5))],
  ['a listpack in it', nodes(pack)],
]

const stringed = (cases: readonly Case[]): Case[] => cases.map(([name, blob]) => [name, str(blob)])

export const packedCases = (): Payload[] => [
  ...ofType(9, 'zipmap', stringed(zipmaps)),
  ...ofType(11, 'intset', stringed(intsets)),
  ...ofType(14, 'quicklist', quicklists1),
  ...ofType(18, 'quicklist 2', quicklists2),
]
