/** A dataset that is replayed in parts comes to the same as in one piece, whatever ties its keys together. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {OutOfMemory} from '../../src/engine/arena.ts'
import {DEFAULT_COMMANDS} from '../../src/engine/commands/table.ts'
import type {Part} from '../../src/engine/part.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import type {Host} from '../../src/io/host.ts'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {runOperation} from '../../src/io/run-operation.ts'
import {digestReplayed} from '../../src/operations/digest-replay.ts'
import type {CheckReport, DigestReport} from '../../src/operations/reports.ts'
import {runInParts, runParts} from '../../src/operations/run-parts.ts'
import {keyDigests} from '../../src/ui/digest-keys.ts'
import {generate} from '../engine/differential/generator.ts'
import {record} from '../support/aof.ts'
import {aofFixtures, fileOf} from '../support/fixtures.ts'
import {randomSeed} from '../support/random.ts'

const host = createInlineHost(createKernel(loadKernelModule()), new Inputs(), 1e9, 0x10000)
const folder = mkdtempSync(join(tmpdir(), 'respite-parts-'))
afterAll(() => rmSync(folder, {recursive: true}))

interface Comparable extends Omit<DigestReport, 'keyDigests'> {
  values: string[]
}

/** Everything that a report says, with the keys in order. */
function digestIn(parts: number, paths: readonly string[], full: boolean): Comparable {
  const files = paths.map((path) => ({path, name: path}))
  const options = {full, keys: true}
  const {keyDigests: rows, ...report} = digestReplayed(
    {host, input: paths[0], files, kind: 'aof', options, config: null, at: null},
    (to: Host, job) => runInParts(to, job, parts),
  )
  const values = [...keyDigests(rows ?? [])].map((row) => JSON.stringify(row))
  return {...report, values: values.sort()}
}

/** Returns whether there was a digest. */
function expectSame(paths: readonly string[]): boolean {
  const wholes = [false, true].map((full) => {
    const whole = digestIn(1, paths, full)
    for (const parts of [2, 3, 8]) expect(digestIn(parts, paths, full)).toEqual(whole)
    return whole
  })
  return wholes.every(({digest}) => digest !== null)
}

let written = 0

/** Under a name of its own: an input must not change. */
function write(commands: readonly (readonly (string | number)[])[]): string {
  const path = join(folder, `${++written}.aof`)
  const records = commands.map((words) => record(...words.map(String)))
  writeFileSync(path, Buffer.concat(records))
  return path
}

test.each(aofFixtures().map((fixture) => [fixture.name, fixture] as const))('%s', (_, fixture) => {
  expectSame(
    fixture.entry.files
      .filter((file) => !/manifest$/.test(file.path))
      .map((file) => fileOf(fixture, file)),
  )
})

const manyKeys = Array.from({length: 40}, (_, i) => `key:${i}`)
const each = (command: string, ...rest: (string | number)[]) =>
  manyKeys.map((key) => [command, key, ...rest])

test.each([
  [
    'RENAME',
    each('SET', 'v'),
    [
      ['RENAME', 'key:1', 'key:2'],
      ['RENAMENX', 'key:3', 'other'],
    ],
  ],
  [
    'sets that are stored',
    each('SADD', 1, 2),
    [
      ['SUNIONSTORE', 'all', ...manyKeys],
      ['SMOVE', 'all', 'key:9', 2],
    ],
  ],
  [
    'keys that move with the arguments',
    each('ZADD', 1, 'm'),
    [['ZUNIONSTORE', 'all', 40, ...manyKeys]],
  ],
  ['lists', each('RPUSH', 'a', 'b'), manyKeys.map((key) => ['RPOPLPUSH', key, 'all'])],
  [
    'DEL and UNLINK',
    each('SET', 'v'),
    [
      ['DEL', ...manyKeys.slice(0, 10)],
      ['UNLINK', 'key:11', 'key:12'],
    ],
  ],
  ['MSET', [['MSET', ...manyKeys.flatMap((key) => [key, 'v'])]], [['MSET', 'key:1', 'w', 'key:2']]],
  ['SORT', each('RPUSH', 3, 1), [['SORT', 'key:1', 'BY', 'key:*', 'STORE', 'sorted']]],
  [
    'several databases',
    [...each('SET', 1), ['SELECT', 3], ...each('SET', 2)],
    [['SWAPDB', 0, 3], ['MOVE', 'key:1', 5], ['COPY', 'key:2', 'key:2', 'DB', 7], ['FLUSHDB']],
  ],
  [
    'transactions',
    [['MULTI'], ...each('SET', 1), ['EXEC']],
    [
      ['MULTI'],
      ['RENAME', 'key:1', 'key:2'],
      ['DEL', 'key:3', 'key:4'],
      ['EXEC'],
      ['MULTI'],
      ['SET', 'key:5', 'w'],
    ],
  ],
  [
    'functions',
    each('SET', 1),
    [['FUNCTION', 'LOAD', "#!lua name=l\nredis.register_function('f', function() end)"]],
  ],
  ['an unknown command', each('SET', 1), [['NONSENSE', 'key:1', 'key:2'], ...each('SET', 2)]],
  ['a command with too few arguments', each('SET', 1), [['SET', 'key:7']]],
  ['a script', each('SET', 1), [['EVAL', 'return 1', 1, 'key:1']]],
] as const)('the same with %s', (_, first, second) => {
  expectSame([write([...first, ...second])])
})

test('the same for arguments that do not fit in one piece', () => {
  const long = 'x'.repeat(3_000_000)
  const values = manyKeys.slice(0, 5).map((key) => ['SET', key, long])
  expectSame([write([...values, ['APPEND', 'key:1', long], ['DEL', 'key:2', `${long}no key`]])])
  expectSame([
    write([...values, ['SADD', 's', long], ['SMOVE', 's', 't', long], ['SET', long, 'v']]),
  ])
})

test('the same for a log that is cut', () => {
  const path = write([...each('SET', 1), ['SUNIONSTORE', 'key:1', 'key:2']])
  const whole = readFileSync(path)
  for (const cut of [1, 3, 17, 60]) {
    const shorter = join(folder, `${cut}.cut.aof`)
    writeFileSync(shorter, whole.subarray(0, whole.length - cut))
    expectSame([shorter])
  }
})

test('the same for streams of any commands', () => {
  const random = randomSeed('digest-parts.test.ts')
  let sound = 0
  for (let i = 0; i < 60; i++) {
    const plan = {
      seed: random.u32(),
      typed: true,
      version: i % 2 === 0 ? 'Redis 7.0.15' : 'Valkey 9.0.0',
      payloads: ['no payload'],
      table: DEFAULT_COMMANDS,
    }
    const commands = generate(plan)
    // It ties everything to everything.
    const kept = i % 10 === 0 ? commands : commands.filter(([name]) => !/^sort/i.test(name))
    try {
      if (expectSame([write(kept)])) sound++
    } catch (error) {
      throw new Error(`seed ${plan.seed}`, {cause: error})
    }
  }
  expect(sound).toBeGreaterThan(20)
})

test('the same side by side in two threads, and check --replay agrees', async () => {
  const long = 'x'.repeat(1_800_000)
  const values = manyKeys.map((key) => ['SET', `long:${key}`, long])
  const ties = [
    ['RENAME', 'key:1', 'key:2'],
    ['DEL', ...manyKeys.slice(5, 9)],
    ['INCR', 'long:key:1'],
  ]
  const path = write([...each('SET', 1), ...values, ...ties])
  const whole = digestIn(1, [path], true)
  const report = await runOperation<DigestReport>('digest', [path], {full: true}, {mode: 'worker'})
  expect(report).toMatchObject({digest: whole.digest, keys: 75, databases: whole.databases})
  const checked = await runOperation<CheckReport>('check-and-replay', [path], {}, {mode: 'worker'})
  expect(checked.replay).toMatchObject({
    keys: 75,
    commands: 83,
    failed: 1,
    databases: whole.databases,
  })
  expect(checked.findings).toMatchObject([{code: 'AOF_FAILED', record: 83}])
})

describe('a dataset that is too large for one memory', () => {
  const job = (path: string) => ({
    files: [{path, name: path}],
    table: DEFAULT_COMMANDS,
    commands: true,
    operation: 'digest-part',
    task: {},
    run({index, count}: Part) {
      if (count < 4) throw new OutOfMemory('too large')
      return index
    },
  })

  test('is loaded in more parts', () => {
    expect(runParts(host, job(write(each('SET', 1))))).toEqual([0, 1, 2, 3])
  })

  test('is refused where it cannot be divided', () => {
    const path = write([...each('RPUSH', 1), ['SORT', 'key:1', 'STORE', 'key:2']])
    const refused = {code: 'OUT_OF_MEMORY', exit: 32, message: expect.stringContaining('SORT')}
    expect(() => runParts(host, job(path))).toThrow(expect.objectContaining(refused))
  })
})
