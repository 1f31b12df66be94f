import {describe, expect, test} from '@jest/globals'
import {checkAof, record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'

/** 81 bytes: the last file of the set that the vectors were taken with, see "Verified test vectors" in docs. */
const B = bytes(record('SELECT', '0'), record('SET', 'j1', '11'), record('SET', 'j2', '22'))
const SECOND = 52

test('the vectors start from 81 bytes, the last record at 52', () => {
  expect(B.length).toBe(81)
  expect(B.indexOf('*3', 24)).toBe(SECOND)
})

const set = record('SET', 'k', 'v')
const whole = [
  {what: 'nothing', tail: '', codes: []},
  {what: 'an annotation', tail: '#TS:1700000000\r\n', codes: []},
  {what: 'a comment', tail: '# hello\n', codes: []},
  {what: 'a transaction', tail: bytes(record('MULTI'), set, record('EXEC')), codes: []},
  {what: 'FLUSHALL', tail: record('flushall', 'async'), codes: ['AOF_FLUSH 81']},
  {what: 'SELECT 99', tail: bytes(record('SELECT', '99'), set), codes: ['AOF_SELECT 81']},
  {what: 'an unknown command', tail: record('NOSUCH', 'a'), codes: ['AOF_COMMAND 81']},
  {what: 'a command of a module', tail: record('JSON.SET', 'a'), codes: ['AOF_COMMAND 81']},
  {what: 'an unknown subcommand', tail: record('XGROUP', 'NO', 'k'), codes: ['AOF_COMMAND 81']},
  {what: 'a wrong arity', tail: record('SET', 'a'), codes: ['AOF_ARITY 81']},
  {
    what: 'a subcommand of wrong arity',
    tail: record('XGROUP', 'CREATE', 'k'),
    codes: ['AOF_ARITY 81'],
  },
  {what: 'EXEC first', tail: bytes(record('EXEC'), set), codes: ['AOF_MULTI 81']},
  {
    what: 'MULTI twice',
    tail: bytes(record('MULTI'), record('MULTI'), set, record('EXEC')),
    codes: ['AOF_MULTI 96'],
  },
  {what: 'header lines that end in LF', tail: '*1\n$4\nPING\r\n', codes: ['AOF_CRLF 83']},
  {what: 'a wrong end of an argument', tail: '*1\r\n$4\r\nPINGXX', codes: ['AOF_CRLF 93']},
  {what: 'a leading zero', tail: '*01\r\n$4\r\nPING\r\n', codes: ['AOF_LENGTH 82']},
  {what: 'a cut annotation', tail: '#TS:17', codes: ['AOF_ANNOTATION 81']},
  {what: 'EXPIRE', tail: record('EXPIRE', 'k', '10'), codes: ['AOF_EXPIRY null']},
  {what: 'a verbatim script', tail: record('EVAL', 'return 1', '0'), codes: ['AOF_SCRIPT 81']},
]

test.each(whole)('a file that ends in $what is read to its end', ({tail, codes}) => {
  const file = bytes(B, tail)
  const checked = checkAof(file)
  expect(checked.codes).toEqual(codes)
  const error = checked.findings.find(({severity}) => severity === 'error')
  expect(checked.intactBytes).toBe(error?.offset ?? file.length)
  expect(checked.keptBytes).toBe(file.length)
})

const damaged = [
  {what: 'minus 1 byte', file: B.subarray(0, 80), codes: ['TRUNCATED 80'], intact: SECOND},
  {what: 'minus 2 bytes', file: B.subarray(0, 79), codes: ['TRUNCATED 79'], intact: SECOND},
  {what: 'minus 3 bytes', file: B.subarray(0, 78), codes: ['TRUNCATED 78'], intact: SECOND},
  {what: 'minus 5 bytes', file: B.subarray(0, 76), codes: ['TRUNCATED 76'], intact: SECOND},
  {what: 'and *', file: bytes(B, '*'), codes: ['TRUNCATED 82'], intact: 81},
  {what: 'and *3', file: bytes(B, '*3'), codes: ['TRUNCATED 83'], intact: 81},
  {what: 'and *3 CR LF', file: bytes(B, '*3\r\n'), codes: ['TRUNCATED 85'], intact: 81},
  {what: 'and a cut name', file: bytes(B, '*3\r\n$3\r\nSE'), codes: ['TRUNCATED 91'], intact: 81},
  {what: 'and a NUL', file: bytes(B, 0), codes: ['AOF_NUL 81'], intact: 81},
  {
    what: 'and a page of NULs',
    file: bytes(B, Buffer.alloc(4096)),
    codes: ['AOF_NUL 81'],
    intact: 81,
  },
  {
    what: 'and an open MULTI',
    file: bytes(B, record('MULTI'), set),
    codes: ['AOF_MULTI 81'],
    intact: 81,
  },
  {
    what: 'and a cut record in MULTI',
    file: bytes(B, record('MULTI'), set.subarray(0, 9)),
    codes: ['TRUNCATED 105'],
    intact: 81,
  },
  {
    what: 'and a queued DISCARD',
    file: bytes(B, record('MULTI'), set, record('DISCARD'), set),
    codes: ['AOF_MULTI 123', 'AOF_MULTI 81'],
    intact: 81,
  },
  {what: 'and an empty line', file: bytes(B, '\r\n'), codes: ['AOF_FRAMING 81'], intact: 81},
  {what: 'and garbage', file: bytes(B, 'garbage'), codes: ['AOF_FRAMING 81'], intact: 81},
  {
    what: 'and a comment of 2000 bytes',
    file: bytes(B, `#${'x'.repeat(1997)}\r\n`),
    codes: ['AOF_ANNOTATION 1104'],
    intact: 81,
  },
  {what: 'and *0', file: bytes(B, '*0\r\n'), codes: ['AOF_LENGTH 82'], intact: 81},
  {what: 'and *-1', file: bytes(B, '*-1\r\n'), codes: ['AOF_LENGTH 82'], intact: 81},
  {
    what: 'and a huge count',
    file: bytes(B, '*1073741824\r\n'),
    codes: ['TRUNCATED 94'],
    intact: 81,
  },
  {what: 'and $-1', file: bytes(B, '*1\r\n$-1\r\n'), codes: ['AOF_LENGTH 86'], intact: 81},
  {
    what: 'and a huge length',
    file: bytes(B, '*1\r\n$99999999999\r\nx'),
    codes: ['AOF_LENGTH 86'],
    intact: 81,
  },
]

describe.each([
  {step: 0x10000, slotSize: 0x10000},
  {step: 1, slotSize: 1},
  {step: 7, slotSize: 64},
  {step: 7, slotSize: 64, size: -1, rewind: undefined},
])('read in steps of $step, parts of $slotSize, size $size', (chunks) => {
  test.each(damaged)('81 bytes $what', ({file, codes, intact}) => {
    const checked = checkAof(file, chunks)
    expect(checked.codes).toEqual(codes)
    expect(checked.intactBytes).toBe(intact)
  })
})

test('a record damaged in the middle is named with its number, and the rest is kept', () => {
  const records = Array.from({length: 40}, (_, i) => record('SET', `key:${i}`, `value ${i}`))
  const file = bytes(...records)
  for (let n = 0; n < 35; n++) {
    const at = records.slice(0, n).reduce((sum, {length}) => sum + length, 0)
    const broken = Buffer.from(file)
    broken.fill('X', at, at + 6)
    const checked = checkAof(broken)
    expect(checked.findings.map(({code, offset, record}) => [code, offset, record])).toEqual([
      ['AOF_FRAMING', at, n + 1],
    ])
    expect(checked.commands).toBe(39)
    expect(checked.intactBytes).toBe(at)
    expect(checked.keptBytes).toBe(file.length - records[n].length)
  }
})

test('a length that swallows the rest is damage, not an early end', () => {
  const records = Array.from({length: 40}, (_, i) => record('SET', `key:${i}`, `value ${i}`))
  const file = bytes(
    ...records.slice(0, 9),
    `*2\r\n$3\r\nGET\r\n$9100\r\n${'k'.repeat(100)}\r\n`,
    ...records.slice(10),
  )
  const {codes, commands, intactBytes} = checkAof(file)
  const start = bytes(...records.slice(0, 9)).length
  expect(codes).toEqual([`AOF_LENGTH ${start + 14}`])
  expect(commands).toBe(39)
  expect(intactBytes).toBe(start)
})

test('NUL bytes in the middle are skipped and counted', () => {
  const records = Array.from({length: 8}, (_, i) => record('SET', `key:${i}`, 'v'))
  const file = bytes(...records.slice(0, 3), Buffer.alloc(4096), ...records.slice(3))
  const {findings, commands} = checkAof(file)
  expect(commands).toBe(8)
  expect(findings).toHaveLength(1)
  expect(findings[0].message).toContain('4096 NUL bytes')
  expect(findings[0].message).not.toContain('up to the end')
})

test('what follows a run of the same trouble is counted once', () => {
  const {findings} = checkAof(bytes(...Array.from({length: 50}, () => record('NOSUCH'))))
  expect(findings).toHaveLength(1)
  expect(findings[0].message).toContain('50 times')
})

test('a record cut right behind an RDB part would cost the RDB part', () => {
  const rdb = Buffer.alloc(40, 'R')
  const [finding] = checkAof(bytes(rdb, '*3\r\n$3\r\n'), {start: 40}).findings
  expect(finding.code).toBe('TRUNCATED')
  expect(finding.meaning).toContain('0 bytes')
})

test('a short file that is not the last one', () => {
  const [finding] = checkAof(B.subarray(0, 80), {isLastFile: false}).findings
  expect(finding.meaning).toContain('not the last file')
})

test('an argument of 3 MB is read in pieces', () => {
  const big = record('SET', 'k', Buffer.alloc(3_000_000, 'x'))
  const checked = checkAof(bytes(B, big, set), {slotSize: 0x100000, step: 0x100000})
  expect(checked.codes).toEqual([])
  expect(checked.commandCounts).toEqual({SELECT: 1, SET: 4})
})

test('a record of 20000 arguments is read', () => {
  const many = record('RPUSH', 'k', ...Array.from({length: 20000}, (_, i) => `${i}`))
  const checked = checkAof(bytes(B, many, set))
  expect(checked.codes).toEqual([])
  expect(checked.commandCounts).toEqual({SELECT: 1, SET: 3, RPUSH: 1})
})

test('what a command of unknown name looks like is not shown when it may be a value', () => {
  const [finding] = checkAof(record('se\x1b[2Jcret')).findings
  expect(finding.message).not.toContain('cret')
})
