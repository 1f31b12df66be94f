import {describe, expect, test} from '@jest/globals'
import type {CheckReport} from '../../src/operations/reports.ts'
import {checkLines, summaryLine, verdictLine} from '../../src/ui/check-text.ts'
import {PLAIN} from '../../src/ui/color.ts'
import {checkReport, damagedReport, finding, HOSTILE, RAW} from '../support/reports.ts'

const text = (report: CheckReport, options = {}) =>
  checkLines(report, {paint: PLAIN, verbose: false, exactBytes: false, ...options})

describe('the text of check', () => {
  test('says of a sound file what it holds', () => {
    expect(text(checkReport({functions: ['mylib']}))).toEqual([
      'dump.rdb: sound',
      '  read       RDB 10 by redis 7.0.15, 87.9 KiB, every value in depth',
      '  holds      18,230 keys in 2 databases, 7 with an expiry',
      '  functions  mylib',
      '  db    keys  expires  string  hash  zset',
      '   0  18,200        7  18,000   200     0',
      '   3      30        0       0     0    30',
    ])
  })

  test('says when a log was written, as far as its annotations are dates', () => {
    const written = (first: number, last: number) =>
      text(checkReport({logTimes: {first, last}})).find((line) => line.startsWith('  written'))
    expect(written(1e9, 1e9)).toBe('  written  2001-09-09T01:46:40.000Z')
    expect(written(1e9, 999999999999999)).toBe(
      '  written  2001-09-09T01:46:40.000Z to 999999999999999 s',
    )
  })

  test('says of a damaged file where, what it means and what to do', () => {
    const report = damagedReport({findings: [finding({next: 'cp dump.rdb safe.rdb'})]})
    const lines = text(report)
    expect(lines[0]).toBe('dump.rdb: DAMAGED (1 error)')
    expect(lines).toContain('  intact  18,229 keys, 78.1 KiB of 87.9 KiB (88.9 %)')
    expect(lines.slice(-4)).toEqual([
      '',
      'dump.rdb: offset 71234 (0x11642): key "user:42" (db 0, record 18,205), listpack: claims 812 bytes, 640 are left [RDB_LISTPACK]',
      '  A server refuses to load this file.',
      '  Next: cp dump.rdb safe.rdb',
    ])
  })

  test('tells what findings have in common once, and puts errors first', () => {
    const note = finding({severity: 'note', code: 'SET_ORPHAN', offset: null, key: null, db: null})
    const plain = {...note, record: null, path: [], message: 'in no manifest', meaning: ''}
    const same = Array.from({length: 8}, (_, i) => finding({offset: 100 + i, key: `k${i}`}))
    const lines = text(damagedReport({findings: [plain, ...same], findingCount: 9}))
    const from = lines.indexOf('')
    expect(lines.slice(from)).toEqual([
      '',
      ...[0, 1, 2, 3, 4].map(
        (i) =>
          `dump.rdb: offset ${100 + i} (0x${(100 + i).toString(16)}): key "k${i}" (db 0, record 18,205), listpack: claims 812 bytes, 640 are left [RDB_LISTPACK]`,
      ),
      'dump.rdb: and 3 more [RDB_LISTPACK]',
      '  A server refuses to load this file.',
      '',
      'dump.rdb: note: in no manifest [SET_ORPHAN]',
    ])
    expect(
      text(damagedReport({findings: same, findingCount: 8}), {verbose: true}).filter((line) =>
        line.includes('offset'),
      ),
    ).toHaveLength(8)
  })

  test('counts the findings that are not listed', () => {
    const lines = text(damagedReport({findingCount: 2001}))
    expect(lines[0]).toBe('dump.rdb: DAMAGED (2,001 findings)')
    expect(lines.at(-1)).toBe('2,000 more findings are not listed (--limit 2001 lists all).')
  })

  test.each([
    ['warnings', 'dump.rdb: loads, with warnings'],
    ['truncated', 'dump.rdb: TRUNCATED: it ends early'],
    ['unsupported', 'dump.rdb: UNSUPPORTED: respite cannot read this yet'],
  ] as const)('has a verdict for %s', (verdict, line) => {
    expect(verdictLine(checkReport({verdict}), PLAIN)).toBe(line)
  })

  test('lists the commands and files of an AOF set', () => {
    const file = {bytes: 2048, intactBytes: 2048, keys: 0, commands: 0}
    const lines = text(
      checkReport({
        kind: 'aof-set',
        wrapped: ['gz'],
        keys: 2,
        commands: 5,
        databases: {'0': {keys: 2, expires: 0, types: {string: 2}}},
        commandCounts: {SELECT: 1, SET: 4},
        files: [
          {...file, file: 'a.1.base.rdb', role: 'base', keys: 2},
          {...file, file: 'a.1.incr.aof', role: 'incr', commands: 5},
        ],
        duplicates: 'unchecked',
        modules: ['bloom'],
      }),
      {exactBytes: true},
    )
    expect(lines).toEqual([
      'dump.rdb: sound',
      '  read         multi-part AOF with RDB 10 by redis 7.0.15 in gz, 90000 bytes, every value in depth',
      '  RDB holds    2 keys',
      '  log          5 commands: SET 4, SELECT 1',
      '  modules      bloom',
      '  not checked  duplicate keys: more memory was needed than --max-memory allows',
      '  db  keys  expires  string',
      '   0     2        0       2',
      '  role  size  keys  commands  file',
      '  base  2048     2         0  a.1.base.rdb',
      '  incr  2048     0         5  a.1.incr.aof',
    ])
  })

  test('stays short where a file has a thousand of everything', () => {
    const many = Array.from({length: 1000}, (_, i) => i)
    const report = checkReport({
      databases: Object.fromEntries(
        many.map((i) => [String(i), {keys: 1, expires: 0, types: {string: 1}}]),
      ),
      functions: many.map((i) => `lib${i}`),
      commands: 1000,
      commandCounts: Object.fromEntries(many.map((i) => [`C${i}`, 1])),
    })
    expect(text(report).length).toBeLessThan(30)
    expect(text(report)).toContain('  and 984 databases more (-v shows all)')
    expect(text(report, {verbose: true}).length).toBeGreaterThan(1000)
  })

  test('claims no reading of what it did not recognise', () => {
    const unknown = {
      kind: 'unknown',
      rdbVersion: null,
      producer: null,
      keys: 0,
      databases: {},
    } as const
    expect(text(damagedReport({...unknown, bytes: 300})).slice(0, 3)).toEqual([
      'dump.rdb: DAMAGED (1 error)',
      '  read  unknown format, 300 B',
      '',
    ])
  })

  test('sums up several inputs', () => {
    expect(summaryLine(['sound', 'damaged', 'sound', 'unread'])).toBe(
      '4 inputs: 2 sound, 1 damaged, 1 unread',
    )
  })

  test.each(HOSTILE)('lets no raw character of %j through, wherever it stands', (name) => {
    const place = finding({file: name, key: name, path: [name], message: name, meaning: name})
    const counts = {keys: 1, expires: 0, types: {[name]: 1}}
    const report = damagedReport({
      input: name,
      producer: name,
      findings: [place, {...place, next: name}],
      findingCount: 2,
      functions: [name],
      modules: [name],
      commands: 1,
      commandCounts: {[name]: 1},
      databases: {[name]: counts},
      files: ['x', name].map((file) => ({
        file,
        role: 'incr' as const,
        bytes: 1,
        intactBytes: 1,
        keys: 0,
        commands: 0,
      })),
    })
    for (const line of [...text(report), verdictLine(report, PLAIN)]) {
      expect(line).not.toMatch(RAW)
      expect(line).not.toContain('\n')
    }
  })
})
