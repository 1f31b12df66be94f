import {describe, expect, test} from '@jest/globals'
import {
  asciiDouble,
  bytes,
  crc64,
  dumpPayload,
  hex,
  intStr,
  len,
  lzfLiterals,
  lzfRun,
  rdbFile,
  resp,
  str,
} from './bytes.ts'
import {backlen, intset, listpack, ziplist, zipmap} from './packed.ts'
import {stream} from './streams.ts'

const text = (hexText: string) => hex(hexText).toString('hex')

describe('crc64', () => {
  test.each([
    ['', 0n],
    ['a', 0x5fb354025b277b14n],
    ['123456789', 0xe9c6d914c4b8d9can],
  ])('of %j', (input, expected) => {
    expect(crc64(bytes(input))).toBe(expected)
  })

  test('goes on where it stopped', () => {
    expect(crc64(bytes('6789'), crc64(bytes('12345')))).toBe(0xe9c6d914c4b8d9can)
  })
})

describe('what servers wrote', () => {
  test.each([
    ['hello', 0, str('hello'), '00 05 68656c6c6f 0a00 6372df766534200a'],
    ['12345', 0, intStr(12345, 2), '00 c1 3930 0a00 9d94ea2793fc08b9'],
    ['the empty string', 0, str(''), '00 00 0a00 5d9b5c400f7fa2da'],
  ])('DUMP of %s', (_, type, body, expected) => {
    expect(dumpPayload(type, body, 10).toString('hex')).toBe(text(expected))
  })

  test.each([
    [0, '00'],
    [63, '3f'],
    [64, '4040'],
    [16383, '7fff'],
    [16384, '8000004000'],
    [2 ** 32 - 1, '80ffffffff'],
    [2 ** 32, '810000000100000000'],
    [-1, '81ffffffffffffffff'],
  ])('length %d', (n, expected) => {
    expect(len(n).toString('hex')).toBe(expected)
  })

  test.each([
    [
      'listpack',
      listpack(['a', 1, 128, -1, 4096, 70000, 9999999999n]),
      '25000000 0700 816102 0101 c08002 dfff02 f1001003 f270110104 f4ffe30b5402000000 09 ff',
    ],
    [
      'ziplist',
      ziplist(['ab', 0, 12, 13, -1, 256]),
      '1d000000 18000000 0600 00026162 04f1 02fd 02fe0d 03feff 03c00001 ff',
    ],
    ['intset', intset([-5, 1, 2], 2), '02000000 03000000 fbff 0100 0200'],
    ['zipmap', zipmap([['a', '1']]), '01 01 61 01 00 31 ff'],
  ])('%s', (_, built, expected) => {
    expect(built.toString('hex')).toBe(text(expected))
  })

  test.each([
    [127, '7f'],
    [128, '0180'],
    [16382, '7ffe'],
    [16383, '00ffff'],
    [2097150, '7ffffe'],
    [2097151, '00ffffff'],
  ])('backlen of %d', (size, expected) => {
    expect(backlen(size).toString('hex')).toBe(expected)
  })

  test('a stream of type 19', () => {
    const time = 0x1a1f96f1fc2
    const built = stream({
      type: 19,
      nodes: [
        [
          {id: '1000-1', pairs: ['a', 1, 'b', 2]},
          {id: '1000-2', pairs: ['a', 3, 'b', 4], deleted: true},
          {id: '1005-0', pairs: ['c', 'x']},
        ],
      ],
      lastId: '1005-0',
      firstId: '1000-1',
      maxDeletedId: '1000-2',
      entriesAdded: 3,
      groups: [
        {
          name: 'g',
          lastId: '1000-1',
          pending: [{id: '1000-1', time, count: 1}],
          consumers: [{name: 'c1', seen: time, active: -1, owns: ['1000-1']}],
        },
      ],
    })
    const id = '00000000000003e8 0000000000000001'
    const expected = `01 10 ${id} 3e
      3e000000 1900
      02 01 01 01 02 01 8161 02 8162 02 00 01
      02 01 00 01 00 01 01 01 02 01 05 01
      03 01 00 01 01 01 03 01 04 01 05 01
      00 01 05 01 dfff 02 01 01 8163 02 8178 02 06 01 ff
      02 43ed 00 43e8 01 43e8 02 03 01
      01 67 43e8 01 81 ffffffffffffffff
      01 ${id} c21f6ff9a1010000 01
      01 02 6331 c21f6ff9a1010000 01 ${id}`
    expect(built.toString('hex')).toBe(text(expected))
  })
})

test('LZF builders give what they claim', () => {
  expect(lzfRun(0x61, 100).toString('hex')).toBe('0061e05a00')
  expect(lzfLiterals('abc').toString('hex')).toBe('02616263')
})

test('an RDB file', () => {
  expect(rdbFile({version: 4}).toString('latin1')).toBe('REDIS0004\xff')
  const file = rdbFile({magic: 'VALKEY', version: 80, body: hex('fe00')})
  expect(file.subarray(0, 12).toString('latin1')).toBe('VALKEY080\xfe\0\xff')
  expect(file.readBigUInt64LE(12)).toBe(crc64(file.subarray(0, 12)))
  expect(rdbFile({version: 11, checksum: 'zero'}).subarray(-8)).toEqual(Buffer.alloc(8))
})

test('RESP and scores', () => {
  expect(resp('SET', 'k', 5).toString()).toBe('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n5\r\n')
  expect(asciiDouble('2.5').toString('hex')).toBe('03322e35')
  expect(asciiDouble('-inf').toString('hex')).toBe('ff')
})
