import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
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
import type {FileSink} from '../../src/io/file-sink.ts'
import {OutputError} from '../../src/io/output-error.ts'
import {replaceFile, temporaryOf} from '../../src/io/replace-file.ts'
import {faultyDisk} from '../support/faulty-disk.ts'

const disk = nodeDisk()
/** More than two buffers of the sink, and not a multiple of one. */
const CONTENT = Uint8Array.from({length: 700_001}, (_, i) => (i * 7) % 251)
const produce = (sink: FileSink) => sink.write(CONTENT, 0, CONTENT.length)
/** A writer that goes back: a patch inside a buffer, one over the edge of two, one at the end. */
const producePatched = (sink: FileSink) => {
  const wrong = CONTENT.slice()
  for (const [offset, length] of PATCHES) wrong.fill(0, offset, offset + length)
  sink.write(wrong, 0, wrong.length)
  for (const [offset, length] of PATCHES) sink.patch(offset, CONTENT, offset, offset + length)
}
const PATCHES = [
  [262_140, 8],
  [0, 9],
  [100_000, 8],
  [699_993, 8],
] as const

let directory: string
let input: string
let output: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respite-replace-'))
  input = join(directory, 'dump.rdb')
  output = join(directory, 'out.rdb')
  writeFileSync(input, 'the input')
})
afterEach(() => rmSync(directory, {recursive: true, force: true}))

const names = () => readdirSync(directory).sort()
const like = () => disk.stat(input)

describe('replaceFile', () => {
  test('writes a new file with the mode of the input and leaves nothing beside it', () => {
    chmodSync(input, 0o640)
    expect(replaceFile(output, produce, {like: like()})).toBe(CONTENT.length)
    expect(Buffer.compare(readFileSync(output), CONTENT)).toBe(0)
    expect(statSync(output).mode & 0o7777).toBe(0o640)
    expect(statSync(output).uid).toBe(statSync(input).uid)
    expect(names()).toEqual(['dump.rdb', 'out.rdb'])
  })

  test('is for its owner only when there is no input to be like', () => {
    replaceFile(output, produce)
    expect(statSync(output).mode & 0o7777).toBe(0o600)
  })

  test('reads back what was patched', () => {
    replaceFile(output, producePatched)
    expect(Buffer.compare(readFileSync(output), CONTENT)).toBe(0)
  })

  test('syncs the file before its new name, and the directory after', () => {
    const watched = faultyDisk()
    replaceFile(output, produce, {disk: watched, like: like()})
    const order = watched.calls.filter((call) => /fsync|link|rename/.test(call))
    expect(order).toEqual(['fsync', 'fsync', 'link', 'unlink', 'fsync'])
  })

  test('refuses an output that is there', () => {
    writeFileSync(output, 'older')
    expect(() => replaceFile(output, produce)).toThrow(
      expect.objectContaining({code: 'OUTPUT_EXISTS', exit: 2}),
    )
    expect(readFileSync(output, 'utf8')).toBe('older')
    replaceFile(output, produce, {force: true})
    expect(readFileSync(output).length).toBe(CONTENT.length)
  })

  test('refuses an output that appears while it writes', () => {
    const late = (sink: FileSink) => {
      produce(sink)
      writeFileSync(output, 'somebody else')
    }
    expect(() => replaceFile(output, late)).toThrow(
      expect.objectContaining({code: 'OUTPUT_EXISTS'}),
    )
    expect(readFileSync(output, 'utf8')).toBe('somebody else')
    expect(names()).toEqual(['dump.rdb', 'out.rdb'])
  })

  test.each(['its own name', 'a hard link', 'a symbolic link'])(
    'refuses the input under %s, even with force',
    (name) => {
      if (name === 'a hard link') linkSync(input, output)
      else if (name === 'a symbolic link') symlinkSync(input, output)
      const path = name === 'its own name' ? input : output
      expect(() => replaceFile(path, produce, {like: like(), force: true})).toThrow(
        expect.objectContaining({code: 'OUTPUT_IS_INPUT', exit: 2}),
      )
      expect(readFileSync(input, 'utf8')).toBe('the input')
    },
  )

  test('replaces the input in place when that is meant', () => {
    replaceFile(input, produce, {like: like(), inPlace: true})
    expect(readFileSync(input).length).toBe(CONTENT.length)
    expect(names()).toEqual(['dump.rdb'])
  })

  test('replaces the file behind a symbolic link and keeps the link', () => {
    mkdirSync(join(directory, 'sub'))
    const real = join(directory, 'sub', 'real.rdb')
    writeFileSync(real, 'older')
    symlinkSync(real, output)
    replaceFile(output, produce, {force: true})
    expect(readFileSync(real).length).toBe(CONTENT.length)
    expect(disk.lstat(output)!.isSymbolicLink()).toBe(true)
  })

  test('refuses a directory and a device', () => {
    mkdirSync(output)
    const error = expect.objectContaining({code: 'OUTPUT_NOT_FILE'})
    expect(() => replaceFile(output, produce, {force: true})).toThrow(error)
    expect(() => replaceFile('/dev/null', produce, {force: true})).toThrow(error)
  })

  test('removes temporaries of processes that are gone, not those of running ones', () => {
    const gone = spawnSync(process.execPath, ['-e', '0']).pid
    for (const pid of [gone, process.ppid, process.pid]) {
      writeFileSync(join(directory, `.out.rdb.tmp-${pid}`), 'left over')
    }
    writeFileSync(join(directory, '.out.rdb.tmp-notes'), 'not ours')
    writeFileSync(join(directory, `.other.rdb.tmp-${gone}`), 'another file')
    replaceFile(output, produce)
    expect(names()).toEqual(
      [
        `.other.rdb.tmp-${gone}`,
        '.out.rdb.tmp-notes',
        `.out.rdb.tmp-${process.ppid}`,
        'dump.rdb',
        'out.rdb',
      ].sort(),
    )
  })

  test('lets the caller refuse the finished file', () => {
    const verify = (path: string) => {
      expect(path).toBe(temporaryOf(output))
      expect(readFileSync(path).length).toBe(CONTENT.length)
      throw new Error('not good enough')
    }
    expect(() => replaceFile(output, produce, {verify})).toThrow('not good enough')
    expect(names()).toEqual(['dump.rdb'])
  })

  test('passes on what the producer throws, without a trace on disk', () => {
    const failing = (sink: FileSink) => {
      produce(sink)
      throw new Error('the input is damaged')
    }
    expect(() => replaceFile(output, failing)).toThrow('the input is damaged')
    expect(names()).toEqual(['dump.rdb'])
  })

  test('says which directory is not there', () => {
    const path = join(directory, 'missing', 'out.rdb')
    expect(() => replaceFile(path, produce)).toThrow(
      expect.objectContaining({code: 'ENOENT', exit: 10, path: join(directory, 'missing')}),
    )
  })

  test('does without hard links', () => {
    const linkless = faultyDisk({operation: 'link', at: 1, kind: 'EOPNOTSUPP'})
    replaceFile(output, produce, {disk: linkless})
    expect(readFileSync(output).length).toBe(CONTENT.length)
    expect(names()).toEqual(['dump.rdb', 'out.rdb'])
  })
})

describe.each(['new', 'forced'])('when the disk fails, for a %s output', (mode) => {
  const force = mode === 'forced'
  const attempt = (failing: Disk) => {
    replaceFile(output, producePatched, {disk: failing, like: like(), force})
  }
  const whole = (path: string) => Buffer.compare(readFileSync(path), CONTENT) === 0
  const callsOf = () => {
    const watched = faultyDisk()
    if (force) writeFileSync(output, 'older')
    attempt(watched)
    const {calls} = watched
    rmSync(output)
    return calls
  }

  test.each(['ENOSPC', 'EIO', 'EDQUOT', 'EROFS'])('with %s at each call', (kind) => {
    const calls = callsOf()
    for (let at = 1; at <= calls.length; at++) {
      if (force) writeFileSync(output, 'older')
      let error: unknown = null
      try {
        attempt(faultyDisk({at, kind}))
      } catch (caught) {
        error = caught
      }
      const place = `${calls[at - 1]} (call ${at})`
      expect([place, readFileSync(input, 'utf8')]).toEqual([place, 'the input'])
      if (error !== null) {
        expect(error).toBeInstanceOf(DiskError)
        expect(error).toMatchObject({code: kind, exit: 30})
      }
      checkOutput(place, calls, at, error)
      rmSync(output, {force: true})
      for (const name of names()) if (name !== 'dump.rdb') rmSync(join(directory, name))
    }
    console.log(`${mode}, ${kind}: failed each of ${calls.length} disk calls in turn`)
  })

  /** Nothing happened, or everything did. */
  function checkOutput(place: string, calls: string[], at: number, error: unknown): void {
    const published = calls.slice(0, at - 1).includes(force ? 'rename' : 'link')
    const old = force ? readIfThere(output) === 'older' : !existsSync(output)
    expect([place, published ? whole(output) : old || whole(output)]).toEqual([place, true])
    if (!published && error !== null) expect([place, old]).toEqual([place, true])
    // Where removing the second name is what failed, the next run does it.
    const leftOver = calls[at - 1] === 'unlink' ? [temporaryOf(output)] : []
    const beside = names().filter((name) => name.startsWith('.'))
    expect([place, beside.map((name) => join(directory, name))]).toEqual([place, leftOver])
  }

  test('short writes and reads are carried on', () => {
    const calls = callsOf()
    for (let at = 1; at <= calls.length; at++) {
      attempt(faultyDisk({at, kind: 'short'}))
      expect(whole(output)).toBe(true)
      rmSync(output)
    }
  })

  test('a write that lies is always caught', () => {
    const writes = callsOf().filter((call) => call === 'write').length
    for (let at = 1; at <= writes; at++) {
      const lying = faultyDisk({operation: 'write', at, kind: 'lie'})
      expect(() => attempt(lying)).toThrow(OutputError)
      expect(names()).toEqual(['dump.rdb'])
    }
    console.log(`${mode}: ${writes} of ${writes} lying writes caught`)
  })
})

const readIfThere = (path: string): string | null =>
  existsSync(path) ? readFileSync(path, 'utf8') : null
