/** What a log was compacted to holds what the log comes to, and is the same bytes however it was made. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {writeOverwrittenLog} from '../../scripts/overwritten-log.js'
import {runOperation} from '../../src/io/run-operation.ts'
import {compact} from '../../src/operations/compact.ts'
import type {CompactOptions} from '../../src/operations/compact-options.ts'
import type {CompactReport} from '../../src/operations/compact-reports.ts'
import {digest} from '../../src/operations/digest.ts'
import {parsePoint} from '../../src/operations/point.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {budget, SOAK} from '../support/campaign.ts'
import {inlineHost} from '../support/dataset.ts'
import {aofFixtures, fixture, rdbFixtures} from '../support/fixtures.ts'
import {rewind, setOf} from '../support/log-set.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-compact-'))
let host = inlineHost()

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

let outputs = 0
const out = () => join(folder, `out-${++outputs}`)

const run = (input: string, options: Partial<CompactOptions> = {}): Promise<CompactReport> =>
  compact(host, [input], {output: out(), stamp: 'x', ...options})

const fullDigest = (path: string) => digest(inlineHost(), [path], {full: true}).digest

/** Every file below a folder, by name. */
function contents(path: string): Record<string, string> {
  const names = readdirSync(path, {recursive: true, encoding: 'utf8', withFileTypes: true})
  const files = names.filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({parentPath, name}) => [name, readFileSync(join(parentPath, name), 'latin1')]),
  )
}

function write(name: string, ...records: Parameters<typeof bytes>): string {
  const path = join(folder, name)
  writeFileSync(path, bytes(...records))
  return path
}

/** Scripts as they were called, before 5.0; commands of the vector set module. */
const ONLY_A_SERVER =
  /^(redis-[234]\..*|redis-8.*\/aof-(full-rdbbase|small-(multi|raw|ts|ts-aofbase)))$/
const PUSHED = /^(redis-(5|7\.0\.15|7\.4\.1)|valkey-9)/
const FIXTURES = aofFixtures()
  .filter(({name}) => !ONLY_A_SERVER.test(name) && (SOAK || PUSHED.test(name)))
  .map((each) => [each.name, each] as const)
/** A file of version 9 has no place for the counters of a stream, as its server had none. */
const COUNTED = ({server}: {server: string}) => !/^redis-[456]\./.test(server)

test.each(FIXTURES)('%s: the same digest, and the same bytes in four parts', async (_, each) => {
  const whole = await run(each.path)
  expect(whole).toMatchObject({verdict: 'compacted', stoppedAt: null, keys: each.entry.keys})
  expect(whole.proof!.after).toBe(whole.proof!.before)
  if (COUNTED(each)) expect(whole.proof!.after).toBe(fullDigest(each.path))
  expect(fullDigest(whole.output!)).toBe(whole.proof!.after)
  const divided = await run(each.path, {parts: 4})
  expect(divided.proof).toEqual(whole.proof)
  if (whole.single) {
    expect(readFileSync(divided.output!).equals(readFileSync(whole.output!))).toBe(true)
  } else expect(contents(divided.output!)).toEqual(contents(whole.output!))
})

test.each(FIXTURES.filter(([name]) => SOAK || /7\.0\.15.*(full-rdb|multi)|valkey-9/.test(name)))(
  '%s: as commands, in one file, as an RDB',
  async (_, each) => {
    const digests = new Set<string>()
    const forms = [{base: 'aof'}, {single: true}, {single: true, base: 'aof'}, {to: 'rdb'}] as const
    for (const form of forms) {
      const one = await run(each.path, form)
      const many = await run(each.path, {...form, parts: 8})
      // Pending entries of deleted messages have no commands, nor have vector sets.
      if (one.verdict === 'refused') {
        expect(one).toMatchObject({
          reason: expect.stringMatching(/deleted messages|module values/),
          next: expect.stringMatching(/--base rdb/),
        })
        continue
      }
      expect(one).toMatchObject({verdict: 'compacted', keys: each.entry.keys})
      if ('single' in form || 'to' in form) {
        expect(readFileSync(many.output!).equals(readFileSync(one.output!))).toBe(true)
      } else expect(contents(many.output!)).toEqual(contents(one.output!))
      digests.add(fullDigest(one.output!)!)
    }
    const source = COUNTED(each) ? each.path : (await run(each.path)).output!
    expect(digests).toContain(fullDigest(source))
  },
)

test('a log that writes over itself becomes small, in one part and in many, within a limit', async () => {
  const path = join(folder, 'overwritten.aof')
  writeOverwrittenLog(path, {bytes: budget(6e6, 60e6), dataBytes: 200_000})
  const whole = await run(path)
  expect(whole.bytesAfter * 20).toBeLessThan(whole.bytesBefore)
  expect(whole.proof!.before).toBe(fullDigest(path))
  for (const asked of [{parts: 16}, {maxMemory: 180e6}, {maxMemory: 180e6, parts: 64}]) {
    const other = await run(path, asked)
    expect(contents(other.output!)).toEqual({
      ...contents(whole.output!),
      'appendonly.aof.manifest': expect.any(String),
    })
  }
})

test('the same bytes side by side in two threads', async () => {
  const path = join(folder, 'beside.aof')
  const values = Array.from({length: 3000}, (_, i) =>
    record('SET', `key:${i}`, `${'v'.repeat(i % 90)}`),
  )
  writeFileSync(path, bytes(...values, record('RENAME', 'key:1', 'key:2'), record('DEL', 'key:7')))
  const options = {stamp: 'x', parts: 4}
  const paths = [out(), out()]
  for (const [i, output] of paths.entries()) {
    const asked = {...options, output, workers: i + 1}
    const report = await runOperation<CompactReport>('compact', [path], asked, {mode: 'worker'})
    expect(report).toMatchObject({keys: 2998, memory: {threads: i + 1, parts: 4}})
  }
  expect(contents(paths[1])).toEqual(contents(paths[0]))
})

test('keys that commands tie together, SORT, SWAPDB, functions and several databases', async () => {
  const sets = Array.from({length: 60}, (_, i) => record('SADD', `set:${i}`, `${i}`, `${i + 1}`))
  const path = write(
    'ties.aof',
    ...[...sets, record('SUNIONSTORE', 'all', 'set:1', 'set:2'), record('RENAME', 'set:3', 'new')],
    ...[record('SELECT', '3'), ...sets, record('SWAPDB', '0', '5')],
    record('FUNCTION', 'LOAD', "#!lua name=l\nredis.register_function('f', function() end)"),
  )
  const whole = await run(path)
  expect(whole).toMatchObject({keys: 121, functions: 1, databases: {3: {keys: 60}, 5: {keys: 61}}})
  expect(contents((await run(path, {parts: 32})).output!)).toEqual(contents(whole.output!))
  const sorted = write('sort.aof', ...sets, record('SORT', 'set:1', 'BY', 'w:*', 'STORE', 'list'))
  expect(await run(sorted, {parts: 8})).toMatchObject({keys: 61, memory: {parts: 1}})
})

describe('what a log ends with', () => {
  test('a transaction that never ends is left out, and said', async () => {
    const path = write(
      'open.aof',
      ...[record('SET', 'a', '1'), record('MULTI'), record('SET', 'b', '2')],
    )
    expect(await run(path)).toMatchObject({keys: 1, openTransaction: true})
  })

  test('keys that have expired are kept: a server drops them when it loads', async () => {
    const path = write(
      'expired.aof',
      ...[record('SET', 'a', '1'), record('PEXPIREAT', 'a', '1000'), record('SET', 'b', '1')],
    )
    expect(await run(path)).toMatchObject({keys: 2, expired: 1})
  })

  test('commands that fail are counted', async () => {
    const path = write('failed.aof', record('SET', 'a', 'x'), record('INCR', 'a'))
    expect(await run(path)).toMatchObject({keys: 1, failed: 1})
  })

  test('nothing at all', async () => {
    const path = write('flushed.aof', record('SET', 'a', 'x'), record('FLUSHALL'))
    const report = await run(path)
    expect(report).toMatchObject({keys: 0, commands: 2})
    expect(fullDigest(report.output!)).toBe(fullDigest(path))
  })
})

describe('what cannot be compacted', () => {
  const good = [record('SET', 'a', '1'), record('SET', 'b', '2')]

  test('a log that is cut: where, and what to do', async () => {
    const path = write('cut.aof', ...good, '*3\r\n$3\r\nSET\r\n$9\r\nab')
    const report = await run(path)
    expect(report).toMatchObject({
      ...{verdict: 'unreadable', output: null, files: []},
      stoppedAt: {code: 'TRUNCATED', next: `respite repair ${path} -o ${path}.repaired`},
    })
    expect(report.stoppedAt!.offset).toBe(73)
    expect(existsSync(join(folder, `out-${outputs}`))).toBe(false)
  })

  test('the same in what is to be kept, and in one of many parts', async () => {
    const path = write('cut2.aof', ...good, ...good, '*3\r\n$3\r\nSET\r\n$9\r\nab')
    const kept = await run(path, {keepSince: parsePoint('#2')})
    expect(kept).toMatchObject({verdict: 'unreadable', stoppedAt: {code: 'TRUNCATED'}})
    expect(await run(path, {parts: 8})).toMatchObject({stoppedAt: kept.stoppedAt})
  })

  test.each([
    ['a script', record('EVAL', 'return 1', '0'), 'UNSUPPORTED'],
    ['a command of a module', record('JSON.SET', 'k', '$', '1'), 'UNSUPPORTED'],
    ['an unknown command', record('NONSENSE', 'k'), 'AOF_COMMAND'],
  ])('%s', async (_, command, code) => {
    const report = await run(write('no.aof', ...good, command))
    expect(report).toMatchObject({verdict: 'unreadable', stoppedAt: {code, offset: 54}})
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([])
  })

  test('too little memory', async () => {
    const path = write('small.aof', ...good)
    const refused = {exit: 2, message: expect.stringMatching(/at least \d+mb/)}
    await expect(run(path, {maxMemory: 1e6})).rejects.toMatchObject(refused)
  })

  test('field expiries for a server that has none, unless nobody named it', async () => {
    const path = write(
      'ttl.aof',
      ...[
        record('HSET', 'h', 'f', 'v'),
        record('HPEXPIREAT', 'h', '4102444800000', 'FIELDS', '1', 'f'),
      ],
    )
    expect(await run(path, {server: 'redis-7.0'})).toMatchObject({
      ...{verdict: 'refused', output: null},
      next: `respite compact ${path} --rdb-version 12 -o ${join(folder, `out-${outputs}`)}`,
    })
    expect(await run(path)).toMatchObject({verdict: 'compacted', target: {rdbVersion: 12}})
  })
})

describe('--keep-since', () => {
  test.each(['#1', '#60', '#100', '#150', '#216'])('%s of a set of several logs', async (point) => {
    const {path} = fixture('redis-7.0.15/aof-small-multi')
    const report = await run(path, {keepSince: parsePoint(point)})
    expect(fullDigest(report.output!)).toBe(fullDigest(path))
    const {record: compacted} = report.kept!.point
    expect(report.kept!.commands).toBe(216 - compacted)
    // It is still possible to go back to anything behind it.
    for (const at of [compacted + 20, 200]) {
      if (at <= compacted || at > 216) continue
      const before = await rewind(path, `#${at}`, {output: out()})
      const after = await rewind(report.output!, `#${at - compacted}`, {output: out()})
      expect(after.proof!.output).toEqual(before.proof!.output)
    }
  })

  test('a time', async () => {
    const {path} = fixture('redis-7.0.15/aof-small-ts')
    const report = await run(path, {keepSince: parsePoint('@1795190564')})
    expect(report.kept!.point.time).toBe('2026-11-20T16:02:44.000Z')
    expect(fullDigest(report.output!)).toBe(fullDigest(path))
    for (const at of ['@1795190564', '@1795190565']) {
      const before = await rewind(path, at, {output: out()})
      const after = await rewind(report.output!, at, {output: out()})
      expect(after.proof!.output).toEqual(before.proof!.output)
    }
  })

  test('in the middle of a second and of another database, in one file and in parts', async () => {
    const tail = [
      record('SET', 'c', '1'),
      record('EXPIRE', 'c', '100'),
      '#TS:1700000050\r\n',
      record('INCR', 'c'),
    ]
    const head = bytes('#TS:1700000000\r\n', record('SELECT', '5'), record('SET', 'b', '1'))
    const path = write('middle.aof', head, ...tail)
    const offset = parsePoint(`before:${head.length}`)
    const set = await run(path, {keepSince: offset})
    expect(contents(set.output!)['appendonly.aof.1.incr.aof']).toBe(
      bytes('#TS:1700000000\r\n', record('SELECT', '5'), ...tail).toString('latin1'),
    )
    const single = await run(path, {keepSince: offset, single: true, base: 'aof', parts: 4})
    for (const {output} of [set, single]) expect(fullDigest(output!)).toBe(fullDigest(path))
  })

  test('an open transaction at the end stays as it is', async () => {
    const tail = bytes(record('SET', 'b', '2'), record('MULTI'), record('SET', 'c', '3'))
    const path = write('opened.aof', record('SET', 'a', '1'), tail)
    const report = await run(path, {keepSince: parsePoint('#1')})
    expect(contents(report.output!)['appendonly.aof.1.incr.aof']).toBe(tail.toString('latin1'))
    expect(report).toMatchObject({openTransaction: false, kept: {commands: 3}})
  })

  test('is refused for an RDB, and where only an RDB is written', async () => {
    const asked = {keepSince: parsePoint('#1')}
    const rdb = fixture('redis-7.0.15/small').path
    await expect(run(rdb, asked)).rejects.toMatchObject({exit: 2, code: 'POINT'})
    const log = fixture('redis-7.0.15/aof-small-multi').path
    await expect(run(log, {...asked, to: 'rdb'})).rejects.toMatchObject({exit: 2})
  })
})

describe('in place', () => {
  const IN_PLACE = {output: null, inPlace: true, stamp: '20260101T000000Z'}

  test('a set: what it was stays beside it, and compacting it again changes nothing', async () => {
    const path = out()
    cpSync(fixture('redis-7.0.15/aof-small-multi').path, path, {recursive: true})
    const before = fullDigest(path)
    const originals = contents(path)
    const report = await run(path, IN_PLACE)
    expect(fullDigest(path)).toBe(before)
    expect(report.aside).toHaveLength(5)
    for (const each of report.aside) {
      const name = each.slice(each.lastIndexOf('/') + 1).replace('.bak-20260101T000000Z', '')
      expect(readFileSync(each, 'latin1')).toBe(originals[name])
    }
    const compacted = contents(path)
    expect(await run(path, IN_PLACE)).toMatchObject({verdict: 'compact', files: []})
    expect(contents(path)).toEqual(compacted)
  })

  test('a set, up to a point', async () => {
    const path = out()
    cpSync(fixture('redis-7.0.15/aof-small-multi').path, path, {recursive: true})
    const before = fullDigest(path)
    const report = await run(path, {...IN_PLACE, keepSince: parsePoint('#120')})
    expect(fullDigest(path)).toBe(before)
    const left = readdirSync(join(path, 'appendonlydir')).filter((name) => !name.includes('.bak-'))
    expect(left.sort()).toEqual([
      'appendonly.aof.4.incr.aof',
      'appendonly.aof.compacted-20260101T000000Z.3.base.rdb',
      'appendonly.aof.compacted-20260101T000000Z.3.incr.aof',
      'appendonly.aof.manifest',
    ])
    expect(report.bytesAfter).toBeGreaterThan(report.kept!.bytes)
  })

  test('a single file stays one', async () => {
    const path = write('in-place.aof', record('SET', 'a', '1'), record('SET', 'a', '2'))
    const before = readFileSync(path)
    const report = await run(path, IN_PLACE)
    expect(report).toMatchObject({single: true, files: [path]})
    expect(readFileSync(`${path}.bak-20260101T000000Z`).equals(before)).toBe(true)
    expect(readFileSync(path, 'latin1').slice(0, 9)).toBe('REDIS0010')
  })
})

describe('an input without commands', () => {
  test.each(
    rdbFixtures()
      .filter(
        ({name}) => SOAK || /redis-(3|7\.[04]).*\/(small|full)$|valkey-9.*\/small$/.test(name),
      )
      .map(({name, path}) => [name, path] as const),
  )('%s', async (name, path) => {
    // Before 7.0 there are no sets.
    const single = /^redis-[2-6]\./.test(name)
    for (const form of [{single}, {to: 'rdb'}, {single, base: 'aof'}] as const) {
      const report = await run(path, form)
      if (report.verdict === 'refused') continue
      expect(report).toMatchObject({verdict: 'compacted', memory: null})
      // No commands, no bytes.
      if (report.bytesAfter === 0) continue
      if (!('base' in form)) expect(fullDigest(report.output!)).toBe(fullDigest(path))
    }
  })

  test('a set of a base alone', async () => {
    const path = (await run(fixture('redis-7.0.15/aof-small-multi').path)).output!
    const report = await run(path, {to: 'rdb'})
    expect(fullDigest(report.output!)).toBe(fullDigest(path))
  })

  test('a damaged one', async () => {
    const whole = readFileSync(fixture('redis-7.0.15/small').path)
    const path = write('cut.rdb', whole.subarray(0, 500))
    const report = await run(path)
    expect(report).toMatchObject({verdict: 'unreadable', stoppedAt: {code: 'TRUNCATED'}})
  })
})

test('a plan says sizes and memory, and writes nothing', async () => {
  const {path} = fixture('redis-7.0.15/aof-small-multi')
  const plan = await run(path, {output: null, dryRun: true})
  expect(plan).toMatchObject({verdict: 'planned', keys: 74, memory: {parts: 1, threads: 1}})
  expect(plan.memory!.estimate).toBeGreaterThan(10_000)
  const done = await run(path, {to: 'rdb'})
  expect(Math.abs(plan.bytesAfter - done.bytesAfter)).toBeLessThan(600)
})

test('an output that is the input is refused', async () => {
  const path = setOf(folder, 'own', record('SET', 'a', '1'), record('SET', 'a', '2'))
  const refused = {code: 'OUTPUT_IS_INPUT', exit: 2}
  await expect(run(path, {output: path, force: true})).rejects.toMatchObject(refused)
  const [log] = readdirSync(path)
  const same = {output: join(path, log), single: true, force: true}
  await expect(run(path, same)).rejects.toMatchObject(refused)
})
