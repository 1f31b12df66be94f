import {spawnSync} from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {type Disk, DiskError} from '../../src/io/disk.ts'
import type {FileSink} from '../../src/io/file-sink.ts'
import {publishParts, publishSet, type SetFile} from '../../src/io/publish-set.ts'
import {faultyDisk} from '../support/faulty-disk.ts'

const file = (name: string, content: string): SetFile => ({
  name,
  produce: (sink: FileSink) => sink.write(Buffer.from(content), 0, content.length),
})
const FILES = [file('a.1.base.rdb', 'base'), file('a.1.incr.aof', 'incr')]
const MANIFEST = file('a.manifest', 'file a.1.base.rdb seq 1 type b\n')

let parent: string
let directory: string

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'respite-set-'))
  directory = join(parent, 'appendonlydir')
})
afterEach(() => rmSync(parent, {recursive: true, force: true}))

describe('publishSet', () => {
  test.each(['new', 'there'])(
    'fills a directory that is %s: the files, then the manifest',
    (state) => {
      if (state === 'there') mkdirSync(directory)
      const disk = faultyDisk()
      const manifestFirst: boolean[] = []
      // A new directory gets its name when it is complete.
      const folder =
        state === 'there' ? directory : join(parent, `.appendonlydir.tmp-${process.pid}`)
      const late: SetFile = {
        name: 'a.manifest',
        produce: (sink) => {
          manifestFirst.push(FILES.some(({name}) => !existsSync(join(folder, name))))
          MANIFEST.produce(sink)
        },
      }
      expect(publishSet(directory, FILES, late, {disk})).toEqual({
        'a.1.base.rdb': 4,
        'a.1.incr.aof': 4,
        'a.manifest': 31,
      })
      expect(manifestFirst).toEqual([false])
      expect(readdirSync(directory).sort()).toEqual(['a.1.base.rdb', 'a.1.incr.aof', 'a.manifest'])
      expect(readFileSync(join(directory, 'a.1.incr.aof'), 'utf8')).toBe('incr')
    },
  )

  test.each(['a.1.incr.aof', 'a.manifest'])('writes nothing when %s is there', (name) => {
    publishSet(directory, [], file(name, 'older'))
    expect(() => publishSet(directory, FILES, MANIFEST)).toThrow(
      expect.objectContaining({code: 'OUTPUT_EXISTS', exit: 2, path: join(directory, name)}),
    )
    expect(readdirSync(directory)).toEqual([name])
    expect(readFileSync(join(directory, name), 'utf8')).toBe('older')
  })

  test('replaces a manifest by force, but never a data file', () => {
    publishSet(directory, [], file('a.manifest', 'older'))
    publishSet(directory, FILES, MANIFEST, {force: true})
    expect(readFileSync(join(directory, 'a.manifest'), 'utf8')).toMatch(/^file a\.1/)
    expect(() => publishSet(directory, FILES, MANIFEST, {force: true})).toThrow(
      expect.objectContaining({code: 'OUTPUT_EXISTS'}),
    )
  })

  test.each(['../a', 'b/c', '', '..'])('refuses the name %j', (name) => {
    expect(() => publishSet(directory, [file(name, 'x')], MANIFEST)).toThrow(
      expect.objectContaining({code: 'OUTPUT_NAME', exit: 2}),
    )
    expect(existsSync(directory)).toBe(false)
  })

  test('removes what dead runs left beside a new directory, and inside one that is there', () => {
    const gone = spawnSync(process.execPath, ['-e', '0']).pid
    const left = join(parent, `.appendonlydir.tmp-${gone}`)
    mkdirSync(left)
    writeFileSync(join(left, 'a.1.base.rdb'), 'half')
    publishSet(directory, [], file('b.manifest', 'other'))
    expect(readdirSync(parent)).toEqual(['appendonlydir'])
    for (const name of [`.a.9.incr.aof.tmp-${gone}`, `.other.tmp-${gone}`]) {
      writeFileSync(join(directory, name), 'half')
    }
    publishSet(directory, FILES, MANIFEST)
    const hidden = readdirSync(directory).filter((name) => name.startsWith('.'))
    expect(hidden).toEqual([`.other.tmp-${gone}`])
  })

  test('does not replace a directory that appears meanwhile', () => {
    const late: SetFile = {
      name: 'a.manifest',
      produce: (sink) => {
        mkdirSync(directory)
        writeFileSync(join(directory, 'theirs'), '')
        MANIFEST.produce(sink)
      },
    }
    expect(() => publishSet(directory, FILES, late)).toThrow(
      expect.objectContaining({code: 'OUTPUT_EXISTS', path: directory}),
    )
    expect(readdirSync(parent)).toEqual(['appendonlydir'])
    expect(readdirSync(directory)).toEqual(['theirs'])
  })

  test('refuses a file where the directory should be', () => {
    writeFileSync(directory, 'a file')
    expect(() => publishSet(directory, FILES, MANIFEST)).toThrow(
      expect.objectContaining({code: 'OUTPUT_NOT_DIRECTORY'}),
    )
  })

  test.each(['ENOSPC', 'EIO'])('with %s at each call: the old set, or the new one', (kind) => {
    const attempt = (disk: Disk) => publishSet(directory, FILES, MANIFEST, {disk})
    const watched = faultyDisk()
    attempt(watched)
    rmSync(directory, {recursive: true})
    let whole = 0
    for (let at = 1; at <= watched.calls.length; at++) {
      let error: unknown = null
      try {
        attempt(faultyDisk({at, kind}))
      } catch (caught) {
        error = caught
      }
      const place = `${watched.calls[at - 1]} (call ${at})`
      if (error !== null) expect(error).toBeInstanceOf(DiskError)
      const names = existsSync(directory) ? readdirSync(directory) : []
      const complete = names.includes('a.manifest')
      if (complete) whole++
      const missing = FILES.filter(({name}) => complete && !names.includes(name))
      expect([place, missing]).toEqual([place, []])
      if (!complete) expect([place, names]).toEqual([place, []])
      rmSync(directory, {recursive: true, force: true})
    }
    console.log(`${kind}: ${watched.calls.length} calls failed in turn, ${whole} sets complete`)
  })
})

describe('publishParts', () => {
  const NAMES = ['a.rdb', 'b.rdb']
  const index = file('split.json', '{}')
  const attempt = (options: Parameters<typeof publishParts>[4] = {}, text = 'part') =>
    publishParts(
      directory,
      NAMES.map((name) => ({name})),
      (sinks) => {
        // Side by side: a piece of each in turn.
        for (const letter of text) {
          for (const sink of sinks) sink.write(Buffer.from(letter), 0, 1)
        }
      },
      index,
      options,
    )

  test.each(['new', 'there'])('fills a directory that is %s, all at the same time', (state) => {
    if (state === 'there') mkdirSync(directory)
    expect(attempt()).toEqual({'a.rdb': 4, 'b.rdb': 4, 'split.json': 2})
    expect(readdirSync(directory)).toEqual(['a.rdb', 'b.rdb', 'split.json'])
    expect(readFileSync(join(directory, 'b.rdb'), 'utf8')).toBe('part')
  })

  test('refuses a directory with anything in it, unless forced; what is obsolete goes then', () => {
    mkdirSync(directory)
    for (const name of ['b.rdb', 'c.rdb', 'mine']) writeFileSync(join(directory, name), 'older')
    expect(() => attempt()).toThrow(
      expect.objectContaining({code: 'OUTPUT_EXISTS', path: directory}),
    )
    attempt({force: true, obsolete: ['a.rdb', 'c.rdb', '../outside']})
    expect(readdirSync(directory)).toEqual(['a.rdb', 'b.rdb', 'mine', 'split.json'])
    expect(readFileSync(join(directory, 'b.rdb'), 'utf8')).toBe('part')
  })

  test.each([
    ['ENOSPC', 'new'],
    ['EIO', 'there'],
  ])('with %s at each call in a directory that is %s: all files, or none', (kind, state) => {
    const prepare = () => {
      rmSync(directory, {recursive: true, force: true})
      if (state === 'there') mkdirSync(directory)
    }
    prepare()
    const watched = faultyDisk()
    attempt({disk: watched})
    const whole = ['a.rdb', 'b.rdb', 'split.json']
    for (let at = 1; at <= watched.calls.length; at++) {
      prepare()
      try {
        attempt({disk: faultyDisk({at, kind})})
      } catch (error) {
        expect(error).toBeInstanceOf(DiskError)
      }
      const place = `${watched.calls[at - 1]} (call ${at})`
      // A temporary that cannot be removed is for the next run.
      const names = existsSync(directory)
        ? readdirSync(directory).filter((name) => !name.startsWith('.'))
        : []
      expect([place, names]).toEqual([place, names.includes('split.json') ? whole : []])
    }
    console.log(`${kind}: ${watched.calls.length} calls failed in turn`)
  })

  test('forced, with a failure at each call: what was there stays, whole, and nothing new without an index', () => {
    const prepare = () => {
      rmSync(directory, {recursive: true, force: true})
      mkdirSync(directory)
      writeFileSync(join(directory, 'a.rdb'), 'older')
    }
    prepare()
    const watched = faultyDisk()
    attempt({disk: watched, force: true})
    for (let at = 1; at <= watched.calls.length; at++) {
      prepare()
      try {
        attempt({disk: faultyDisk({at, kind: 'EIO'}), force: true})
      } catch (error) {
        expect(error).toBeInstanceOf(DiskError)
      }
      const place = `${watched.calls[at - 1]} (call ${at})`
      const names = readdirSync(directory).filter((name) => !name.startsWith('.'))
      const complete = names.includes('split.json')
      expect([place, names]).toEqual([
        place,
        complete ? ['a.rdb', 'b.rdb', 'split.json'] : ['a.rdb'],
      ])
      expect(['older', 'part']).toContain(readFileSync(join(directory, 'a.rdb'), 'utf8'))
    }
  })
})
