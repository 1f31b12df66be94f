/**
 * Files that a run makes for itself while it works on an output: read again soon, never published. They lie beside the output, on
 * the same file system, in a directory that counts as a temporary of that output: a signal and the next run remove it.
 */
import {basename, dirname, join} from 'node:path'
import type {Sink} from '../formats/bytes/sink.ts'
import {nodeDisk} from './disk.ts'
import {FileSink} from './file-sink.ts'
import {OutputError} from './output-error.ts'
import {temporaryOf} from './replace-file.ts'
import {noteMade, removeQuietly} from './temporaries.ts'

const BLOCK_BYTES = 1 << 18

/** Run `work` with a directory for such files, which is gone afterwards. */
export function withRunDirectory<T>(output: string, work: (directory: string) => T): T {
  const disk = nodeDisk()
  const directory = temporaryOf(join(dirname(output), `${basename(output)}.runs`))
  noteMade(directory)
  try {
    disk.mkdir(directory, 0o700)
    return work(directory)
  } finally {
    removeQuietly(disk, directory)
  }
}

/** Write one of them and read it back. @throws DiskError; OutputError `READ_BACK`. */
export function writeRun<T>(path: string, produce: (sink: FileSink) => T): T {
  const disk = nodeDisk()
  const fd = disk.open(path, 'wx')
  let written = false
  try {
    const sink = new FileSink(disk, fd, path)
    const result = produce(sink)
    sink.flush()
    if (!sink.matches()) {
      throw new OutputError('READ_BACK', path, 'the disk does not hold what was written to it')
    }
    written = true
    return result
  } finally {
    disk.close(fd)
    if (!written) removeQuietly(disk, path)
  }
}

/** One of them, to be read from its beginning on. */
export interface RunReader {
  /** Give the next bytes to a sink. */
  copy(bytes: number, sink: Sink): void
  close(): void
}

/** @throws DiskError, also where it is shorter than it was. */
export function openRun(path: string): RunReader {
  const disk = nodeDisk()
  const fd = disk.open(path, 'r')
  const block = new Uint8Array(BLOCK_BYTES)
  return {
    copy(bytes, sink) {
      for (let left = bytes; left > 0; ) {
        const got = disk.read(fd, block, 0, Math.min(left, block.length), null)
        if (got === 0)
          throw new OutputError('READ_BACK', path, 'it is shorter than what was written')
        sink.write(block, 0, got)
        left -= got
      }
    },
    close: () => disk.close(fd),
  }
}
