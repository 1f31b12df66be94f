import {type Disk, DiskError, nodeDisk} from './disk.ts'
import {replaceFile} from './replace-file.ts'

const BLOCK = 1 << 18

/**
 * Keep what is at `path` as `NAME.bak-<stamp>` while another file takes its name. A second name for the same file where the file
 * system knows such, else a copy. Returns the path of the backup. @throws DiskError, OutputError.
 */
export function backUp(path: string, stamp: string, disk: Disk = nodeDisk()): string {
  const backup = freeName(`${path}.bak-${stamp}`, '', disk)
  linkOrCopy(disk, path, backup)
  return backup
}

/** A second name for a file, or a second file. @throws DiskError, OutputError. */
export function linkOrCopy(disk: Disk, path: string, to: string): void {
  try {
    disk.link(path, to)
  } catch (error) {
    if (!(error instanceof DiskError) || error.code === 'EEXIST') throw error
    copy(disk, path, to)
  }
}

/** A name with a time in it that is not taken: a run that was stopped may have been within the same second. */
export function freeName(start: string, end: string, disk: Disk = nodeDisk()): string {
  for (let nth = 1; ; nth++) {
    const name = `${start}${nth === 1 ? '' : `-${nth}`}${end}`
    if (disk.lstat(name) === undefined) return name
  }
}

function copy(disk: Disk, path: string, to: string): void {
  const fd = disk.open(path, 'r')
  try {
    const block = new Uint8Array(BLOCK)
    const like = disk.fstat(fd)
    replaceFile(
      to,
      (sink) => {
        for (let length = 1, at = 0; length > 0; at += length) {
          length = disk.read(fd, block, 0, BLOCK, at)
          sink.write(block, 0, length)
        }
      },
      {like, disk},
    )
  } finally {
    disk.close(fd)
  }
}
