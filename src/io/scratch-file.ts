/** A file that only this run needs, where temporary files belong: TMPDIR. Nobody else may read it, and a signal takes it away. */
import {randomBytes} from 'node:crypto'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Sink} from '../formats/bytes/sink.ts'
import {type Disk, DiskError, nodeDisk} from './disk.ts'
import {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {removeStale} from './replace-file.ts'
import {noteMade, removeQuietly} from './temporaries.ts'

export class ScratchFile implements Sink {
  readonly path: string
  private readonly folder = tmpdir()
  private readonly sink: FileSink
  private readonly disk: Disk
  private fd: number

  /** @throws DiskError */
  constructor(disk: Disk = nodeDisk()) {
    const {folder} = this
    // Other runs of this process may have theirs.
    this.named(() => removeStale(disk, join(folder, 'respite-scratch'), true))
    const name = randomBytes(6).toString('hex')
    this.path = join(folder, `.respite-scratch.${name}.tmp-${process.pid}`)
    this.disk = disk
    noteMade(this.path)
    this.fd = this.named(() => disk.open(this.path, 'wx', 0o600))
    this.sink = new FileSink(disk, this.fd, this.path)
  }

  write(memory: Uint8Array, start: number, end: number): void {
    this.named(() => this.sink.write(memory, start, end))
  }

  /** All of it is written: from now on it can be read. @throws DiskError; OutputError `READ_BACK` */
  finish(): void {
    this.named(() => {
      this.sink.flush()
      if (!this.sink.matches()) {
        const message = 'the disk does not hold what was written to it'
        throw new OutputError('READ_BACK', this.folder, message)
      }
      this.close()
    })
  }

  /** Whatever happened before is what counts. */
  remove(): void {
    try {
      this.close()
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
    removeQuietly(this.disk, this.path)
  }

  /** Nobody knows the name of the file. */
  private named<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw error instanceof DiskError ? error.at(this.folder) : error
    }
  }

  private close(): void {
    const {fd} = this
    this.fd = -1
    if (fd >= 0) this.disk.close(fd)
  }
}
