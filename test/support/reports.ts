import type {CheckReport, Finding, InfoReport} from '../../src/operations/reports.ts'

/** A finding with everything filled in; give what matters. */
export function finding(fields: Partial<Finding> = {}): Finding {
  return {
    code: 'RDB_LISTPACK',
    severity: 'error',
    file: 'dump.rdb',
    offset: 71234,
    record: 18205,
    db: 0,
    key: 'user:42',
    path: ['listpack'],
    message: 'claims 812 bytes, 640 are left',
    meaning: 'A server refuses to load this file.',
    next: null,
    ...fields,
  }
}

/** The report on a sound RDB file; give what is different. */
export function checkReport(fields: Partial<CheckReport> = {}): CheckReport {
  return {
    schema: 'respite.check/1',
    input: 'dump.rdb',
    kind: 'rdb',
    wrapped: [],
    rdbVersion: 10,
    dialect: 'redis',
    producer: 'redis 7.0.15',
    depth: 'deep',
    bytes: 90000,
    keys: 18230,
    commands: 0,
    databases: {
      '0': {keys: 18200, expires: 7, types: {string: 18000, hash: 200}},
      '3': {keys: 30, expires: 0, types: {zset: 30}},
    },
    commandCounts: {},
    functions: [],
    modules: [],
    files: [],
    findings: [],
    findingCount: 0,
    intact: {bytes: 90000, keys: 18230, commands: 0},
    duplicates: 'checked',
    logTimes: null,
    replay: null,
    verdict: 'sound',
    ...fields,
  }
}

/** What is left of it after one damaged value. */
export function damagedReport(fields: Partial<CheckReport> = {}): CheckReport {
  return checkReport({
    findings: [finding()],
    findingCount: 1,
    intact: {bytes: 80000, keys: 18229, commands: 0},
    verdict: 'damaged',
    ...fields,
  })
}

export function infoReport(fields: Partial<InfoReport> = {}): InfoReport {
  return {
    schema: 'respite.info/1',
    input: 'dump.rdb',
    kind: 'rdb',
    wrapped: [],
    bytes: 90000,
    rdbVersion: 10,
    dialect: 'redis',
    producer: 'redis 7.0.15',
    createdAt: '2026-06-01T03:00:00Z',
    usedMemoryBytes: 1234567,
    bits: 64,
    aux: [{name: 'redis-ver', value: '7.0.15'}],
    replication: null,
    checksum: 'present',
    keys: 18230,
    commands: null,
    databases: {'0': {keys: 18230, expires: 7, types: {string: 18230}}},
    functions: [],
    modules: [],
    files: [],
    layout: [],
    stoppedAt: null,
    ...fields,
  }
}

/** Keys and names that attack whatever prints them. */
export const HOSTILE: readonly string[] = [
  '\x1b[2J\x1b]0;owned\x07',
  'a\nb\rc\td',
  '\x00\x01\x7f',
  '\x80\x9b31m\x9d0;t\x9c',
  'safe\u202egnp.exe',
  '\u2066\u2067\u2069\u061c',
  'zero\u200bwidth\u200d\ufeff',
  '\u2028line\u2029',
  '\ud800 lone',
  '"} 1\nrespite_check_ok{input="fake"} 1',
  'x | keys=0',
  '\\',
  '=cmd()',
  '<script>alert(1)</script>',
  '%s%n`id`$(id)',
  '\u{e0041}\u{e007f}',
  '\u3164\u115f',
]

/** Everything that must not reach a terminal: all but printable characters and line ends. */
export const RAW = /[^\P{C}\n]|[\p{Zl}\p{Zp}\p{DI}]/u
