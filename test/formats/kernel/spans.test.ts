import {describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import {
  HASH_LOG,
  REG_HASH,
  REG_HASHES,
  REGISTERS,
  WINDOW,
} from '../../../src/formats/kernel/layout.ts'
import {everywhere, kernel, memory, put, register, register64, view} from './arena.ts'

const hashOf = (blob: Uint8Array, seed = 0) =>
  everywhere(blob, (start, end) => {
    kernel.hash(start, end, seed)
    return register64(REG_HASH)
  })

describe('hash', () => {
  test('differs for all prefixes of zeros, and by seed', () => {
    const hashes = new Set<bigint>()
    for (let length = 0; length < 200; length++) {
      hashes.add(hashOf(new Uint8Array(length)))
      hashes.add(hashOf(new Uint8Array(length), 1))
    }
    expect(hashes.size).toBe(400)
  })

  test.each([1, 3, 4, 7, 8, 9, 16, 24, 40, 100])(
    'of %i bytes changes about half its bits with any one bit',
    (length) => {
      const blob = Uint8Array.from({length}, (_, i) => i * 37)
      const original = hashOf(blob)
      let changed = 0
      for (let bit = 0; bit < length * 8; bit++) {
        const other = Uint8Array.from(blob)
        other[bit >> 3] ^= 1 << (bit & 7)
        const difference = (original ^ hashOf(other)).toString(2).replaceAll('0', '').length
        expect(difference).toBeGreaterThan(8)
        changed += difference
      }
      expect(changed / (length * 8)).toBeGreaterThan(26)
      expect(changed / (length * 8)).toBeLessThan(38)
    },
  )

  test('has no collision among a million numbered keys, nor a crowd in its low 16 bits', () => {
    const low = new Uint32Array(65536)
    const seen = new Set<bigint>()
    for (let i = 0; i < 1000000; i++) {
      const text = `user:${i}`
      for (let at = 0; at < text.length; at++) memory[WINDOW + at] = text.charCodeAt(at)
      kernel.hash(WINDOW, WINDOW + text.length, 0)
      const value = register64(REG_HASH)
      seen.add(value)
      low[Number(value & 0xffffn)]++
    }
    expect(seen.size).toBe(1000000)
    expect(Math.max(...low)).toBeLessThan(50)
  })

  test('is appended to the log', () => {
    const [start, end] = put(Buffer.from('key'))
    view.setUint32(REGISTERS + REG_HASHES, 7, true)
    kernel.hashAppend(start, end, 5)
    kernel.hash(start, end, 5)
    expect(register(REG_HASHES)).toBe(8)
    expect(view.getBigUint64(HASH_LOG + 7 * 8, true)).toBe(register64(REG_HASH))
  })
})

const blob = fc.uint8Array({maxLength: 100})

describe('comparing and searching', () => {
  test('compareSpans and equalSpans agree with Buffer.compare', () => {
    const pair = fc.oneof(
      fc.tuple(blob, blob),
      fc
        .tuple(blob, blob, fc.uint8Array({maxLength: 20}))
        .map(([a, b, c]) => [Buffer.concat([a, b]), Buffer.concat([a, c])]),
    )
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const [bStart, bEnd] = put(b, 0, WINDOW + 0x10000)
        const expected = Buffer.compare(a, b)
        everywhere(a, (start, end) => {
          expect(Math.sign(kernel.compareSpans(start, end, bStart, bEnd))).toBe(expected)
          expect(kernel.equalSpans(start, end, bStart, bEnd)).toBe(expected === 0 ? 1 : 0)
        })
      }),
    )
  })

  test('findByte finds what indexOf finds', () => {
    fc.assert(
      fc.property(blob, fc.nat(255), (bytes, wanted) => {
        const at = bytes.indexOf(wanted)
        const found = everywhere(bytes, (start, end) => kernel.findByte(start, end, wanted) - start)
        expect(found).toBe(at < 0 ? bytes.length : at)
      }),
    )
  })

  test('isZero stops at the first byte that is not zero, wherever it is', () => {
    for (let length = 0; length < 200; length++) {
      const zeros = new Uint8Array(length)
      expect(everywhere(zeros, (start, end) => kernel.isZero(start, end) - start)).toBe(length)
      if (length === 0) continue
      const at = (length * 5 + 3) % length
      zeros[at] = 1
      expect(everywhere(zeros, (start, end) => kernel.isZero(start, end) - start)).toBe(at)
    }
  })
})
