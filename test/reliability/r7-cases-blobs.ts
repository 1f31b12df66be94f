/** Faults inside listpacks and ziplists, in every type that holds one. */
import {
  bytes,
  len,
  lzfLiterals,
  lzfRun,
  lzfStr,
  str,
  u16le,
  u32be,
  u32le,
} from '../support/bytes.ts'
import {backlen, type Item, listpack, ziplist} from '../support/packed.ts'
import type {Payload} from './r7-verdicts.ts'

type Blob = readonly [name: string, blob: Buffer]

const patched = (blob: Buffer, at: number, ...parts: (number | Uint8Array)[]): Buffer => {
  const copy = Buffer.from(blob)
  bytes(...parts).copy(copy, at < 0 ? copy.length + at : at)
  return copy
}

/** A listpack whose entries are given as they lie there, encoding, data and backlen. */
export const rawListpack = (entries: readonly Uint8Array[], num = entries.length): Buffer => {
  const body = bytes(...entries)
  return bytes(u32le(body.length + 7), u16le(num), body, 0xff)
}

const entry = (data: Uint8Array, back = backlen(data.length)): Buffer => bytes(data, back)
const one = entry(bytes(1))
const text = (value: string): Buffer => entry(bytes(0x80 | value.length, value))
const long = (size: number, fill = 0x61): Buffer => Buffer.alloc(size, fill)

/** A big string entry whose encoding and data are `size` bytes, with this backlen. */
function bigEntry(size: number, back = backlen(size)): Buffer {
  const content = size - (size < 4098 ? 2 : 5)
  const head =
    size < 4098 ? bytes(0xe0 | (content >> 8), content & 255) : bytes(0xf0, u32le(content))
  return entry(bytes(head, long(content)), back)
}

/** Pairs whose values are integers, so that they are a hash, a sorted set and a list. */
const PAIRS: readonly Item[] = ['a', 1, 'bb', 2, 'ccc', 3]

const frames = (sound: Buffer, count: number): Blob[] => [
  ['sound', sound],
  ['size one more', patched(sound, 0, u32le(sound.length + 1))],
  ['size one less', patched(sound, 0, u32le(sound.length - 1))],
  ['size 0', patched(sound, 0, u32le(0))],
  ['size 2^32 - 1', patched(sound, 0, u32le(0xffffffff))],
  ['count one more', patched(sound, count, u16le(7))],
  ['count one less', patched(sound, count, u16le(5))],
  ['count 0', patched(sound, count, u16le(0))],
  ['count unknown', patched(sound, count, u16le(0xffff))],
  ['count 65534', patched(sound, count, u16le(0xfffe))],
  ['no terminator', patched(sound, -1, 0)],
  ['terminator twice', patched(bytes(sound, 0xff), 0, u32le(sound.length + 1))],
  ['a byte behind', bytes(sound, 0)],
  ['last byte missing', sound.subarray(0, -1)],
  ['nothing', Buffer.alloc(0)],
  ['one byte', sound.subarray(0, 1)],
  ['header only', sound.subarray(0, count + 2)],
  ['six bytes', sound.subarray(0, 6)],
  ['terminator only', bytes(0xff)],
]

function listpacks(): Blob[] {
  const sound = listpack(PAIRS)
  const many = (last: Item): Buffer =>
    listpack([...Array.from({length: 9000}, (_, i) => [`m${i}`, i]).flat(), last, 1])
  const invalid = [0xf5, 0xf6, 0xf9, 0xfe, 0xff].map(
    (byte): Blob => [
      `encoding ${byte.toString(16)}`,
      rawListpack([text('a'), one, entry(bytes(byte)), one]),
    ],
  )
  const raw = (name: string, ...entries: Buffer[]): Blob => [name, rawListpack(entries)]
  return [
    ...frames(sound, 4),
    ['empty', listpack([])],
    ['empty, count 1', rawListpack([], 1)],
    ['empty, count unknown', rawListpack([], 0xffff)],
    ['one entry', listpack(['a'])],
    ['odd number', listpack(['a', 1, 'b'])],
    ['odd number, count even', patched(listpack(['a', 1, 'b']), 4, u16le(4))],
    ['twice', listpack(['a', 1, 'a', 2])],
    ['twice, far apart', listpack(['a', 1, 'b', 2, 'c', 3, 'a', 4])],
    ['twice, a value', listpack(['a', 1, 'b', 1])],
    ['twice, integer', listpack([7, 1, 7, 2])],
    raw('twice, integer and text', entry(bytes(7)), one, text('7'), one),
    raw('twice, integer and long text', entry(bytes(0xf2, 0x70, 0x11, 1)), one, text('70000'), one),
    raw('twice, two widths', entry(bytes(7)), one, entry(bytes(0xf1, 7, 0)), one),
    raw('07 and 7', text('07'), one, entry(bytes(7)), one),
    raw('-0 and 0', text('-0'), one, entry(bytes(0)), one),
    raw('+7 and 7', text('+7'), one, entry(bytes(7)), one),
    ['empty strings', listpack(['', 1])],
    ['empty string twice', listpack(['', 1, '', 2])],
    ['many', many('other')],
    ['many, twice', many('m5')],
    ['many, twice behind the small table', many('m8500')],
    ['many, twice, integer', many(77)],
    raw('wide integers', entry(bytes(0xf1, 1, 0)), one, entry(bytes(0xf2, 2, 0, 0)), one),
    raw('wider integers', entry(bytes(0xf3, 1, 0, 0, 0)), one),
    raw('widest integers', entry(bytes(0xf4, 1, 0, 0, 0, 0, 0, 0, 0)), one),
    raw('13 bits', entry(bytes(0xc0, 1)), one, entry(bytes(0xdf, 0xff)), one),
    raw('12-bit length of a short string', entry(bytes(0xe0, 1, 'a')), one),
    raw('32-bit length of a short string', entry(bytes(0xf0, u32le(1), 'a')), one),
    raw('backlen one more', text('a'), entry(bytes(1), bytes(2))),
    raw('backlen 0', text('a'), entry(bytes(1), bytes(0))),
    raw('backlen one more, first', entry(bytes(0x81, 'a'), bytes(3)), one),
    raw('backlen marked', text('a'), entry(bytes(1), bytes(0x81))),
    raw('backlen marked behind a zero', text('a'), entry(bytes(0xf1, 5, 0), bytes(0x83))),
    raw('backlen marked behind a 0x80', text('a'), entry(bytes(0xf1, 5, 0x80), bytes(0x83))),
    raw('backlen marked behind zeros', text('a'), entry(bytes(0xf3, 5, 0, 0, 0), bytes(0x85))),
    raw('backlen of two bytes', text('a'), entry(bytes(1), bytes(0, 0x81))),
    raw('backlen missing', text('a'), bytes(1)),
    ...[127, 128, 129, 4095, 4097, 4098, 16382, 16383, 16384].map((size) =>
      raw(`backlen of an entry of ${size}`, text('a'), bigEntry(size)),
    ),
    raw('backlen long for 128', text('a'), bigEntry(128, bytes(0, 0x81, 0x80))),
    raw('backlen short for 128', text('a'), bigEntry(128, bytes(0x80))),
    raw('backlen short for 16383', text('a'), bigEntry(16383, bytes(0x7f, 0xff))),
    raw('backlen of 16383, first byte', text('a'), bigEntry(16383, bytes(5, 0xff, 0xff))),
    raw('backlen of 16383, second byte', text('a'), bigEntry(16383, bytes(5, 0x7f, 0xff))),
    raw('backlen of 128, unmarked', text('a'), bigEntry(128, bytes(1, 0))),
    raw('backlen of 128, marked', text('a'), bigEntry(128, bytes(0x81, 0x80))),
    ...invalid,
    raw('6-bit length beyond', text('a'), entry(bytes(0xbf, 'a'))),
    raw('12-bit length beyond', text('a'), entry(bytes(0xef, 0xff, 'a'))),
    raw('32-bit length beyond', text('a'), entry(bytes(0xf0, u32le(1000), 'a'))),
    raw('32-bit length 2^32 - 1', text('a'), entry(bytes(0xf0, u32le(0xffffffff), 'a'))),
    raw('32-bit length 2^32 - 5', text('a'), entry(bytes(0xf0, u32le(0xfffffffb), 'a'))),
    raw('32-bit length 2^31', text('a'), entry(bytes(0xf0, u32le(0x80000000), 'a'))),
    raw('32-bit length cut', text('a'), bytes(0xf0, 1)),
    raw('integer cut', text('a'), bytes(0xf4, 1)),
    raw('13 bits cut', text('a'), bytes(0xc1)),
    raw('terminator inside', text('a'), one, bytes(0xff), text('b'), one),
  ]
}

/** A ziplist whose entries are given as they lie there, and the offset of the last one. */
const rawZiplist = (entries: readonly Uint8Array[], tail?: number): Buffer => {
  const body = bytes(...entries)
  const last = tail ?? 10 + body.length - (entries.at(-1)?.length ?? 0)
  return bytes(u32le(body.length + 11), u32le(last), u16le(entries.length), body, 0xff)
}

function ziplists(): Blob[] {
  const sound = ziplist(PAIRS)
  const many = (last: Item): Buffer =>
    ziplist([...Array.from({length: 9000}, (_, i) => [`m${i}`, i]).flat(), last, 1])
  const a = bytes(0, 1, 'a')
  const raw = (name: string, ...entries: Buffer[]): Blob => [name, rawZiplist(entries)]
  const encodings = [0xc1, 0xcf, 0xd1, 0xe1, 0xef, 0xff].map(
    (byte): Blob => raw(`encoding ${byte.toString(16)}`, a, bytes(3, byte), bytes(2, 0xf2)),
  )
  const last = sound.readUInt32LE(4)
  return [
    ...frames(sound, 8),
    ['tail one more', patched(sound, 4, u32le(last + 1))],
    ['tail the first', patched(sound, 4, u32le(10))],
    ['tail the one before', patched(sound, 4, u32le(last - 5))],
    ['tail 0', patched(sound, 4, u32le(0))],
    ['tail the terminator', patched(sound, 4, u32le(sound.length - 1))],
    ['tail the end', patched(sound, 4, u32le(sound.length))],
    ['tail 2^32 - 1', patched(sound, 4, u32le(0xffffffff))],
    ['empty', ziplist([])],
    ['empty, tail 0', patched(ziplist([]), 4, u32le(0))],
    ['empty, tail 9', patched(ziplist([]), 4, u32le(9))],
    ['empty, count 1', patched(ziplist([]), 8, u16le(1))],
    ['empty, count unknown', patched(ziplist([]), 8, u16le(0xffff))],
    ['one entry', ziplist(['a'])],
    ['odd number', ziplist(['a', 1, 'b'])],
    ['twice', ziplist(['a', 1, 'a', 2])],
    ['twice, a value', ziplist(['a', 1, 'b', 1])],
    ['twice, integer', ziplist([7, 1, 7, 2])],
    raw(
      'twice, integer and text',
      bytes(0, 0xf8),
      bytes(2, 0xf2),
      bytes(2, 1, '7'),
      bytes(3, 0xf2),
    ),
    raw('twice, two widths', bytes(0, 0xf8), bytes(2, 0xf2), bytes(2, 0xfe, 7), bytes(3, 0xf2)),
    ['empty string twice', ziplist(['', 1, '', 2])],
    ['many', many('other')],
    ['many, twice', many('m5')],
    ['many, twice behind the small table', many('m8500')],
    ['long prevlens', ziplist(PAIRS, {longPrevlen: true})],
    ['wide integers', ziplist(['a', 100000, 'b', -1], {wide: true})],
    ['every integer', ziplist(['a', 0, 'b', 12, 'c', 13, 'd', -129, 'e', 40000, 'f', 2 ** 40])],
    ['strings of every length form', ziplist(['a', 'x'.repeat(64), 'b', 'y'.repeat(20000)])],
    raw('32-bit length of a short string', bytes(0, 0x80, u32be(1), 'a'), bytes(7, 0xf2)),
    raw('32-bit length with low bits', bytes(0, 0x9f, u32be(1), 'a'), bytes(7, 0xf2)),
    raw('14-bit length of a short string', bytes(0, 0x40, 1, 'a'), bytes(4, 0xf2)),
    raw('prevlen one more', a, bytes(4, 0xf2)),
    raw('prevlen one less', a, bytes(2, 0xf2)),
    raw('prevlen of the first', bytes(5, 1, 'a'), bytes(3, 0xf2)),
    raw('prevlen cut', a, bytes(0xfe, 3, 0)),
    raw('prevlen long, wrong', a, bytes(0xfe, u32le(9), 0xf2)),
    raw('prevlen long, 2^32 - 1', a, bytes(0xfe, u32le(0xffffffff), 0xf2)),
    raw('prevlen ff', a, bytes(0xff, 0xf2)),
    ...encodings,
    raw('immediate 0 to 12', bytes(0, 0xf1), bytes(2, 0xfd)),
    raw('6-bit length beyond', a, bytes(3, 0x3f, 'a')),
    raw('14-bit length beyond', a, bytes(3, 0x7f, 0xff, 'a')),
    raw('32-bit length beyond', a, bytes(3, 0x80, u32be(1000), 'a')),
    raw('32-bit length 2^32 - 1', a, bytes(3, 0x80, u32be(0xffffffff), 'a')),
    raw('integer cut', a, bytes(3, 0xe0, 1)),
    raw('length cut', a, bytes(3, 0x80, 0)),
    raw('header only', a, bytes(3)),
  ]
}

/** How a type holds such a blob. */
type Wrap = readonly [name: string, type: number, wrap: (blob: Uint8Array) => Buffer]

const LISTPACK_TYPES: readonly Wrap[] = [
  ['hash', 16, str],
  ['zset', 17, str],
  ['list node', 18, (blob) => bytes(1, 2, str(blob))],
]
const ZIPLIST_TYPES: readonly Wrap[] = [
  ['list', 10, str],
  ['zset', 12, str],
  ['hash', 13, str],
  ['list node', 14, (blob) => bytes(1, str(blob))],
]

const inTypes = (kind: string, types: readonly Wrap[], blobs: readonly Blob[]): Payload[] =>
  types.flatMap(([host, type, wrap]) =>
    blobs.map(([name, blob]) => ({name: `${kind} ${host}: ${name}`, type, body: wrap(blob)})),
  )

/** A blob as the other forms of a string: integers, LZF with true and false lengths. */
function asStrings(kind: string, type: number, blob: Buffer): Payload[] {
  const packed = lzfLiterals(blob)
  const forms: [string, Buffer][] = [
    ['an int8', bytes(0xc0, 5)],
    ['an int32', bytes(0xc2, u32le(5))],
    ['LZF', lzfStr(packed, blob.length)],
    ['LZF, length one less', lzfStr(packed, blob.length - 1)],
    ['LZF, length one more', lzfStr(packed, blob.length + 1)],
    ['LZF of zeros', lzfStr(lzfRun(0, 100), 100)],
    ['LZF, no data', bytes(0xc3, 0, 10)],
    ['long length form', bytes(0x80, u32be(blob.length), blob)],
    ['64-bit length form', bytes(0x81, u32be(0), u32be(blob.length), blob)],
    ['length behind the end', bytes(len(blob.length + 100), blob)],
    ['nothing behind the type', Buffer.alloc(0)],
  ]
  return forms.map(([name, body]) => ({name: `${kind} as ${name}`, type, body}))
}

export const blobCases = (): Payload[] => [
  ...inTypes('listpack', LISTPACK_TYPES, listpacks()),
  ...inTypes('ziplist', ZIPLIST_TYPES, ziplists()),
  ...asStrings('listpack hash', 16, listpack(PAIRS)),
  ...asStrings('ziplist list', 10, ziplist(PAIRS)),
]

export const newListpackCases = (): Payload[] => [
  ...inTypes('listpack', [['set', 20, str]], listpacks()),
]
