import {createHash} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'
import {setOf, undo} from '../support/log-set.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-undo-'))
afterAll(() => rmSync(folder, {recursive: true}))

const SELECT = record('SELECT', '0')
const set = (key: string, value = '1') => record('SET', key, value)
const FLUSHALL = record('FLUSHALL')
const MULTI = record('MULTI')
const EXEC = record('EXEC')

let made = 0
/** A log of one file. */
function logOf(...records: Buffer[]): string {
  const path = join(folder, `log-${++made}.aof`)
  writeFileSync(path, bytes(...records))
  return path
}

const output = (input: string): Buffer => readFileSync(`${input}.out`)
const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('what is taken out', () => {
  test.each<[string, object, Buffer[], Buffer[]]>([
    [
      'the command and nothing else',
      {command: 'flushall'},
      [SELECT, set('a'), FLUSHALL, set('b')],
      [SELECT, set('a'), set('b')],
    ],
    [
      'every one of them',
      {command: 'flushall'},
      [set('a'), FLUSHALL, set('b'), FLUSHALL],
      [set('a'), set('b')],
    ],
    [
      'only the last one',
      {command: 'flushall', last: true},
      [set('a'), FLUSHALL, set('b'), FLUSHALL],
      [set('a'), FLUSHALL, set('b')],
    ],
    [
      'the one at an offset',
      {at: '27'},
      [set('a'), FLUSHALL, set('b'), FLUSHALL],
      [set('a'), set('b'), FLUSHALL],
    ],
    ['those with these numbers', {at: '#1,#3'}, [set('a'), set('b'), set('c')], [set('b')]],
    [
      'one of a transaction',
      {command: 'flushall'},
      [set('a'), MULTI, set('b'), FLUSHALL, EXEC, set('c')],
      [set('a'), MULTI, set('b'), EXEC, set('c')],
    ],
    [
      'a transaction that nothing is left of',
      {command: 'flushall'},
      [set('a'), MULTI, FLUSHALL, FLUSHALL, EXEC, set('c')],
      [set('a'), set('c')],
    ],
    [
      'but not the SELECT of one',
      {command: 'flushall'},
      [set('a'), MULTI, record('SELECT', '2'), FLUSHALL, EXEC, set('c')],
      [set('a'), MULTI, record('SELECT', '2'), EXEC, set('c')],
    ],
    [
      'one of a transaction that is only the last',
      {command: 'flushall', last: true},
      [set('a'), MULTI, FLUSHALL, set('b'), FLUSHALL, EXEC],
      [set('a'), MULTI, FLUSHALL, set('b'), EXEC],
    ],
    [
      'keys that match',
      {command: 'del', match: 'a*'},
      [set('a'), record('DEL', 'a'), record('DEL', 'b')],
      [set('a'), record('DEL', 'b')],
    ],
    [
      'of a record some keys',
      {command: 'DEL', match: 'a*'},
      [set('a'), record('DEL', 'a', 'b', 'ab', 'c')],
      [set('a'), record('DEL', 'b', 'c')],
    ],
    [
      'some keys, and all of the next',
      {command: 'DEL', match: 'a*'},
      [set('a'), record('DEL', 'a', 'b'), record('DEL', 'a'), set('c')],
      [set('a'), record('DEL', 'b'), set('c')],
    ],
    [
      'of MSET a key with its value',
      {command: 'mset', match: 'b'},
      [record('MSET', 'a', '1', 'b', '2', 'c', '3')],
      [record('MSET', 'a', '1', 'c', '3')],
    ],
    [
      'a range of numbers',
      {command: 'del', since: '#3', until: '#4'},
      [set('a'), record('DEL', 'a'), record('DEL', 'b'), record('DEL', 'c'), record('DEL', 'd')],
      [set('a'), record('DEL', 'a'), record('DEL', 'd')],
    ],
    [
      'a range up to before an offset',
      {command: 'set', since: '27', until: 'before:81'},
      [set('a'), set('b'), set('c'), set('d')],
      [set('a'), set('d')],
    ],
  ])('%s', async (_, asked, input, expected) => {
    const path = logOf(...input)
    const report = await undo(path, asked)
    expect(output(path).toString()).toBe(bytes(...expected).toString())
    expect(report.proof?.sameBefore).toBe(true)
    expect(hash(path)).toBe(
      createHash('sha256')
        .update(bytes(...input))
        .digest('hex'),
    )
  })

  test('by the times of the log', async () => {
    const [early, late] = ['#TS:1000\r\n', '#TS:2000\r\n']
    const path = logOf(bytes(early), set('a'), record('DEL', 'a'), bytes(late), record('DEL', 'b'))
    await undo(path, {command: 'del', since: '@1500', until: '@2000'})
    expect(output(path).toString()).toBe(
      bytes(early, set('a'), record('DEL', 'a'), late).toString(),
    )
  })

  test('with what came later, up to the transaction that it is in', async () => {
    const path = logOf(
      set('a'),
      FLUSHALL,
      FLUSHALL,
      set('b'),
      MULTI,
      set('c'),
      FLUSHALL,
      EXEC,
      set('d'),
    )
    const report = await undo(path, {command: 'flushall'}, {dropAfter: true})
    expect(output(path).toString()).toBe(bytes(set('a'), set('b')).toString())
    expect(report).toMatchObject({undoneCount: 3, proof: {output: {keys: {0: 2}}}})
  })

  test('in place: the log that was is beside it, and what went', async () => {
    const records = [set('a'), FLUSHALL, set('b')]
    const path = logOf(...records)
    const report = await undo(path, {command: 'flushall'}, {output: null, inPlace: true})
    expect(report).toMatchObject({output: path, aside: [`${path}.bak-x`, `${path}.cut-27`]})
    expect(readFileSync(path).equals(bytes(set('a'), set('b')))).toBe(true)
    expect(readFileSync(`${path}.bak-x`).equals(bytes(...records))).toBe(true)
  })

  test('from a log in gz, to one that is not', async () => {
    const path = join(folder, 'log.aof.gz')
    writeFileSync(path, gzipSync(bytes(set('a'), FLUSHALL, set('b'))))
    await undo(path, {command: 'flushall'})
    expect(output(path).toString()).toBe(bytes(set('a'), set('b')).toString())
    const inPlace = undo(path, {command: 'flushall'}, {output: null, inPlace: true})
    await expect(inPlace).rejects.toMatchObject({exit: 2, message: expect.stringContaining('gz')})
  })

  test('and adjacent ones before the last, with what came later', async () => {
    const path = logOf(set('a'), FLUSHALL, FLUSHALL, set('b'))
    await undo(path, {command: 'flushall'}, {dropAfter: true})
    expect(output(path).toString()).toBe(set('a').toString())
  })

  test('from a set: in the file that has it, and in which later files stay or go', async () => {
    const logs = [
      bytes(set('a'), FLUSHALL, set('b')),
      bytes(set('c'), record('FLUSHDB')),
      set('d'),
    ] as const
    const kept = setOf(folder, 'kept', ...logs)
    expect(await undo(kept, {at: 'a.aof.1.incr.aof:27'})).toMatchObject({
      notes: [expect.stringContaining('1 other FLUSHALL or FLUSHDB')],
      leftOut: [],
    })
    expect(readdirSync(`${kept}.out`).sort()).toEqual([
      'a.aof.1.incr.aof',
      'a.aof.1.incr.aof.cut-27',
      'a.aof.2.incr.aof',
      'a.aof.3.incr.aof',
      'a.aof.manifest',
    ])
    const dropped = setOf(folder, 'dropped', ...logs)
    const report = await undo(dropped, {at: 'a.aof.1.incr.aof:27'}, {dropAfter: true})
    expect(report.leftOut).toEqual([
      {file: 'a.aof.2.incr.aof', bytes: 44},
      {file: 'a.aof.3.incr.aof', bytes: 27},
    ])
    expect(report.proof?.output?.keys).toEqual({0: 1})
  })
})

describe('what it says', () => {
  test('keys before, now and after, and what later commands did to those that are back', async () => {
    const later = [set('b', '2'), record('DEL', 'c'), set('d'), record('INCR', 'e')]
    const path = logOf(set('a'), set('b'), set('c'), set('e', 'x'), FLUSHALL, ...later)
    const {proof, undone, removedBytes, aside} = await undo(path, {command: 'flushall'})
    expect(proof).toMatchObject({
      before: {keys: {0: 4}},
      input: {keys: {0: 3}},
      output: {keys: {0: 4}},
      later: {added: 1, changed: 1, removed: 1},
      // INCR of what is no number, now that it is back.
      failedInput: 0,
      failed: 1,
    })
    expect(undone).toEqual([
      {
        ...{
          file: path,
          offset: 108,
          record: 5,
          fileRecord: 5,
          transaction: null,
          time: null,
          db: 0,
        },
        ...{command: 'FLUSHALL', rewritten: false, keys: {0: 4}},
      },
    ])
    expect(removedBytes).toBe(18)
    expect(aside).toEqual([`${path}.out.cut-108`])
    expect(readFileSync(aside[0]).equals(FLUSHALL)).toBe(true)
  })

  test('with a dry run the same, and nothing is written', async () => {
    const path = logOf(set('a'), FLUSHALL)
    const before = readdirSync(folder)
    const report = await undo(path, {command: 'flushall'}, {dryRun: true})
    expect(report).toMatchObject({
      dryRun: true,
      proof: {before: {keys: {0: 1}}, input: {keys: {}}, output: null},
    })
    expect(readdirSync(folder)).toEqual(before)
  })

  test('the same input gives the same bytes', async () => {
    const {path} = fixture('redis-7.0.15/aof-full-rdbbase')
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    for (const output of [one, two]) await undo(path, {command: 'set'}, {output})
    const names = readdirSync(one, {recursive: true, encoding: 'utf8'}).filter((name) =>
      /\.[a-z]+[-\d]*$/.test(name),
    )
    expect(names.length).toBeGreaterThan(3)
    for (const name of names) expect(hash(join(one, name))).toBe(hash(join(two, name)))
  })
})

describe('what it refuses', () => {
  test.each<[string, object, Buffer[], object]>([
    [
      'a command that is not there',
      {command: 'flushall'},
      [set('a')],
      {
        exit: 1,
        code: 'NOTHING_TO_UNDO',
        message: expect.stringContaining('there is no FLUSHALL in'),
      },
    ],
    [
      'a place between records',
      {at: '5'},
      [set('a')],
      {exit: 2, message: expect.stringContaining('offset 5')},
    ],
    [
      'a number behind the end',
      {at: '#9'},
      [set('a')],
      {exit: 2, message: expect.stringContaining('#9')},
    ],
    [
      'a MULTI',
      {at: '0'},
      [MULTI, set('a'), EXEC],
      {exit: 2, message: expect.stringContaining('MULTI changes no data')},
    ],
    [
      'another command than was named',
      {at: '0', command: 'del'},
      [set('a')],
      {exit: 2, message: expect.stringContaining('this is SET')},
    ],
    ['nothing that was named', {}, [set('a')], {exit: 2, code: 'USAGE'}],
    ['a command that no server has', {command: 'flsuhall'}, [set('a')], {exit: 2, code: 'USAGE'}],
    ['a command that changes nothing', {command: 'get'}, [set('a')], {exit: 2, code: 'USAGE'}],
    [
      'times where the log tells none',
      {command: 'set', since: '2024-01-01'},
      [set('a')],
      {exit: 2, code: 'POINT'},
    ],
    [
      'damage',
      {command: 'set'},
      [set('a'), bytes('x')],
      {exit: 1, code: 'AOF_FRAMING', next: expect.stringMatching(/respite repair \S+ -o OUT/)},
    ],
    [
      'a transaction that never ends',
      {command: 'set'},
      [MULTI, set('a')],
      {exit: 1, code: 'AOF_MULTI'},
    ],
  ])('%s', async (_, asked, input, expected) => {
    const path = logOf(...input)
    await expect(undo(path, asked)).rejects.toMatchObject(expected)
    expect(
      readdirSync(folder).filter((name) => name.startsWith('log-') && name.includes('.tmp-')),
    ).toEqual([])
  })

  test('a snapshot: there is no command in it', async () => {
    const {path} = fixture('redis-7.0.15/small')
    const options = {output: join(folder, 'snapshot')}
    await expect(undo(path, {command: 'flushall'}, options)).rejects.toMatchObject({
      exit: 4,
      code: 'NO_LOG',
    })
  })

  test('what a transaction that was given up would have done', async () => {
    const path = logOf(set('a'), MULTI, FLUSHALL, record('DISCARD'))
    await expect(undo(path, {command: 'flushall'})).rejects.toMatchObject({exit: 1})
  })

  test('an output that is there, and the input itself', async () => {
    const path = logOf(set('a'), FLUSHALL)
    await undo(path, {command: 'flushall'})
    const again = undo(path, {command: 'flushall'})
    await expect(again).rejects.toMatchObject({exit: 2, code: 'OUTPUT_EXISTS'})
    const itself = undo(path, {command: 'flushall'}, {output: path, force: true})
    await expect(itself).rejects.toMatchObject({exit: 2, code: 'OUTPUT_IS_INPUT'})
  })
})
