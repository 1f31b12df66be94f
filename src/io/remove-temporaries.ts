import {join} from 'node:path'
import {type Disk, DiskError, nodeDisk} from './disk.ts'
import {temporaryOf} from './replace-file.ts'

/**
 * After an interruption: take away what this process was writing for an output, a file or a directory of files. The thread that
 * wrote it is gone.
 */
export function removeTemporaries(output: string, disk: Disk = nodeDisk()): void {
  const suffix = `.tmp-${process.pid}`
  const names = attempt(() => (disk.stat(output)?.isDirectory() ? disk.readdir(output) : [])) ?? []
  const inside = names.filter((name) => name.startsWith('.') && name.endsWith(suffix))
  for (const path of [temporaryOf(output), ...inside.map((name) => join(output, name))]) {
    attempt(() => disk.unlink(path))
  }
}

/** The interruption is what counts. */
function attempt<T>(call: () => T): T | null {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return null
  }
}
