import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {type Disk, DiskError, nodeDisk} from '../../src/io/disk.ts'
import {publishParts} from '../../src/io/publish-parts.ts'
import type {SetFile} from '../../src/io/publish-set.ts'
import {removeTraces} from '../../src/io/remove-traces.ts'
import {faultyDisk} from '../support/faulty-disk.ts'

const NAMES = ['a.rdb', 'b.rdb']
const WHOLE = ['a.rdb', 'b.rdb', 'split.json']
const INDEX: SetFile = {name: 'split.json', produce: (sink) => sink.write(Buffer.from('{}'), 0, 2)}

let parent: string
let directory: string

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'respite-parts-'))
  directory = join(parent, 'parts')
})
afterEach(() => rmSync(parent, {recursive: true, force: true}))

const attempt = (options: Parameters<typeof publishParts>[4] = {}, output = directory) =>
  publishParts(
    output,
    NAMES.map((name) => ({name})),
    (sinks) => {
      // Side by side: a piece of each in turn.
      for (const letter of 'part') for (const sink of sinks) sink.write(Buffer.from(letter), 0, 1)
    },
    INDEX,
    options,
  )

const OLDER = ['b.rdb', 'c.rdb', 'mine', 'split.json']

/** What an earlier run has left, and a file and a directory that are none of its business. */
function older(): void {
  mkdirSync(join(directory, 'theirs'), {recursive: true})
  for (const name of [...OLDER, 'theirs/more']) writeFileSync(join(directory, name), 'older')
}

const FORCED = {force: true, obsolete: ['a.rdb', 'c.rdb', '../outside']}
const REPLACED = ['a.rdb', 'b.rdb', 'mine', 'split.json', 'theirs']

const contentOf = (name: string) => readFileSync(join(directory, name), 'utf8')
/** What is there under its own name. */
const visible = () =>
  existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith('.')) : []

test.each(['new', 'there'])('fills a directory that is %s, all at the same time', (state) => {
  if (state === 'there') mkdirSync(directory)
  expect(attempt()).toEqual({'a.rdb': 4, 'b.rdb': 4, 'split.json': 2})
  expect(readdirSync(directory)).toEqual(WHOLE)
  expect(contentOf('b.rdb')).toBe('part')
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
  for (let at = 1; at <= watched.calls.length; at++) {
    prepare()
    try {
      attempt({disk: faultyDisk({at, kind})})
    } catch (error) {
      expect(error).toBeInstanceOf(DiskError)
    }
    const place = `${watched.calls[at - 1]} (call ${at})`
    const names = visible()
    expect([place, names]).toEqual([place, names.includes('split.json') ? WHOLE : []])
  }
  console.log(`${kind}: ${watched.calls.length} calls failed in turn`)
})

describe('over an earlier one', () => {
  test('is refused, unless forced; what is obsolete goes then, what is not of it stays', () => {
    older()
    chmodSync(directory, 0o2775)
    expect(() => attempt()).toThrow(
      expect.objectContaining({code: 'OUTPUT_EXISTS', path: directory}),
    )
    attempt(FORCED)
    expect(readdirSync(directory)).toEqual(REPLACED)
    expect(contentOf('b.rdb')).toBe('part')
    expect([contentOf('mine'), contentOf('theirs/more')]).toEqual(['older', 'older'])
    expect(statSync(directory).mode & 0o7777).toBe(0o2775)
    expect(readdirSync(parent)).toEqual(['parts'])
  })

  test('behind a symbolic link: the link stays', () => {
    older()
    const link = join(parent, 'link')
    symlinkSync(directory, link)
    attempt(FORCED, link)
    expect(readdirSync(link)).toEqual(REPLACED)
    expect(readdirSync(parent)).toEqual(['link', 'parts'])
  })

  test('with an error of the disk at each call: all of the old, or all of the new', () => {
    older()
    const watched = faultyDisk()
    attempt({...FORCED, disk: watched})
    let old = 0
    for (let at = 1; at <= watched.calls.length; at++) {
      rmSync(parent, {recursive: true})
      older()
      try {
        attempt({...FORCED, disk: faultyDisk({at, kind: 'EIO'})})
      } catch (error) {
        expect(error).toBeInstanceOf(DiskError)
      }
      const place = `${watched.calls[at - 1]} (call ${at})`
      const isNew = visible().includes('a.rdb')
      if (!isNew) old++
      const wanted = isNew ? REPLACED : [...OLDER, 'theirs']
      // A directory comes behind the rest, and may have to wait for the next run.
      const names = isNew ? [...new Set([...visible(), 'theirs'])] : visible()
      expect([place, names]).toEqual([place, wanted])
      expect([place, contentOf('b.rdb')]).toEqual([place, isNew ? 'part' : 'older'])
      attempt(FORCED)
      expect([place, readdirSync(directory), readdirSync(parent)]).toEqual([
        place,
        REPLACED,
        ['parts'],
      ])
      expect(contentOf('theirs/more')).toBe('older')
    }
    console.log(`${watched.calls.length} calls failed in turn, ${old} left the old one`)
  })

  test('that is the input is refused, and so is a directory under the name of a part', () => {
    older()
    const like = nodeDisk().stat(join(directory, 'c.rdb'))
    expect(() => attempt({...FORCED, like})).toThrow(
      expect.objectContaining({code: 'OUTPUT_IS_INPUT', path: join(directory, 'c.rdb')}),
    )
    mkdirSync(join(directory, 'a.rdb'))
    expect(() => attempt(FORCED)).toThrow(
      expect.objectContaining({code: 'OUTPUT_NOT_FILE', path: join(directory, 'a.rdb')}),
    )
    expect(contentOf('b.rdb')).toBe('older')
  })

  test.each(['EBUSY', 'EXDEV'])('that cannot be moved, %s, is left as it is', (kind) => {
    older()
    const disk = faultyDisk({operation: 'rename', at: 1, kind})
    expect(() => attempt({...FORCED, disk})).toThrow(
      expect.objectContaining({code: 'OUTPUT_FIXED', exit: 2, path: directory}),
    )
    expect(visible()).toEqual([...OLDER, 'theirs'])
    expect(readdirSync(parent)).toEqual(['parts'])
  })

  test('where this runs, or where something is mounted, is refused before anything is written', () => {
    older()
    const mounted: Disk = {
      ...nodeDisk(),
      stat: (path) => {
        const stat = nodeDisk().stat(path)
        return stat && path === directory ? {...stat, dev: stat.dev + 1n} : stat
      },
      mkdir(path) {
        throw new Error(`${path} was made`)
      },
    }
    expect(() => attempt({...FORCED, disk: mounted})).toThrow(
      expect.objectContaining({code: 'OUTPUT_FIXED'}),
    )
    const here = process.cwd()
    process.chdir(directory)
    try {
      expect(() => attempt(FORCED, '.')).toThrow(expect.objectContaining({code: 'OUTPUT_FIXED'}))
    } finally {
      process.chdir(here)
    }
  })
})

describe('a run that was stopped', () => {
  const gone = spawnSync(process.execPath, ['-e', '0']).pid
  const was = () => join(parent, `.parts.was-${gone}`)
  const stopped = () => {
    older()
    nodeDisk().rename(directory, was())
  }

  test('between the two names: the old directory comes back', () => {
    stopped()
    mkdirSync(join(parent, `.parts.tmp-${gone}`))
    expect(() => attempt()).toThrow(expect.objectContaining({code: 'OUTPUT_EXISTS'}))
    expect(visible()).toEqual([...OLDER, 'theirs'])
  })

  test('by a signal is finished by the thread that is left', () => {
    stopped()
    removeTraces(nodeDisk(), [{made: join(parent, `.parts.tmp-${gone}`)}, {swapped: directory}])
    expect(readdirSync(parent)).toEqual(['parts'])
    expect(visible()).toEqual([...OLDER, 'theirs'])
  })

  test('behind them: what is left of the old one goes, and its directories move', () => {
    stopped()
    mkdirSync(directory)
    writeFileSync(join(directory, 'b.rdb'), 'newer')
    expect(() => attempt()).toThrow(expect.objectContaining({code: 'OUTPUT_EXISTS'}))
    expect(readdirSync(directory)).toEqual(['b.rdb', 'theirs'])
    expect(contentOf('b.rdb')).toBe('newer')
    expect(readdirSync(parent)).toEqual(['parts'])
  })

  test('and then somebody made another directory: the old one stays beside it', () => {
    stopped()
    mkdirSync(join(parent, `.parts.tmp-${gone}`))
    mkdirSync(directory)
    attempt()
    expect(readdirSync(directory)).toEqual(WHOLE)
    expect(readdirSync(parent).filter((name) => !name.includes('.tmp-'))).toEqual([
      'parts',
      'parts.was',
    ])
    expect(readdirSync(join(parent, 'parts.was'))).toEqual([...OLDER, 'theirs'])
  })

  test('one that still runs is left alone', () => {
    older()
    const theirs = join(parent, `.parts.was-${process.ppid}`)
    mkdirSync(theirs)
    attempt(FORCED)
    expect(existsSync(theirs)).toBe(true)
  })
})
