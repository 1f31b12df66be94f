import {describe, expect, test} from '@jest/globals'
import type {ArgumentVisitor} from '../../../src/formats/aof/loader.ts'
import {AofReader} from '../../../src/formats/aof/reader.ts'
import {cursorOver, record} from '../../support/aof.ts'
import {bytes} from '../../support/bytes.ts'

/** Collects arguments as strings. */
class Collector implements ArgumentVisitor {
  readonly args: string[] = []
  readonly lengths: number[] = []

  begin(_index: number, length: number): void {
    this.args.push('')
    this.lengths.push(length)
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    this.args.push(this.args.pop() + Buffer.from(memory.slice(start, end)).toString('latin1'))
  }
}

describe.each([
  {step: 0x10000, slotSize: 0x10000},
  {step: 1, slotSize: 1},
  {step: 2, slotSize: 64},
])('in steps of $step, parts of $slotSize', ({step, slotSize}) => {
  const reader = (...parts: Parameters<typeof bytes>) =>
    new AofReader(cursorOver(bytes(...parts), step, slotSize))

  test('records come with offset, ordinal and arguments', () => {
    const r = reader(record('SET', 'a\r\nb', ''), record('PING'))
    expect(r.next()).toBe('command')
    expect([r.offset, r.record, r.argc, r.commandName()]).toEqual([0, 1, 3, 'SET'])
    expect([r.argText(1), r.argText(2)]).toEqual(['a\r\nb', ''])
    expect(r.next()).toBe('command')
    expect([r.offset, r.record, r.commandName()]).toEqual([29, 2, 'PING'])
    expect(r.next()).toBe('end')
    expect(r.next()).toBe('end')
    expect(r.offset).toBe(43)
  })

  test('annotations set the time and are kept', () => {
    const r = reader('#TS:1700000000\r\n', record('PING'), '# hello\n')
    expect(r.next()).toBe('annotation')
    expect(r.timestamp).toBe(1700000000)
    expect(r.next()).toBe('command')
    expect(r.next()).toBe('annotation')
    const {c, annotationStart, annotationEnd} = r
    expect(Buffer.from(c.memory.slice(annotationStart, annotationEnd)).toString()).toBe('# hello')
    expect([r.timestamp, r.record]).toEqual([1700000000, 1])
  })

  test('arguments are visited', () => {
    const r = reader(record('MSET', 'a', '1', 'b', '22'))
    const collector = new Collector()
    r.next()
    r.readArguments(collector)
    expect(collector.args).toEqual(['MSET', 'a', '1', 'b', '22'])
    expect(collector.lengths).toEqual([4, 1, 1, 1, 2])
  })

  test.each([
    {what: 'LF without CR', text: '*1\n$4\r\nPING\r\n', code: 'AOF_CRLF', offset: 2, passes: false},
    {
      what: 'text behind the number',
      text: '*1x\r\n$4\r\nPING\r\n',
      code: 'AOF_LENGTH',
      offset: 2,
      passes: false,
    },
    {what: 'a sign', text: '*+1\r\n$4\r\nPING\r\n', code: 'AOF_LENGTH', offset: 1, passes: true},
    {what: 'zeros', text: '*1\r\n$004\r\nPING\r\n', code: 'AOF_LENGTH', offset: 5, passes: true},
    {
      what: 'other bytes at the end',
      text: '*1\r\n$4\r\nPING\rX',
      code: 'AOF_CRLF',
      offset: 13,
      passes: false,
    },
  ])('$what deviates, and is loaded', ({text, code, offset, passes}) => {
    const r = reader(text, record('PING'))
    expect(r.next()).toBe('command')
    expect(r.deviation).toMatchObject({code, offset, passesCheckAof: passes})
    expect(r.commandName()).toBe('PING')
    expect(r.next()).toBe('command')
    expect(r.deviation).toBeNull()
    expect(r.next()).toBe('end')
  })

  test.each([
    {what: 'another byte', text: 'x', code: 'AOF_FRAMING', offset: 0, verdict: 'format-error'},
    {
      what: 'an argument without $',
      text: '*1\r\nPING',
      code: 'AOF_FRAMING',
      offset: 4,
      verdict: 'format-error',
    },
    {what: 'no argument', text: '*0\r\n', code: 'AOF_LENGTH', offset: 1, verdict: 'format-error'},
    {
      what: 'a negative length',
      text: '*1\r\n$-5\r\n',
      code: 'AOF_LENGTH',
      offset: 5,
      verdict: 'crash',
    },
    {
      what: 'a length over its end',
      text: '*1\r\n$3\r\nPING\r\n*',
      code: 'AOF_CRLF',
      offset: 11,
      verdict: 'format-error',
    },
    {
      what: 'NULs in a header',
      text: '*1\r\n$\0\0\0',
      code: 'AOF_NUL',
      offset: 5,
      verdict: 'short-read',
    },
    {
      what: 'a header without end',
      text: `*1${' '.repeat(1100)}`,
      code: 'AOF_LENGTH',
      offset: 1,
      verdict: 'format-error',
    },
    {
      what: 'an early end',
      text: '*1\r\n$4\r\nPI',
      code: 'TRUNCATED',
      offset: 10,
      verdict: 'short-read',
    },
  ])('$what is damage', ({text, code, offset, verdict}) => {
    const r = reader(text)
    expect(() => r.next()).toThrow(expect.objectContaining({code, offset}))
    expect(r.verdict).toBe(verdict)
    expect(r.offset).toBe(0)
  })
})

test('an annotation of 1023 bytes is read, one of 1024 is not', () => {
  const line = (length: number) => `#${'x'.repeat(length - 3)}\r\n`
  const good = new AofReader(cursorOver(bytes(line(1023), record('PING'))))
  expect([good.next(), good.next(), good.next()]).toEqual(['annotation', 'command', 'end'])
  const bad = new AofReader(cursorOver(bytes(line(1024), record('PING'))))
  expect(() => bad.next()).toThrow(expect.objectContaining({code: 'AOF_ANNOTATION', offset: 1023}))
})

test('a big argument comes in pieces, and can be left out', () => {
  const big = Buffer.alloc(2_500_000, 'x')
  const input = bytes(record('SET', 'k', big), record('PING'))
  const first = new AofReader(cursorOver(input, 0x10000, 0x40000))
  const collector = new Collector()
  expect([first.next(), first.commandName(), first.isWhole]).toEqual(['command', 'SET', false])
  first.readArguments(collector)
  expect(collector.args[2].length).toBe(2_500_000)
  expect([first.next(), first.commandName()]).toEqual(['command', 'PING'])
  const second = new AofReader(cursorOver(input, 0x10000, 0x40000))
  second.next()
  expect([second.next(), second.commandName(), second.next()]).toEqual(['command', 'PING', 'end'])
})

test('damage behind a big argument is found', () => {
  const broken = bytes(record('SET', 'k', Buffer.alloc(2_500_000, 'x')).subarray(0, -2), 'XX*Q')
  const r = new AofReader(cursorOver(broken, 0x10000, 0x40000))
  r.next()
  expect(() => r.finish()).not.toThrow()
  expect(r.deviation).toMatchObject({code: 'AOF_CRLF'})
  expect(() => r.next()).toThrow(expect.objectContaining({code: 'AOF_LENGTH'}))
})
