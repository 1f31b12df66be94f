import {execFileSync, spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {DiskError, nodeDisk} from '../../src/io/disk.ts'
import type {FileSink} from '../../src/io/file-sink.ts'
import {publishSet} from '../../src/io/publish-set.ts'
import {replaceFile} from '../../src/io/replace-file.ts'

/** Mounting needs root and Linux; containers often forbid it even then. */
function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const probe = mkdtempSync(join(tmpdir(), 'respite-probe-'))
  const {status} = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', probe])
  if (status === 0) execFileSync('umount', [probe])
  rmSync(probe, {recursive: true})
  return status === 0
}

const onRealDisk = canMount() ? describe : describe.skip
let mounted: string

onRealDisk('a file system of 64 KiB', () => {
  beforeAll(() => {
    mounted = mkdtempSync(join(tmpdir(), 'respite-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', mounted])
    writeFileSync(join(mounted, 'dump.rdb'), 'the input')
  })
  afterAll(() => {
    execFileSync('umount', [mounted])
    rmSync(mounted, {recursive: true})
  })

  const big = (sink: FileSink) => sink.write(new Uint8Array(100_000), 0, 100_000)
  const intact = () => {
    expect(readdirSync(mounted)).toEqual(['dump.rdb'])
    expect(readFileSync(join(mounted, 'dump.rdb'), 'utf8')).toBe('the input')
  }
  const caught = (run: () => unknown): unknown => {
    try {
      return run()
    } catch (error) {
      return error
    }
  }

  test('that gets full leaves the input and no temporary', () => {
    const like = nodeDisk().stat(join(mounted, 'dump.rdb'))
    for (const options of [{}, {force: true}, {like, inPlace: true}]) {
      const name = 'inPlace' in options ? 'dump.rdb' : 'out.rdb'
      const error = caught(() => replaceFile(join(mounted, name), big, options))
      expect(error).toBeInstanceOf(DiskError)
      expect(error).toMatchObject({code: 'ENOSPC', exit: 30, operation: 'write'})
      intact()
    }
  })

  test('that gets full leaves no set and no directory', () => {
    const small = {
      name: 'a.base.rdb',
      produce: (sink: FileSink) => sink.write(Buffer.from('x'), 0, 1),
    }
    const files = [small, {name: 'a.incr.aof', produce: big}]
    const directory = join(mounted, 'appendonlydir')
    const error = caught(() => publishSet(directory, files, {...small, name: 'a.manifest'}))
    expect(error).toMatchObject({code: 'ENOSPC', exit: 30})
    intact()
  })

  test('that is read-only is named', () => {
    execFileSync('mount', ['-o', 'remount,ro', mounted])
    try {
      const error = caught(() => replaceFile(join(mounted, 'out.rdb'), big))
      expect(error).toMatchObject({code: 'EROFS', exit: 30, operation: 'create'})
      const made = caught(() => publishSet(join(mounted, 'set'), [], {name: 'm', produce: big}))
      expect(made).toMatchObject({code: 'EROFS', exit: 30, operation: 'mkdir'})
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', mounted])
    }
    intact()
  })
})

test('errors of the disk tell what, where and why', () => {
  const folder = mkdtempSync(join(tmpdir(), 'respite-disk-'))
  const disk = nodeDisk()
  try {
    mkdirSync(join(folder, 'sub'))
    const missing = caughtDisk(() => disk.open(join(folder, 'none'), 'r'))
    expect(missing).toMatchObject({code: 'ENOENT', exit: 10, operation: 'open'})
    expect(missing.message).toBe('cannot open: no such file or directory')
    expect(missing.path).toBe(join(folder, 'none'))
    const created = caughtDisk(() => disk.open(join(folder, 'sub', 'x', 'y'), 'wx'))
    expect(created).toMatchObject({code: 'ENOENT', exit: 30, operation: 'create'})
    expect(caughtDisk(() => disk.rmdir(folder))).toMatchObject({code: 'ENOTEMPTY', exit: 30})
    expect(disk.stat(join(folder, 'none'))).toBe(undefined)
    expect(disk.lstat(join(folder, 'none'))).toBe(undefined)
    expect(disk.isAlive(process.pid)).toBe(true)
  } finally {
    rmSync(folder, {recursive: true})
  }
})

function caughtDisk(run: () => unknown): DiskError {
  try {
    run()
  } catch (error) {
    if (error instanceof DiskError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
