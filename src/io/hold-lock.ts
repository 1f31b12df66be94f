/** One process at a time works on a directory. The lock names its holder; that of a process that is gone does not count. */
import {join} from 'node:path'
import {type Disk, DiskError} from './disk.ts'
import {InputError} from './input-error.ts'
import {removeQuietly} from './temporaries.ts'

/** Returns how to give it up. @throws InputError `LOCKED` when another process holds it; DiskError. */
export function holdLock(disk: Disk, directory: string, name: string): () => void {
  const path = join(directory, name)
  try {
    write(disk, path)
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'EEXIST') throw error
    const holder = holderOf(disk, path)
    if (holder !== null && holder !== process.pid && disk.isAlive(holder)) {
      throw new InputError('LOCKED', directory, `process ${holder} works on it (${name})`)
    }
    removeQuietly(disk, path)
    write(disk, path)
  }
  return () => removeQuietly(disk, path)
}

function write(disk: Disk, path: string): void {
  const fd = disk.open(path, 'wx')
  const bytes = Buffer.from(`${process.pid}\n`)
  disk.write(fd, bytes, 0, bytes.length, 0)
  disk.close(fd)
}

function holderOf(disk: Disk, path: string): number | null {
  const bytes = new Uint8Array(16)
  const fd = disk.open(path, 'r')
  const length = disk.read(fd, bytes, 0, bytes.length, 0)
  disk.close(fd)
  const text = Buffer.from(bytes.subarray(0, length)).toString('latin1').trim()
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null
}
