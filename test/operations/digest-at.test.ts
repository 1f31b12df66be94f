/** The state at a point of a log is what a server has that loads the log cut there. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {DEFAULT_COMMANDS} from '../../src/engine/commands/table.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import type {Host} from '../../src/io/host.ts'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {digest} from '../../src/operations/digest.ts'
import {DatasetLoader, loadThrough} from '../../src/operations/load-dataset.ts'
import {loadedFiles} from '../../src/operations/loaded-files.ts'
import {parsePoint} from '../../src/operations/point.ts'
import type {DigestReport} from '../../src/operations/reports.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'
import {serverProgram, startServer} from '../support/server.ts'

const kernel = createKernel(loadKernelModule())
const newHost = (): Host => createInlineHost(kernel, new Inputs(), 1e9, 0x100000)
const digestAt = (input: string, at: string, options: object = {}): DigestReport =>
  digest(newHost(), [input], {...options, at: parsePoint(at)})

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-at-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** A set without a base, of logs in their order. */
function setOf(name: string, ...logs: Parameters<typeof bytes>): string {
  const path = join(folder, name)
  mkdirSync(path)
  const names = logs.map((_, i) => `a.aof.${i + 1}.incr.aof`)
  logs.forEach((log, i) => {
    writeFileSync(join(path, names[i]), bytes(log))
  })
  const lines = names.map((each, i) => `file ${each} seq ${i + 1} type i\n`)
  writeFileSync(join(path, 'a.aof.manifest'), lines.join(''))
  return path
}

const live = serverProgram() ? describe : describe.skip

live('cut at any offset', () => {
  test.each(['redis-7.0.15/aof-full-rdbbase', 'redis-7.0.15/aof-small-raw'])(
    '%s',
    async (name) => {
      const {path} = fixture(name)
      const last = readdirSync(join(path, 'appendonlydir'))
        .filter((each) => /incr/.test(each))
        .at(-1)!
      const size = readFileSync(join(path, 'appendonlydir', last)).length
      const offsets = Array.from({length: 12}, (_, i) => 1 + Math.floor(((size - 2) * i) / 11))
      const differing: unknown[] = []
      for (const offset of offsets) {
        const own = digestAt(path, `before:${offset}`, {server: '7.0'})
        expect(own.stoppedAt).toBeNull()
        const theirs = await loadCut(path, last, offset)
        if (own.digest !== theirs) differing.push({offset, own: own.digest, theirs})
      }
      expect(differing).toEqual([])
    },
    60_000,
  )
})

/** DEBUG DIGEST of a server that loads a set whose last log is cut. */
async function loadCut(path: string, log: string, offset: number): Promise<string> {
  const dir = join(folder, 'data')
  cpSync(path, dir, {recursive: true})
  truncateSync(join(dir, 'appendonlydir', log), offset)
  const server = await startServer({dir, args: ['--appendonly', 'yes']})
  try {
    return await server.client.text('DEBUG', 'DIGEST')
  } finally {
    await server.stop()
    rmSync(dir, {recursive: true})
  }
}

describe('digest at a point', () => {
  const SETS = [
    record('SELECT', '0'),
    record('SET', 'a', '1'),
    record('MULTI'),
    record('SET', 'b', '2'),
    record('SELECT', '3'),
    record('SET', 'c', '3'),
    record('EXEC'),
    record('SET', 'd', '4'),
    record('FLUSHALL'),
  ]

  test('counts what is there, key by key, and says where that is', () => {
    const path = setOf('one', bytes(...SETS))
    const {keys, databases, at} = digestAt(path, 'before:#9')
    expect(keys).toBe(4)
    expect(databases).toMatchObject({0: {keys: 2}, 3: {keys: 2}})
    const offset = bytes(...SETS.slice(0, -1)).length
    const file = 'a.aof.1.incr.aof'
    const place = {file, offset, record: 8, fileRecord: 8, time: null, transaction: null}
    expect(at).toEqual(place)
    expect(digestAt(path, `${offset}`)).toMatchObject({keys: 0})
    expect(digestAt(path, `before:${offset}`).at).toEqual(place)
  })

  test('leaves a transaction out as a whole, the database it selects too', () => {
    const path = setOf('transaction', bytes(...SETS))
    const {keys, at} = digestAt(path, '#6')
    expect(keys).toBe(1)
    expect(at).toMatchObject({record: 2, transaction: {offset: at?.offset, record: 3}})
  })

  test('is the same at the end as without a point, in full and with keys', () => {
    const {path} = fixture('redis-7.0.15/aof-full-rdbbase')
    for (const options of [{}, {full: true}, {keys: true}]) {
      const whole = digest(newHost(), [path], options)
      const {at, ...own} = digestAt(path, '#114', options)
      expect({...own, at: null}).toEqual(whole)
      expect(at).toMatchObject({offset: 5287, record: 114})
    }
  })

  test('needs no log: an RDB is the state from when it was made on', () => {
    const {path, entry} = fixture('redis-7.0.15/small')
    expect(digestAt(path, '2100-01-01')).toMatchObject({digest: entry.digest, kind: 'rdb'})
    expect(() => digestAt(path, '2020-01-01')).toThrow(expect.objectContaining({exit: 4}))
  })

  test('tells of a command that only a server can apply, unless it lies behind the point', () => {
    const log = bytes(record('SET', 'a', '1'), record('GCRA', 'k', '1', '1', '1'))
    const path = setOf('gcra', log)
    expect(digestAt(path, '#1')).toMatchObject({keys: 1, stoppedAt: null})
    expect(digestAt(path, '#2')).toMatchObject({
      digest: null,
      stoppedAt: {code: 'UNSUPPORTED', offset: 27, message: expect.stringContaining('GCRA')},
    })
  })

  test('reads no stdin', () => {
    expect(() => digestAt('-', '#1')).toThrow(expect.objectContaining({exit: 2}))
  })
})

test('one replay gives the state at many places, and reads nothing behind the last', () => {
  const first = bytes(record('SET', 'a', '1'), record('MULTI'), record('SET', 'b', '2'))
  const second = bytes(record('SET', 'c', '3'), record('SET', 'd', '4'), 'garbage')
  const path = setOf('many', first, second)
  const [one, two] = loadedFiles(path, null)
  const loader = new DatasetLoader(newHost(), {
    table: DEFAULT_COMMANDS,
    databases: 16,
    onTrouble: (_, trouble) => expect(trouble).toMatchObject({kind: 'transaction'}),
  })
  const places = [
    {file: one.name, offset: 0},
    {file: one.name, offset: 27},
    {file: one.name, offset: first.length},
    {file: two.name, offset: 0},
    {file: two.name, offset: 27},
    {file: two.name, offset: 54},
  ]
  const sizes: number[] = []
  loadThrough(loader, [one, two], places, () => void sizes.push(loader.keyspace.database(0).size))
  expect(sizes).toEqual([0, 1, 1, 1, 2, 3])
  expect(loader.commands).toBe(5)
})
