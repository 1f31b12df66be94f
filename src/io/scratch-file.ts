/** A file that only this run needs, where temporary files belong: TMPDIR. Nobody else may read it, and a signal takes it away. */
import {randomBytes} from 'node:crypto'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type Disk, nodeDisk} from './disk.ts'
import {FileSink} from './file-sink.ts'
import {removeStale} from './replace-file.ts'
import {noteMade, removeQuietly} from './temporaries.ts'

export class ScratchFile {
  readonly path: string
  readonly sink: FileSink
  private readonly disk: Disk
  private fd: number

  /** @throws DiskError */
  constructor(disk: Disk = nodeDisk()) {
    const folder = tmpdir()
    // Other runs of this process may have theirs.
    removeStale(disk, join(folder, 'respite-scratch'), true)
    const name = randomBytes(6).toString('hex')
    this.path = join(folder, `.respite-scratch.${name}.tmp-${process.pid}`)
    this.disk = disk
    noteMade(this.path)
    this.fd = disk.open(this.path, 'wx', 0o600)
    this.sink = new FileSink(disk, this.fd, this.path)
  }

  /** All of it is written: from now on it can be read. */
  finish(): void {
    this.sink.flush()
    this.close()
  }

  remove(): void {
    this.close()
    removeQuietly(this.disk, this.path)
  }

  private close(): void {
    if (this.fd >= 0) this.disk.close(this.fd)
    this.fd = -1
  }
}
