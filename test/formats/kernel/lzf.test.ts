import {describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import lzfjs from 'lzfjs'
import {
  LZF_INPUT,
  LZF_LONG,
  LZF_REFERENCE,
  LZF_SHORT,
  REG_ERROR_AT,
  REG_LZF,
  REG_NEXT,
  REG_OUT,
  REGISTERS,
  WINDOW,
} from '../../../src/formats/kernel/layout.ts'
import {hex} from '../../support/bytes.ts'
import {everywhere, kernel, MEMORY_END, memory, put, register, view} from './arena.ts'

const OUT = WINDOW + 0x180000

/** One code at a time and byte by byte. */
function slowExpand(src: Uint8Array, length: number): {error: number; at: number; out: Uint8Array} {
  const out = new Uint8Array(length)
  let next = 0
  let end = 0
  for (let at = 0; next < src.length; at = next) {
    const result = (error: number) => ({error, at, out})
    const control = src[next++]
    if (control < 32) {
      if (next + control + 1 > src.length) return result(LZF_INPUT)
      if (end + control + 1 > length) return result(LZF_LONG)
      for (let i = 0; i <= control; i++) out[end++] = src[next++]
      continue
    }
    let copy = (control >> 5) + 2
    if (copy === 9) copy += src[next++]
    if (next >= src.length) return result(LZF_INPUT)
    const back = (((control & 31) << 8) | src[next++]) + 1
    if (back > end) return result(LZF_REFERENCE)
    if (end + copy > length) return result(LZF_LONG)
    for (let i = 0; i < copy; i++, end++) out[end] = out[end - back]
  }
  return {error: end === length ? 0 : LZF_SHORT, at: next, out}
}

/** What the kernel makes of `src` when `length` bytes are stated, with the output against the end of memory. */
function expand(src: Uint8Array, length: number): {error: number; at: number; out: Uint8Array} {
  return everywhere(src, (start, end) => {
    const dst = end === MEMORY_END ? OUT : MEMORY_END - length
    memory.fill(0x5a, dst - 64, dst + length + 64)
    const error = kernel.lzfDecompress(start, end, dst, dst + length)
    const around = [
      ...memory.subarray(dst - 64, dst),
      ...memory.subarray(dst + length, dst + length + 64),
    ]
    if (around.some((byte) => byte !== 0x5a)) throw new Error('wrote outside')
    const at = error === 0 ? src.length : register(REG_ERROR_AT) - start
    return {error, at, out: error === 0 ? memory.slice(dst, dst + length) : new Uint8Array(0)}
  })
}

function compress(plain: Uint8Array, room = plain.length * 2 + 64): Uint8Array | null {
  const [start, end] = put(plain)
  memory.fill(0x5a, OUT - 64, OUT + room + 64)
  const length = kernel.lzfCompress(start, end, OUT, OUT + room)
  const around = [
    ...memory.subarray(OUT - 64, OUT),
    ...memory.subarray(OUT + room, OUT + room + 64),
  ]
  if (around.some((byte) => byte !== 0x5a)) throw new Error('wrote outside')
  return length === 0 ? null : memory.slice(OUT, OUT + length)
}

/** Text-like, run-like and random bytes. */
const plain = fc.oneof(
  fc.uint8Array({minLength: 1, maxLength: 600}),
  fc
    .array(fc.constantFrom('abc', 'abd', ' ', 'hello', '0000000000'), {
      minLength: 1,
      maxLength: 400,
    })
    .map((words) => Buffer.from(words.join(''))),
  fc
    .tuple(fc.uint8Array({minLength: 1, maxLength: 20}), fc.integer({min: 1, max: 200}))
    .map(([unit, times]) => Buffer.concat(Array(times).fill(unit))),
)

describe('lzfDecompress', () => {
  test.each([
    {what: '21 x "a"', src: '01 61 61 | e0 0a 00', expected: 'a'.repeat(21)},
    {what: '100 x "a"', src: '01 61 61 | e0 57 00 | 01 61 61', expected: 'a'.repeat(100)},
    {
      what: '9 x "abc"',
      src: '03 61 62 63 61 | e0 0c 02 | 01 62 63',
      expected: 'abc'.repeat(9).slice(0, 27),
    },
    {what: 'nothing', src: '', expected: ''},
  ])('expands $what as servers wrote it', ({src, expected}) => {
    const {error, out} = expand(hex(src), expected.length)
    expect([error, Buffer.from(out).toString()]).toEqual([0, expected])
  })

  test.each([
    {what: 'a literal that ends early', src: '02 61 62', length: 3, error: LZF_INPUT, at: 0},
    {what: 'no offset', src: '00 61 | 20', length: 4, error: LZF_INPUT, at: 2},
    {what: 'no length', src: '00 61 | e0', length: 20, error: LZF_INPUT, at: 2},
    {what: 'a length without offset', src: '00 61 | e0 00', length: 20, error: LZF_INPUT, at: 2},
    {
      what: 'a reference to before the start',
      src: '00 61 | 20 01',
      length: 4,
      error: LZF_REFERENCE,
      at: 2,
    },
    {what: 'a literal too long', src: '02 61 62 63', length: 2, error: LZF_LONG, at: 0},
    {what: 'a copy too long', src: '00 61 | 20 00', length: 3, error: LZF_LONG, at: 2},
    {what: 'too little', src: '00 61 | 20 00', length: 5, error: LZF_SHORT, at: 4},
  ])('refuses $what: $error at $at', ({src, length, error, at}) => {
    expect(expand(hex(src), length)).toMatchObject({error, at})
  })

  test('expands what lzfjs compresses', () => {
    fc.assert(
      fc.property(plain, (bytes) => {
        const {error, out} = expand(lzfjs.compress(bytes), bytes.length)
        expect(error).toBe(0)
        expect(Buffer.compare(out, bytes)).toBe(0)
      }),
    )
  })

  test('expands or refuses any codes as the plain decoder does', () => {
    const literal = fc
      .uint8Array({minLength: 1, maxLength: 32})
      .map((bytes) => [bytes.length - 1, ...bytes])
    const reference = fc
      .tuple(fc.integer({min: 32, max: 255}), fc.nat(255), fc.nat(40))
      .map(([c, n, o]) => (c >> 5 === 7 ? [c & 0xe0, n, o] : [c & 0xe0, o]))
    const codes = fc.array(
      fc.oneof(
        literal,
        reference,
        fc.uint8Array({maxLength: 3}).map((b) => [...b]),
      ),
      {maxLength: 30},
    )
    fc.assert(
      fc.property(codes, fc.integer({min: -2, max: 2}), (parts, off) => {
        const src = Uint8Array.from(parts.flat())
        let length = 0
        // The length at which the plain decoder is satisfied, if there is one, and its neighbours.
        for (; length < 9000; length += 1 + (length >> 6))
          if (slowExpand(src, length).error !== LZF_LONG) break
        const stated = Math.max(0, length + off)
        const expected = slowExpand(src, stated)
        const actual = expand(src, stated)
        expect([actual.error, actual.at]).toEqual([expected.error, expected.at])
        if (expected.error === 0) expect(Buffer.compare(actual.out, expected.out)).toBe(0)
      }),
      {numRuns: 1000},
    )
  })

  test('repeats patterns of every period', () => {
    for (let period = 1; period <= 40; period++) {
      const unit = Uint8Array.from({length: period}, (_, i) => i + 1)
      for (const copy of [3, 8, 9, 17, 64, 264]) {
        const literals =
          period <= 32
            ? [period - 1, ...unit]
            : [31, ...unit.slice(0, 32), period - 33, ...unit.slice(32)]
        const codes = copy < 9 ? [(copy - 2) << 5, period - 1] : [0xe0, copy - 9, period - 1]
        // Literals behind it give the copy room to write more than it says.
        const src = Uint8Array.from([...literals, ...codes, 31, ...Array(32).fill(7)])
        const expected = slowExpand(src, period + copy + 32)
        expect(expected.error).toBe(0)
        expect(Buffer.compare(expand(src, period + copy + 32).out, expected.out)).toBe(0)
      }
    }
  })
})

describe('lzfCompress', () => {
  test('writes what both decoders expand again', () => {
    fc.assert(
      fc.property(plain, (bytes) => {
        const compressed = compress(bytes)!
        expect(Buffer.compare(expand(compressed, bytes.length).out, bytes)).toBe(0)
        expect(Buffer.compare(lzfjs.decompress(compressed), bytes)).toBe(0)
      }),
    )
  })

  test('gives the same bytes whatever was compressed before, and when its positions start over', () => {
    const bytes = Buffer.from('the quick brown fox, the quick red fox and the lazy dog '.repeat(30))
    const first = compress(bytes)
    compress(Buffer.from('the quick brown dog and the lazy fox, '.repeat(300)))
    expect(compress(bytes)).toEqual(first)
    view.setUint32(REGISTERS + REG_LZF, 0xffffffff - 9000, true)
    expect(compress(bytes)).toEqual(first)
    expect(compress(bytes)).toEqual(first)
  })

  test('says 0 when the room is one byte too small', () => {
    fc.assert(
      fc.property(plain, (bytes) => {
        const length = compress(bytes)!.length
        expect(compress(bytes, length)?.length).toBe(length)
        expect(compress(bytes, length - 1)).toBeNull()
      }),
    )
  })

  test('compresses text about as well as lzfjs', () => {
    const text = Array.from(
      {length: 4000},
      (_, i) => `{"id":${i * 7919},"name":"user ${i % 97}","tags":["a","b"]}`,
    )
    const bytes = Buffer.from(text.join('\n'))
    expect(compress(bytes)!.length).toBeLessThan(lzfjs.compress(bytes).length * 1.02)
  })
})

describe('lzfPiece', () => {
  test.each([1, 33, 34, 35, 100, 4096])(
    'expands in pieces, %i bytes of input at a time',
    (step) => {
      const bytes = Buffer.from(Array.from({length: 9000}, (_, i) => `${(i * i) % 1000},`).join(''))
      const src = compress(bytes)!
      const window = WINDOW + 0x10000
      const history = 8192
      const room = 1000
      let out = OUT + history
      let kept: number[] = []
      let given = 0
      const result: Uint8Array[] = []
      while (given < src.length || kept.length > 0) {
        const chunk = [...kept, ...src.subarray(given, given + step)]
        given += chunk.length - kept.length
        const final = given >= src.length
        memory.set(chunk, window)
        let next = window
        const end = window + chunk.length
        for (let more = true; more; ) {
          // All that was written stays as history, moved down so that the room is always the same.
          const start = Math.max(
            OUT,
            OUT + history - result.reduce((sum, part) => sum + part.length, 0),
          )
          const error = kernel.lzfPiece(next, end, final ? 1 : 0, start, out, out + room)
          expect(error).toBe(0)
          more = register(REG_NEXT) !== next && next !== end
          next = register(REG_NEXT)
          const length = register(REG_OUT) - out
          result.push(memory.slice(out, out + length))
          memory.copyWithin(OUT, OUT + length, OUT + history + length)
        }
        kept = [...memory.subarray(next, end)]
        out = OUT + history
      }
      expect(Buffer.compare(Buffer.concat(result), bytes)).toBe(0)
    },
  )

  test('refuses a reference to before the history, and an input that ends inside a code', () => {
    const [start, end] = put(hex('00 61 | 20 05'))
    expect(kernel.lzfPiece(start, end, 1, OUT, OUT, OUT + 1000)).toBe(LZF_REFERENCE)
    expect(register(REG_ERROR_AT)).toBe(start + 2)
    expect(kernel.lzfPiece(start, end, 1, OUT - 5, OUT, OUT + 1000)).toBe(0)
    expect(kernel.lzfPiece(start, end - 1, 1, OUT - 5, OUT, OUT + 1000)).toBe(LZF_INPUT)
  })

  test('does nothing without room for the longest copy, or input for the longest code', () => {
    const [start, end] = put(new Uint8Array(100))
    for (const [srcEnd, outEnd] of [
      [end, OUT + 263],
      [start + 33, OUT + 1000],
      [start, OUT + 1000],
    ]) {
      expect(kernel.lzfPiece(start, srcEnd, 0, OUT, OUT, outEnd)).toBe(0)
      expect([register(REG_NEXT), register(REG_OUT)]).toEqual([start, OUT])
    }
  })
})
