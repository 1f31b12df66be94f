/** Lengths and counts that nothing stands behind, in every place of an RDB and of an AOF. */
import {
  aux,
  bytes,
  entry,
  expireMs,
  i64le,
  intStr,
  len,
  type Part,
  selectDb,
  str,
  u32le,
  u64be,
} from '../support/bytes.ts'
import {listpack} from '../support/packed.ts'
import {lenId, rawId, streamNode} from '../support/streams.ts'

export interface Claim {
  readonly name: string
  readonly file: Buffer
  /** A hint, which is not believed and does no harm. */
  readonly hint?: boolean
}

const CLAIMS = [31n, 32n, 33n, 40n, 47n, 53n, 60n, 62n].map((power) => 1n << power)

const claim = (n: bigint): Buffer => bytes(0x81, u64be(n))
const id = rawId('1-1')
const node = streamNode([{id: '1-1', pairs: ['f', 'v']}])
const head = bytes(len(1), node, len(1), lenId('1-1'))
const meta = bytes(head, lenId('1-1'), lenId('0-0'), len(1))
const group = bytes(meta, len(1), str('g'), lenId('1-1'), len(1))
const pending = bytes(group, len(1), id, i64le(1), len(1))
const consumer = bytes(len(1), str('c'), i64le(1), i64le(1))
const moduleId = bytes(0x81, u64be(0x0123456789abcdefn))
const lp = str(listpack(['a', 1]))

type Place = readonly [name: string, body: (n: Buffer) => Buffer, hint?: 'hint']
const value = (type: number, make: (n: Buffer) => Part): ((n: Buffer) => Buffer) => {
  return (n) => entry(type, 'key', make(n))
}
const rest = 'abcdefgh'

const PLACES: readonly Place[] = [
  ['key', (n) => bytes(0, n, rest)],
  ['string', value(0, (n) => bytes(n, rest))],
  ['LZF data', value(0, (n) => bytes(0xc3, n, len(100), rest))],
  ['LZF expanded', value(0, (n) => bytes(0xc3, len(8), n, rest))],
  ['LZF both', value(0, (n) => bytes(0xc3, n, n, rest))],
  ['key, LZF', (n) => bytes(0, 0xc3, len(8), n, rest)],
  ...[1, 2, 3, 4, 5].map((type): Place => [`type ${type}`, value(type, (n) => bytes(n, rest))]),
  ['member', value(2, (n) => bytes(len(2), str('a'), n, rest))],
  ['member, LZF', value(2, (n) => bytes(len(2), str('a'), 0xc3, len(8), n, rest))],
  ...[9, 10, 11, 12, 13, 16, 17, 20].map(
    (type): Place => [`blob ${type}`, value(type, (n) => bytes(n, rest))],
  ),
  ...[14, 18].map((type): Place => [`nodes ${type}`, value(type, (n) => bytes(n, 2, lp))]),
  ['node 14', value(14, (n) => bytes(1, n, rest))],
  ['node 18', value(18, (n) => bytes(1, 2, n, rest))],
  ['plain node', value(18, (n) => bytes(1, 1, n, rest))],
  ['container', value(18, (n) => bytes(1, n, lp))],
  ['stream nodes', value(21, (n) => bytes(n, node))],
  ['stream node id', value(21, (n) => bytes(1, n, rest))],
  ['stream listpack', value(21, (n) => bytes(1, str(id), n, rest))],
  ['stream groups', value(21, (n) => bytes(meta, n, rest))],
  ['stream group name', value(21, (n) => bytes(meta, 1, n, rest))],
  ['pending entries', value(21, (n) => bytes(group, n, id, i64le(1), 1))],
  ['consumers', value(21, (n) => bytes(pending, n, rest))],
  ['consumer name', value(21, (n) => bytes(pending, 1, n, rest))],
  ['owned entries', value(21, (n) => bytes(pending, consumer, n, id))],
  ['nacked', value(27, (n) => bytes(pending, consumer, 1, id, n, id))],
  ['producers', value(26, (n) => bytes(meta, 0, len(100), len(100), n, rest))],
  ['producer name', value(26, (n) => bytes(meta, 0, len(100), len(100), 1, n, rest))],
  ['iids', value(26, (n) => bytes(meta, 0, len(100), len(100), 1, str('p'), n, rest))],
  ['fields with expiry', value(24, (n) => bytes(i64le(1), n, rest))],
  ['blob with expiry', value(25, (n) => bytes(i64le(1), n, rest))],
  ['array', value(28, (n) => bytes(n, 0, rest))],
  ['array string', value(28, (n) => bytes(1, 0, 0, 0, n, rest))],
  ['template id', value(32, (n) => bytes(n, rest))],
  ['module string', value(7, (n) => bytes(moduleId, 5, n, rest))],
  ['module opcode', value(7, (n) => bytes(moduleId, n, rest))],
  ['AUX name', (n) => bytes(0xfa, n, rest)],
  ['AUX value', (n) => bytes(0xfa, str('redis-ver'), n, rest)],
  ['AUX value, LZF', (n) => bytes(0xfa, str('a'), 0xc3, len(8), n, rest)],
  ['library', (n) => bytes(0xf5, n, rest)],
  ['library, LZF', (n) => bytes(0xf5, 0xc3, len(8), n, rest)],
  ['module data', (n) => bytes(0xf7, moduleId, 2, 1, 5, n, rest)],
  ['key metadata', (n) => bytes(0xf3, n, rest)],
  ['template fields', (n) => bytes(0xf2, len(1), n, rest)],
  ['template field', (n) => bytes(0xf2, len(1), 1, n, rest)],
  ['database', (n) => bytes(0xfe, n)],
  ['sizes', (n) => bytes(selectDb(0), 0xfb, n, n, entry(0, 'k', str('v'))), 'hint'],
  ['slot', (n) => bytes(0xf4, n, n, n, entry(0, 'k', str('v'))), 'hint'],
  ['idle', (n) => bytes(0xf8, n, entry(0, 'k', str('v'))), 'hint'],
  ['nested', value(1, (n) => bytes(len(3), str('a'), 0xc3, n, n, n, n))],
  [
    'many',
    (n) =>
      bytes(...Array.from({length: 50}, (_, i) => entry(0, `k${i}`, bytes(0xc3, len(8), n, rest)))),
  ],
  ['with an expiry', (n) => bytes(expireMs(1), 4, n, rest)],
  ['behind AUX', (n) => bytes(aux('a', 'b'), 2, intStr(5), n, rest)],
]

/** Headers of packed encodings: u32 in them. */
const INNER: readonly Claim[] = [0x7fffffff, 0x80000000, 0xffffffff].flatMap((n) => {
  const blobs: [string, number, Part][] = [
    ['listpack size', 16, bytes(u32le(n), 2, 0, 1, 1, 1, 1, 0xff)],
    ['listpack string', 16, bytes(u32le(16), 2, 0, 0xf0, u32le(n), 1, 1, 1, 0xff)],
    ['ziplist size', 13, bytes(u32le(n), u32le(10), 2, 0, 0, 0xf2, 2, 0xf2, 0xff)],
    ['ziplist tail', 13, bytes(u32le(15), u32le(n), 2, 0, 0, 0xf2, 2, 0xf2, 0xff)],
    ['ziplist string', 13, bytes(u32le(17), u32le(10), 1, 0, 0, 0x80, u32le(n), 0xff)],
    ['intset', 11, bytes(u32le(8), u32le(n), 1, 2, 3, 4, 5, 6, 7, 8)],
    ['zipmap', 9, bytes(1, 254, u32le(n), 'a', 1, 0, 'b', 0xff)],
    ['stream node', 21, ''],
  ]
  return blobs.map(([name, type, blob]) => {
    const body =
      type === 21 ? bytes(1, str(id), str(listpack([n, n, n, 'f', 0])), 1, lenId('1-1')) : str(blob)
    return {name: `${name} ${n}`, file: rdb(entry(type, 'key', body))}
  })
})

function rdb(body: Buffer): Buffer {
  return bytes('REDIS0015', body, 0xff, new Uint8Array(8))
}

export const rdbClaims = (): Claim[] => [
  ...PLACES.flatMap(([name, body, hint]) =>
    CLAIMS.map((n) => ({
      name: `${name}, 2^${n.toString(2).length - 1}`,
      file: rdb(body(claim(n))),
      hint: hint === 'hint',
    })),
  ),
  ...PLACES.filter(([, , hint]) => !hint).map(([name, body]) => ({
    name: `${name}, 2^64 - 1`,
    file: rdb(body(claim((1n << 64n) - 1n))),
  })),
  ...INNER,
]

const set = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n'
const AOF_CLAIMS = [
  ...['*1073741824', '*1048577', '*2147483647', '*4294967296', '*9223372036854775807'],
  ...['*-1', '*0', '*-1073741824', '*99999999999999999999999999', '*1\r\n$99999999999'],
  ...['*1\r\n$536870912', '*1\r\n$536870913', '*1\r\n$-5', '*1\r\n$-1', '*1\r\n$2147483647'],
  ...['*1\r\n$4294967296', '*1\r\n$9223372036854775807', '*1\r\n$18446744073709551616'],
  ...['*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$99999999999', '*3\r\n$3\r\nSET\r\n$1073741824\r\nk'],
  ...[
    '*1073741824\r\n$3\r\nDEL\r\n$1\r\nk',
    `*${'1'.repeat(100000)}`,
    `*1\r\n$${'9'.repeat(100000)}`,
  ],
]

export const aofClaims = (): Claim[] =>
  AOF_CLAIMS.flatMap((text) => [
    {name: `AOF ${text.slice(0, 40)}`, file: bytes(text, '\r\n')},
    {name: `AOF SET, then ${text.slice(0, 40)}`, file: bytes(set, text, '\r\n', set)},
  ])
