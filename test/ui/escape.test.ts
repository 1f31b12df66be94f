import {describe, expect, test} from '@jest/globals'
import {bytesText, nagiosText, printable, prometheusLabel, quoteKey} from '../../src/ui/escape.ts'
import {HOSTILE, RAW} from '../support/reports.ts'

describe('a key is quoted as redis-cli does', () => {
  test.each([
    ['user:42', '"user:42"'],
    ['', '""'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ['\x1b[2J', '"\\x1b[2J"'],
    ['\x07\x08\t\n\r', '"\\a\\b\\t\\n\\r"'],
    ['\x00\x7f', '"\\x00\\x7f"'],
    ['ключ', '"\\xd0\\xba\\xd0\\xbb\\xd1\\x8e\\xd1\\x87"'],
    [{base64: '/wD+'}, '"\\xff\\x00\\xfe"'],
  ])('%j', (key, shown) => {
    expect(quoteKey(key)).toBe(shown)
  })

  test('and cut where it is very long', () => {
    expect(quoteKey('x'.repeat(100000))).toBe(`"${'x'.repeat(256)}"... (100000 bytes)`)
  })
})

describe('text on a terminal', () => {
  test.each([
    ['dump.rdb', 'dump.rdb'],
    ['données 数据 🙂', 'données 数据 🙂'],
    ['a\nb', 'a\\nb'],
    ['\x1b[2J', '\\x1b[2J'],
    ['\x9b31m', '\\x9b31m'],
    ['x\u202ey', 'x\\u{202e}y'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('%j becomes %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test.each(HOSTILE)('no raw character of %j gets through', (text) => {
    for (const shown of [quoteKey(text), printable(text), nagiosText(text), bytesText(text)]) {
      expect(shown).not.toMatch(RAW)
      expect(shown).not.toContain('\n')
    }
  })
})

describe('a Prometheus label', () => {
  test.each([
    ['dump.rdb', '"dump.rdb"'],
    ['a "b"', '"a \\"b\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['new\nline', '"new\\\\nline"'],
  ])('%j becomes %s', (text, label) => {
    expect(prometheusLabel(text)).toBe(label)
  })

  test.each(HOSTILE)('ends only at its own quote: %j', (text) => {
    expect(prometheusLabel(text)).toMatch(/^"(?:[^"\\\n]|\\["\\n])*"$/)
  })
})

describe('Nagios text', () => {
  test('cannot start performance data', () => {
    expect(nagiosText('x | keys=0')).toBe('x / keys=0')
  })
})

describe('an AUX field', () => {
  test.each([
    ['7.0.15', '7.0.15'],
    ['', '""'],
    ['a\nb', '"a\\nb"'],
    [{base64: '/w=='}, '"\\xff"'],
  ])('%j reads %s', (bytes, shown) => {
    expect(bytesText(bytes)).toBe(shown)
  })
})
