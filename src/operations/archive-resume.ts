/** Where the log of an archive can be gone on with: behind its last mark that holds what stands before it. */
import {type ArchiveMark, parseMark} from '../formats/aof/archive-mark.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {text} from '../formats/text.ts'
import {hashOfRange} from '../io/archive-log.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'

export interface ResumePoint extends ArchiveMark {
  /** Bytes of the log up to there. */
  size: number
}

/** Null where not even the first mark is whole: there is nothing that could be gone on with. @throws InputError, DiskError. */
export function resumePointOf(
  host: Host,
  path: string,
  disk: Disk = nodeDisk(),
): ResumePoint | null {
  const fd = disk.open(path, 'r')
  const feed = host.open(path, {crc: false})
  try {
    return lastMark(new AofReader(new Cursor(host.kernel).open(feed)), disk, fd)
  } finally {
    feed.close()
    host.settle(path)
    disk.close(fd)
  }
}

function lastMark(reader: AofReader, disk: Disk, fd: number): ResumePoint | null {
  let last: ResumePoint | null = null
  try {
    for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
      const mark = kind === 'annotation' ? markOf(reader) : null
      if (mark === null) continue
      if (hashOfRange(disk, fd, last?.size ?? 0, reader.offset) !== mark.hash) return last
      last = {...mark, size: reader.offset + reader.bytes}
    }
  } catch (error) {
    // A record that was cut, or a hole that a power failure left.
    if (!(error instanceof FormatError)) throw error
  }
  return last
}

/** One that was cut before its end of line is none. */
function markOf({c, annotationStart, annotationEnd, deviation}: AofReader): ArchiveMark | null {
  if (deviation !== null) return null
  return parseMark(text(c.memory.subarray(annotationStart, annotationEnd)))
}
