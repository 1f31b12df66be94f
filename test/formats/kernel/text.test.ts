import {describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import {
  REG_ERROR_AT,
  TEXT_CSV,
  TEXT_JSON,
  TEXT_LENIENT,
  TEXT_OUT,
} from '../../../src/formats/kernel/layout.ts'
import {everywhere, kernel, memory, put, register} from './arena.ts'

const written = (end: number) => Buffer.from(memory.slice(TEXT_OUT, end))

const asString = (blob: Uint8Array, mode: number): string | null =>
  everywhere(blob, (start, end) => {
    const stop = kernel.textString(start, end, TEXT_OUT, mode)
    return stop === 0 ? null : written(stop).toString('utf8')
  })

const isUtf8 = (blob: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(blob)
    return true
  } catch {
    return false
  }
}

describe('textString', () => {
  test('writes every character of one byte as JSON.stringify does', () => {
    for (let code = 0; code < 0x80; code++) {
      const text = String.fromCharCode(code)
      expect(asString(Buffer.from(text), TEXT_JSON)).toBe(JSON.stringify(text))
      expect(asString(Buffer.from(`${'a'.repeat(15)}${text}b`), TEXT_JSON)).toBe(
        JSON.stringify(`${'a'.repeat(15)}${text}b`),
      )
    }
  })

  test('writes any text as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme', maxLength: 80}), (text) => {
        const blob = Buffer.from(text)
        expect(asString(blob, TEXT_JSON)).toBe(JSON.stringify(blob.toString()))
      }),
    )
  })

  test('refuses just what a strict decoder refuses', () => {
    const lead = fc.constantFrom(0xc1, 0xc2, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0x41)
    const tail = fc.constantFrom(0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0)
    const blob = fc.array(fc.oneof(lead, tail), {maxLength: 6})
    fc.assert(
      fc.property(blob, (bytes) => {
        const isText = asString(Uint8Array.from(bytes), TEXT_JSON) !== null
        expect(isText).toBe(isUtf8(Uint8Array.from(bytes)))
      }),
      {numRuns: 3000},
    )
  })

  test('writes other bytes as lone surrogates where that is asked for', () => {
    expect(asString(Uint8Array.of(0x61, 0xff, 0xc3, 0xa9, 0x80), TEXT_LENIENT)).toBe(
      '"a\\udcffé\\udc80"',
    )
  })

  test('doubles quotation marks in CSV and leaves the rest', () => {
    expect(asString(Buffer.from('a"b\\c\n"é'), TEXT_CSV)).toBe('"a""b\\c\n""é"')
  })
})

describe('jsonEnd and jsonDecode', () => {
  const decoded = (inside: Uint8Array) =>
    everywhere(Buffer.concat([inside, Buffer.from('"')]), (start, end) => {
      expect(kernel.jsonEnd(start, end)).toBe(end - 1)
      const stop = kernel.jsonDecode(start, end - 1, TEXT_OUT)
      return stop === 0 ? register(REG_ERROR_AT) - start : written(stop).toString('utf8')
    })

  test('read what JSON.stringify writes, with and without escapes of everything', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme', maxLength: 60}), (any) => {
        const text = Buffer.from(any).toString()
        expect(decoded(Buffer.from(JSON.stringify(text).slice(1, -1)))).toBe(text)
        const units = Array.from({length: text.length}, (_, i) =>
          text.charCodeAt(i).toString(16).padStart(4, '0'),
        )
        expect(decoded(Buffer.from(units.map((unit) => `\\u${unit}`).join('')))).toBe(text)
      }),
    )
  })

  test.each([
    {inside: 'ab\\x', at: 2},
    {inside: '\\u12g4', at: 0},
    {inside: 'a\\udc00', at: 1},
    {inside: '\\ud800x', at: 0},
    {inside: '\\ud800\\u0041', at: 0},
    {inside: 'a\nb', at: 1},
    {inside: 'é\xff'.replace('é', 'e'), at: 1},
  ])('find what is wrong in $inside', ({inside, at}) => {
    expect(decoded(Buffer.from(inside, 'latin1'))).toBe(at)
  })

  test('an end behind the limit is no end', () => {
    everywhere(Buffer.from('abc\\"def\\'), (start, end) =>
      expect(kernel.jsonEnd(start, end)).toBe(0),
    )
  })
})

describe('base64', () => {
  test('is that of Node, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 40}), (blob) => {
        const [start] = put(blob)
        const stop = kernel.base64Encode(start, start + blob.length, TEXT_OUT)
        expect(written(stop).toString()).toBe(Buffer.from(blob).toString('base64'))
        const back = kernel.base64Decode(TEXT_OUT, stop, TEXT_OUT)
        expect(written(back)).toEqual(Buffer.from(blob))
      }),
    )
  })

  test.each(['QQ', 'QQ=A', 'Q===', 'QR==', 'QUJ=', 'Q*==', '===='])('%s is none', (text) => {
    everywhere(Buffer.from(text), (start, end) =>
      expect(kernel.base64Decode(start, end, TEXT_OUT)).toBe(0),
    )
  })
})

test('putStreamId writes both halves, up to 2^64 - 1', () => {
  for (const [ms, seq] of [
    [0n, 0n],
    [1526919030474n, 55n],
    [2n ** 64n - 1n, 2n ** 63n],
  ]) {
    const id = Buffer.alloc(16)
    id.writeBigUInt64BE(ms, 0)
    id.writeBigUInt64BE(seq, 8)
    const [start] = put(id)
    expect(written(kernel.putStreamId(TEXT_OUT, start)).toString()).toBe(`${ms}-${seq}`)
  }
})
