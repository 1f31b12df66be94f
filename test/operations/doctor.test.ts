/** `doctor`: each rule over directories as servers leave them, and over facts that this machine does not have. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {readConfig} from '../../src/io/layout/config.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {doctor, type Patient} from '../../src/operations/doctor.ts'
import {memoryFindings} from '../../src/operations/doctor-memory.ts'
import {persistenceFindings} from '../../src/operations/doctor-persistence.ts'
import {replicationFindings} from '../../src/operations/doctor-replication.ts'
import type {DoctorFacts, DoctorFinding} from '../../src/operations/doctor-reports.ts'
import {Settings} from '../../src/operations/doctor-settings.ts'
import {fixture} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'

const GB = 2 ** 30
const SET = fixture('redis-7.0.15/aof-small-multi').path
const DUMP = fixture('redis-7.0.15/small').path
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-doctor-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

function directory(...files: [from: string, name: string][]): string {
  const made = mkdtempSync(join(folder, 'data-'))
  for (const [from, name] of files) cpSync(from, join(made, name), {recursive: true})
  return made
}

function examined(input: string, lines: string | null) {
  const config = join(folder, 'redis.conf')
  if (lines !== null) writeFileSync(config, lines)
  const host = createInlineHost(kernel, new Inputs(), 1e9, 0x100000)
  return doctor(host, [input], lines === null ? {} : {config})
}

const codes = (findings: readonly DoctorFinding[]) =>
  findings.map(({code, severity}) => `${severity} ${code}`)
/** What this machine is like says nothing about the rules. */
const ofData = (findings: readonly DoctorFinding[]) =>
  codes(findings.filter(({code}) => code !== 'FORK' && code !== 'DISK_SPACE'))

const FACTS: DoctorFacts = {
  keys: 1000,
  expires: 900,
  usedMemoryBytes: 2 * GB,
  baseBytes: GB,
  logBytes: GB / 2,
  commands: 10_000_000,
  writtenBytesPerSecond: null,
  memoryBytes: 16 * GB,
  freeMemoryBytes: 12 * GB,
  diskFreeBytes: 100 * GB,
  overcommit: 1,
  hugePages: 'madvise',
}

function patient(lines: string, facts: Partial<DoctorFacts> = {}, fields: Partial<Patient> = {}) {
  const config = readConfig(new TextEncoder().encode(lines), 'redis.conf')
  const made: Patient = {
    settings: new Settings(config),
    config,
    guessed: false,
    layout: {
      source: 'data-directory',
      kind: 'rdb',
      root: '/data',
      files: [],
      followedBy: null,
      reasons: [],
      findings: [],
    },
    appendonly: config.appendonly === true,
    facts: {...FACTS, ...facts},
    producer: 'redis 7.0.15',
    access: [],
    directory: null,
    ...fields,
  }
  return made
}

const PRIVATE = 'user default on nopass ~* &* +@all\n'
const SOUND = `${PRIVATE}appendonly yes\nsave ""\nmaxmemory 8gb\nmaxmemory-policy allkeys-lru\nappendfsync always\n`

test('finds nothing where all is as it should be', () => {
  for (const rules of [persistenceFindings, memoryFindings, replicationFindings]) {
    expect(rules(patient(SOUND))).toEqual([])
  }
})

test('a snapshot beside appendonly yes is not loaded: the server starts empty', () => {
  const input = directory([DUMP, 'dump.rdb'])
  chmodSync(join(input, 'dump.rdb'), 0o600)
  const {findings, verdict, files} = examined(input, SOUND)
  expect(ofData(findings)).toEqual(['error STARTS_EMPTY'])
  expect(verdict).toBe('errors')
  expect(files).toEqual([
    {file: 'dump.rdb', role: 'rdb', bytes: statSync(DUMP).size, loaded: false},
  ])
  expect(findings[0].message).toContain('dump.rdb')
  expect(findings[0].next).toContain('--to aof')
})

test('a log that is newer than the snapshot that is loaded', () => {
  const input = directory([DUMP, 'dump.rdb'], [join(SET, 'appendonlydir'), 'appendonlydir'])
  utimesSync(join(input, 'dump.rdb'), 1e9, 1e9)
  const {findings} = examined(input, 'appendonly no\n')
  const old = findings.find(({code}) => code === 'OLD_DUMP')
  expect(old).toMatchObject({severity: 'error', next: expect.stringContaining('appendonly yes')})
  expect(ofData(examined(input, SOUND).findings)).not.toContain('error OLD_DUMP')
})

test('damage in the data is told with what to run', () => {
  const input = directory()
  writeFileSync(join(input, 'dump.rdb'), 'REDIS0010\xff', 'latin1')
  const found = examined(input, null).findings.find(({code}) => code === 'LAYOUT')
  expect(found).toMatchObject({severity: 'error', next: `respite check ${input}`})
})

test('a file of zero bytes is an error, alone and in its directory', () => {
  const input = directory()
  const path = join(input, 'dump.rdb')
  writeFileSync(path, '')
  for (const each of [path, input]) {
    const found = examined(each, null).findings.find(({code}) => code === 'LAYOUT')
    expect(found).toMatchObject({severity: 'error', message: expect.stringContaining('zero bytes')})
  }
})

test.each([
  ['nothing is written at all', 'appendonly no\nsave ""\n', 'error NO_PERSISTENCE'],
  ['snapshots only', 'appendonly no\nsave 900 1\n', 'warning LOSS_WINDOW'],
  ['saves that fail', 'stop-writes-on-bgsave-error no\n', 'warning LOSS_WINDOW'],
  ['no fsync', `${SOUND}appendfsync no\n`, 'warning LOSS_WINDOW'],
  ['no fsync for a while', `${SOUND}no-appendfsync-on-rewrite yes\n`, 'warning LOSS_WINDOW'],
  ['save points beside a log', `${SOUND}save 60 1\n`, 'note SAVE_BESIDE_AOF'],
  ['a log that is never rewritten', `${SOUND}auto-aof-rewrite-percentage 0\n`, 'warning REWRITE'],
  ['a base of commands', `${SOUND}aof-use-rdb-preamble no\n`, 'note REWRITE'],
  ['a torn end', `${SOUND}aof-load-truncated no\n`, 'note TORN_WRITES'],
])('%s', (_, lines, expected) => {
  expect(codes(persistenceFindings(patient(lines)))).toContain(expected)
  expect(codes(persistenceFindings(patient(SOUND)))).not.toContain(expected)
})

test('says how long writes are at risk', () => {
  const [{message}] = persistenceFindings(patient('appendonly no\nsave 900 1 300 10\nsave 60 1\n'))
  expect(message).toContain('15 minutes')
})

test.each([
  ['a rewrite that is overdue', {logBytes: 5 * GB}, 'warning REWRITE'],
  ['a disk that is nearly full', {diskFreeBytes: 1.5 * GB}, 'warning DISK_SPACE'],
  ['a disk that is full', {diskFreeBytes: GB / 2}, 'error DISK_SPACE'],
])('%s', (_, facts, expected) => {
  expect(codes(persistenceFindings(patient(SOUND, facts)))).toEqual([expected])
})

test.each([
  ['overcommit off', SOUND, {overcommit: 0}, 'warning FORK'],
  ['overcommit off, with no room', SOUND, {overcommit: 2, freeMemoryBytes: GB}, 'error FORK'],
  ['huge pages', SOUND, {hugePages: 'always'}, 'warning FORK'],
  ['no room to fork', SOUND, {memoryBytes: 3 * GB}, 'warning FORK'],
  ['no limit', PRIVATE, {}, 'note MAXMEMORY'],
  [
    'no limit, and much in it',
    PRIVATE,
    {usedMemoryBytes: 7.9 * GB, memoryBytes: 15.9 * GB},
    'note MAXMEMORY',
  ],
  [
    'no limit, and too much',
    PRIVATE,
    {usedMemoryBytes: 9 * GB, memoryBytes: 17 * GB},
    'warning MAXMEMORY',
  ],
  ['a limit beyond the machine', 'maxmemory 15gb\n', {}, 'warning MAXMEMORY'],
  ['more data than the limit', 'maxmemory 1gb\n', {}, 'error MAXMEMORY'],
  ['no eviction', 'maxmemory 8gb\n', {}, 'note EVICTION'],
  ['no eviction, nearly full', 'maxmemory 2100mb\n', {}, 'warning EVICTION'],
  [
    'nothing to evict',
    'maxmemory 8gb\nmaxmemory-policy volatile-lfu\n',
    {expires: 10},
    'warning EVICTION',
  ],
])('%s', (_, lines, facts, expected) => {
  expect(codes(memoryFindings(patient(lines, facts)))).toContain(expected)
})

test('few expiries weigh only under a volatile policy, and not behind a long log', () => {
  const volatile = 'maxmemory 8gb\nmaxmemory-policy volatile-ttl\n'
  const [found] = memoryFindings(patient(volatile, {expires: 10}))
  expect(found).toMatchObject({
    message: expect.stringContaining('10 of 1,000 keys (1.0 %)'),
    next: expect.stringContaining('allkeys-lru'),
  })
  expect(memoryFindings(patient(volatile, {expires: 10, logBytes: 2 * GB}))).toEqual([])
  expect(memoryFindings(patient(SOUND, {expires: 10}))).toEqual([])
})

test('the backlog and the buffers of replicas, against the rate of writes', () => {
  const busy = {writtenBytesPerSecond: 20e6}
  expect(codes(replicationFindings(patient('', busy)))).toEqual([
    'note BACKLOG',
    'warning OUTPUT_BUFFER',
  ])
  const enough = 'repl-backlog-size 2gb\nclient-output-buffer-limit replica 1gb 1gb 60\n'
  expect(replicationFindings(patient(enough, busy))).toEqual([])
  const little = 'repl-backlog-size 1mb\nclient-output-buffer-limit slave 0 0 0\n'
  expect(codes(replicationFindings(patient(little, busy)))).toEqual(['warning BACKLOG'])
  // Valkey 9 keeps 10 MB.
  const slow = {writtenBytesPerSecond: 100_000}
  expect(codes(replicationFindings(patient('', slow)))).toEqual(['note BACKLOG'])
  expect(replicationFindings(patient('', slow, {producer: 'valkey 9.1.2'}))).toEqual([])
})

test('commands under other names: those that write poison a log', () => {
  const input = directory([join(SET, 'appendonlydir'), 'appendonlydir'])
  const renamed = `${SOUND}rename-command SET myset\nrename-command KEYS ""\n`
  expect(ofData(examined(input, renamed).findings)).toContain('error RENAMED')
  const read = `${SOUND}rename-command KEYS look\nrename-command FLUSHALL ""\n`
  expect(ofData(examined(input, read).findings)).not.toContain('error RENAMED')
})

test('commands that block are named where nothing keeps clients from them', () => {
  const input = directory([DUMP, 'dump.rdb'])
  const found = (lines: string) =>
    examined(input, lines).findings.find(({code}) => code === 'COMMANDS')
  expect(found('save 60 1\n')?.message).toContain('KEYS, FLUSHALL, FLUSHDB, SAVE')
  expect(found('save 60 1\nrename-command KEYS ""\n')?.message).not.toContain('KEYS,')
  expect(found(PRIVATE)).toBeUndefined()
})

test('files that everybody may write to', () => {
  const input = directory([DUMP, 'dump.rdb'])
  chmodSync(join(input, 'dump.rdb'), 0o666)
  expect(ofData(examined(input, PRIVATE).findings)).toContain('error ACCESS')
  chmodSync(join(input, 'dump.rdb'), 0o600)
  expect(ofData(examined(input, PRIVATE).findings)).not.toContain('error ACCESS')
})

test('how fast a log grows is told by its times, where they tell', () => {
  const input = directory([join(SET, 'appendonlydir'), 'appendonlydir'])
  const report = (base: number, log: number) => {
    for (const {file, role} of examined(input, null).files) {
      const time = role === 'base' ? base : log
      utimesSync(join(input, file), time, time)
    }
    return examined(input, null).facts
  }
  const {writtenBytesPerSecond, logBytes} = report(1e9, 1e9 + 100)
  expect(writtenBytesPerSecond).toBe(logBytes / 100)
  expect(report(1e9, 1e9).writtenBytesPerSecond).toBeNull()
})

test('a directory with nothing in it is refused', () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  expect(() => examined(empty, null)).toThrow(/nothing that a server would load/)
})
