/**
 * The log of an archive that is being written: records at its end, and marks that say how far it is (formats/aof/archive-mark.ts).
 * What is before a mark that was synced survives everything; what is behind the last mark counts as not there.
 */
import {createHash, type Hash} from 'node:crypto'
import {type ArchiveMark, markLine} from '../formats/aof/archive-mark.ts'
import {type Disk, DiskError} from './disk.ts'

const BUFFER_BYTES = 0x40000

export class ArchiveLog {
  readonly path: string
  /** Bytes that are written or wait to be. */
  size: number
  /** Up to the last mark. */
  private marked: number
  private flushed: number
  private synced: number
  private hash: Hash = newHash()
  private remembered = {size: 0, hash: newHash()}
  private filled = 0
  private readonly buffer = Buffer.alloc(BUFFER_BYTES)
  private readonly disk: Disk
  private readonly fd: number

  private constructor(disk: Disk, path: string, fd: number, size: number) {
    this.disk = disk
    this.path = path
    this.fd = fd
    this.size = this.flushed = this.synced = this.marked = size
  }

  /** Begin a log that is not there. @throws DiskError. */
  static create(disk: Disk, path: string): ArchiveLog {
    return new ArchiveLog(disk, path, disk.open(path, 'wx', 0o600), 0)
  }

  /** Go on behind the mark that ends at `size`; what stands after it goes. @throws DiskError. */
  static resume(disk: Disk, path: string, size: number): ArchiveLog {
    const fd = disk.open(path, 'r+')
    disk.ftruncate(fd, size)
    disk.fsync(fd)
    return new ArchiveLog(disk, path, fd, size)
  }

  /** Is anything behind the last mark? */
  get isUnmarked(): boolean {
    return this.size > this.marked
  }

  write(memory: Uint8Array, start: number, end: number): void {
    this.hash.update(memory.subarray(start, end))
    this.put(memory, start, end)
  }

  text(line: string): void {
    const bytes = Buffer.from(line, 'latin1')
    this.write(bytes, 0, bytes.length)
  }

  mark(position: Omit<ArchiveMark, 'hash'>): void {
    const line = Buffer.from(markLine({...position, hash: hashText(this.hash)}), 'latin1')
    this.put(line, 0, line.length)
    this.hash = newHash()
    this.marked = this.size
  }

  /** Where `rewind` leads to. */
  remember(): void {
    this.remembered = {size: this.size, hash: this.hash.copy()}
  }

  /** What was written since then is taken back. @throws DiskError. */
  rewind(): void {
    const {size, hash} = this.remembered
    this.flush()
    this.disk.ftruncate(this.fd, size)
    this.size = this.flushed = size
    this.synced = -1
    this.hash = hash.copy()
  }

  flush(): void {
    if (this.filled === 0) return
    this.writeWhole(this.buffer, 0, this.filled)
    this.filled = 0
  }

  /** Make everything last that was written so far. */
  sync(): void {
    this.flush()
    if (this.synced === this.flushed) return
    this.disk.fsync(this.fd)
    this.synced = this.flushed
  }

  close(): void {
    this.sync()
    this.disk.close(this.fd)
  }

  /** The disk is at its end: what stands behind the last mark goes, if that can still be done. */
  abandon(): void {
    try {
      this.disk.ftruncate(this.fd, Math.min(this.marked, this.flushed))
      this.disk.close(this.fd)
    } catch (error) {
      // It goes when the archive is opened the next time.
      if (!(error instanceof DiskError)) throw error
    }
  }

  /** The disk is at its end: what stands behind `size` bytes is not whole, and goes if that can still be done. */
  cut(size: number): void {
    try {
      this.disk.ftruncate(this.fd, Math.min(size, this.flushed))
    } catch (error) {
      // Then the log has to be repaired.
      if (!(error instanceof DiskError)) throw error
    }
  }

  private put(memory: Uint8Array, start: number, end: number): void {
    this.size += end - start
    if (end - start > BUFFER_BYTES - this.filled) this.flush()
    if (end - start > BUFFER_BYTES) return this.writeWhole(memory, start, end)
    this.buffer.set(memory.subarray(start, end), this.filled)
    this.filled += end - start
  }

  private writeWhole(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const wrote = this.disk.write(this.fd, bytes, at, end, this.flushed)
      if (wrote <= 0) throw new DiskError('write', this.path, 'EIO', 'nothing was written')
      at += wrote
      this.flushed += wrote
    }
  }
}

/** What a mark says of the bytes before it: [start, end) of a file. */
export function hashOfRange(disk: Disk, fd: number, start: number, end: number): string {
  const hash = newHash()
  const buffer = new Uint8Array(BUFFER_BYTES)
  for (let at = start; at < end; ) {
    const got = disk.read(fd, buffer, 0, Math.min(BUFFER_BYTES, end - at), at)
    if (got === 0) break
    hash.update(buffer.subarray(0, got))
    at += got
  }
  return hashText(hash)
}

const newHash = (): Hash => createHash('sha1')

const hashText = (hash: Hash): string => hash.digest('hex').slice(0, 16)
