import {describe, expect, test} from '@jest/globals'
import {Cursor, GAP} from '../../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../../src/formats/bytes/inline-feed.ts'
import {REG_CRC, REGISTERS} from '../../../src/formats/kernel/layout.ts'
import {crc64} from '../../support/bytes.ts'
import {kernel} from '../../support/kernel.ts'

const SLOT_SIZES = [1, 2, 7, 64, 1 << 20]

function open(bytes: Uint8Array, slotSize: number, offset = 0): Cursor {
  return new Cursor(kernel).open(new InlineFeed(bufferSource(bytes), kernel, {slotSize}), offset)
}

const counting = (length: number) => Uint8Array.from({length}, (_, i) => (i * 31 + (i >> 8)) & 255)

function crcHere(c: Cursor): bigint {
  c.crcHere()
  return c.view.getBigUint64(REGISTERS + REG_CRC, true)
}

describe.each(SLOT_SIZES)('a cursor over slots of %i bytes', (slotSize) => {
  test('gives every span whole and in order', () => {
    const bytes = counting(5000)
    const c = open(bytes, slotSize)
    for (let at = 0, n = 1; at < bytes.length; at += n, n = (n * 7 + 3) % 90) {
      n = Math.min(n, bytes.length - at)
      expect(c.offset).toBe(at)
      const start = c.take(n)
      expect([...c.memory.subarray(start, start + n)]).toEqual([...bytes.subarray(at, at + n)])
    }
    expect(c.atEnd()).toBe(true)
  })

  test('reads numbers across edges', () => {
    const c = open(Uint8Array.of(1, 0, 0, 0, 2, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), slotSize)
    expect(c.u8()).toBe(1)
    expect(c.u32be()).toBe(2)
    expect(c.u32le()).toBe(3)
    expect(c.i32le()).toBe(-1)
  })

  test('reads the halves of 64 bits in either order', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8)
    const c = open(bytes, slotSize)
    c.u64be()
    expect([c.high, c.low]).toEqual([0x01020304, 0x05060708])
    c.u64le()
    expect([c.high, c.low]).toEqual([0x08070605, 0x04030201])
  })

  test('says where the input ends when more is asked for', () => {
    const c = open(counting(10), slotSize, 100)
    c.take(4)
    const error = expect.objectContaining({code: 'TRUNCATED', offset: 110})
    expect(() => c.take(7)).toThrow(error)
  })

  test('steps over any number of bytes, not past the end', () => {
    const c = open(counting(1000), slotSize)
    c.skip(990)
    expect(c.offset).toBe(990)
    expect(() => c.skip(11)).toThrow(expect.objectContaining({code: 'TRUNCATED', offset: 1000}))
  })

  test('knows the checksum of everything read so far, wherever it stands', () => {
    const bytes = counting(300)
    const c = open(bytes, slotSize)
    for (const n of [1, 5, 64, 100]) {
      c.take(n)
      expect(crcHere(c)).toBe(crc64(bytes.subarray(0, c.offset)))
    }
  })

  test('knows the checksum of what was read when the window has moved on', () => {
    const bytes = counting(200)
    const c = open(bytes, slotSize)
    c.take(60)
    c.ensure(40)
    expect(crcHere(c)).toBe(crc64(bytes.subarray(0, 60)))
  })

  test('knows the checksum of everything at the end of the input', () => {
    const bytes = counting(192)
    const c = open(bytes, slotSize)
    c.skip(192)
    expect(c.atEnd()).toBe(true)
    expect(crcHere(c)).toBe(crc64(bytes))
  })

  test('keeps a pinned span while the window moves', () => {
    const bytes = counting(4000)
    const c = open(bytes, slotSize)
    const start = c.take(20)
    c.pin(start, start + 20)
    c.skip(3900)
    expect([...c.memory.subarray(c.pinStart, c.pinEnd)]).toEqual([...bytes.subarray(0, 20)])
  })

  test('gives every byte it steps over to a tap, once', () => {
    const bytes = counting(3000)
    const c = open(bytes, slotSize)
    const taken: number[] = []
    c.take(5)
    c.beginTap({write: (memory, start, end) => taken.push(...memory.subarray(start, end))})
    c.take(17)
    c.skip(2000)
    c.take(3)
    c.endTap()
    c.take(8)
    expect(taken).toEqual([...bytes.subarray(5, 2025)])
  })
})

test('a span larger than the gap is put together in an area', () => {
  const bytes = counting(GAP * 3)
  const c = open(bytes, 1 << 18)
  c.take(10)
  const start = c.take(GAP * 2 + 5)
  const taken = c.memory.subarray(start, start + GAP * 2 + 5)
  expect(Buffer.compare(taken, bytes.subarray(10, GAP * 2 + 15))).toBe(0)
  expect(c.offset).toBe(GAP * 2 + 15)
})

test('a span larger than what is left allocates nothing', () => {
  const c = open(counting(100), 1 << 18)
  const before = kernel.memory.buffer.byteLength
  expect(() => c.take(0x40000000)).toThrow(expect.objectContaining({code: 'TRUNCATED'}))
  expect(kernel.memory.buffer.byteLength).toBe(before)
})

test('an input of unknown size is taken piece by piece, at most twice what it holds', () => {
  const bytes = counting(GAP * 2)
  const source = {...bufferSource(bytes), size: -1}
  const c = new Cursor(kernel).open(new InlineFeed(source, kernel))
  const before = kernel.memory.buffer.byteLength
  expect(() => c.take(0x40000000)).toThrow(expect.objectContaining({code: 'TRUNCATED'}))
  expect(kernel.memory.buffer.byteLength - before).toBeLessThan(GAP * 8)
})

test('a cursor starts over with another input', () => {
  const c = open(counting(100), 64)
  c.take(80)
  c.open(new InlineFeed(bufferSource(Uint8Array.of(7, 8)), kernel, {slotSize: 64}), 50)
  expect([c.offset, c.u8(), c.u8(), c.atEnd()]).toEqual([50, 7, 8, true])
  expect(crcHere(c)).toBe(crc64(Uint8Array.of(7, 8)))
})

test('an empty input is at its end, and its checksum is 0', () => {
  const c = open(new Uint8Array(0), 64)
  expect(c.atEnd()).toBe(true)
  expect(crcHere(c)).toBe(0n)
})

test('what is claimed in one piece beyond a limit is refused at its offset, and stepped over otherwise', () => {
  const c = open(counting(GAP * 3), 1 << 20)
  c.take(10)
  c.gatherMost = GAP * 2 - 1
  expect(() => c.take(GAP * 2)).toThrow(expect.objectContaining({code: 'RDB_STRING', offset: 10}))
  c.skip(GAP * 2)
  expect(c.offset).toBe(GAP * 2 + 10)
})
