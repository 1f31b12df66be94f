import {createHash, type Hash} from 'node:crypto'
import type {Sink} from '../formats/bytes/sink.ts'
import type {Disk} from './disk.ts'
import {DiskError} from './disk.ts'

const BUFFER_BYTES = 1 << 18
/** So much at once goes to the disk from where it lies. */
const DIRECT_BYTES = 1 << 16

interface Patch {
  offset: number
  before: Uint8Array
  after: Uint8Array
}

/**
 * Writes a file and, unless somebody else does, knows what must be in it. The hash is of the bytes as they were first written;
 * patches are few and kept, so `matches` can put the old bytes back while it hashes what is on disk.
 */
export class FileSink implements Sink {
  readonly disk: Disk
  readonly fd: number
  readonly path: string
  private readonly buffer = new Uint8Array(BUFFER_BYTES)
  private readonly hash: Hash | null
  private readonly patches: Patch[] = []
  private filled = 0
  private flushed = 0

  constructor(disk: Disk, fd: number, path: string, hashes = true) {
    this.disk = disk
    this.fd = fd
    this.path = path
    this.hash = hashes ? createHash('sha256') : null
  }

  /** Others have written to the file from its first byte up to an offset, and this sink nothing. */
  wroteBeside(size: number): void {
    this.flushed = size
  }

  /** Nothing is to be left of what others wrote. */
  clear(): void {
    this.disk.ftruncate(this.fd, 0)
  }

  /** Bytes written so far. */
  get size(): number {
    return this.flushed + this.filled
  }

  write(memory: Uint8Array, start: number, end: number): void {
    while (start < end) {
      if (this.filled === BUFFER_BYTES) this.flush()
      if (this.filled === 0 && end - start >= DIRECT_BYTES) {
        this.put(memory, start, end)
        return
      }
      const part = Math.min(BUFFER_BYTES - this.filled, end - start)
      this.buffer.set(memory.subarray(start, start + part), this.filled)
      this.filled += part
      start += part
    }
  }

  /** Overwrite bytes that were written before. No two patches may overlap. */
  patch(offset: number, memory: Uint8Array, start: number, end: number): void {
    this.flush()
    const before = new Uint8Array(end - start)
    this.readWhole(before, offset)
    const after = memory.slice(start, end)
    this.writeWhole(after, 0, after.length, offset)
    this.patches.push({offset, before, after})
  }

  flush(): void {
    if (this.filled === 0) return
    this.put(this.buffer, 0, this.filled)
    this.filled = 0
  }

  /** Read the file back and compare. May be called once, after the last flush, of a sink that hashes. */
  matches(): boolean {
    const hash = createHash('sha256')
    this.patches.sort((a, b) => a.offset - b.offset)
    let position = 0
    let nextPatch = 0
    for (;;) {
      const length = this.disk.read(this.fd, this.buffer, 0, BUFFER_BYTES, position)
      if (length === 0) break
      // A patch that the block cuts in two is read with the next block.
      let end = length
      for (; nextPatch < this.patches.length; nextPatch++) {
        const patch = this.patches[nextPatch]
        if (patch.offset >= position + end) break
        if (patch.offset + patch.after.length > position + end) {
          if (patch.offset === position) return false
          end = patch.offset - position
          break
        }
        if (!this.unpatch(patch, position)) return false
      }
      hash.update(this.buffer.subarray(0, end))
      position += end
    }
    return position === this.flushed && hash.digest('hex') === this.hash?.digest('hex')
  }

  private unpatch({offset, before, after}: Patch, position: number): boolean {
    const at = offset - position
    if (after.some((byte, i) => this.buffer[at + i] !== byte)) return false
    this.buffer.set(before, at)
    return true
  }

  private put(bytes: Uint8Array, start: number, end: number): void {
    this.hash?.update(bytes.subarray(start, end))
    this.writeWhole(bytes, start, end, this.flushed)
    this.flushed += end - start
  }

  private writeWhole(bytes: Uint8Array, start: number, end: number, position: number): void {
    for (let at = start; at < end; ) {
      const wrote = this.writeSome(bytes, at, end, position + at - start)
      if (wrote > 0) at += wrote
      else throw new DiskError('write', this.path, 'EIO', 'nothing was written')
    }
  }

  private writeSome(bytes: Uint8Array, start: number, end: number, position: number): number {
    try {
      return this.disk.write(this.fd, bytes, start, end, position)
    } catch (error) {
      throw error instanceof DiskError ? error.after(position) : error
    }
  }

  private readWhole(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const got = this.disk.read(this.fd, bytes, done, bytes.length, position + done)
      if (got === 0)
        throw new DiskError('read', this.path, 'EIO', 'the file is shorter than written')
      done += got
    }
  }
}
