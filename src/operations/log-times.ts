/** When commands of a chain of files were executed, as far as anything tells. */
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {detectHead} from '../io/detect.ts'
import {nodeDisk} from '../io/disk.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import type {FileToLoad} from './load-dataset.ts'
import {snapshotTime} from './snapshot-time.ts'

interface FileTimes {
  /** Its commands are not older than this, in ms; null where nothing tells. */
  startMs: number | null
  /** When it was last written. */
  endMs: number
  bytes: number
}

/** When the RDB that a file begins with was begun, in ms; null where there is none, or it does not say. */
export function baseTime(host: Host, path: string): number | null {
  const feed = host.open(path, {crc: false})
  if (detectHead(feed.head).kind !== 'rdb') return null
  try {
    return snapshotTime(new Cursor(host.kernel).open(feed))
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return null
  }
}

export class LogTimes {
  /** Of the base. */
  readonly createdMs: number | null
  /** By name. */
  private readonly files: ReadonlyMap<string, FileTimes>

  constructor(host: Host, files: readonly FileToLoad[]) {
    this.createdMs = files.length > 0 ? baseTime(host, files[0].path) : null
    let startMs: number | null = null
    const times = files.map(({path, name}, i): [string, FileTimes] => {
      const createdMs = i === 0 ? this.createdMs : null
      startMs = createdMs ?? startMs
      const endMs = fileTimeMs(path)
      const known = {startMs, endMs, bytes: nodeDisk().stat(path)?.size ?? 0}
      // A base is written after the time that it says; what follows was begun no later than that.
      if (createdMs === null) startMs = endMs
      return [name, known]
    })
    this.files = new Map(times)
  }

  /** Commands of this file are not older, in ms. */
  earliestMs(file: string): number {
    return this.files.get(file)?.startMs ?? 0
  }

  /** `timestamp`: what the log says, in seconds. Without, a guess from how far down the file the command stands. */
  timeOf(
    file: string,
    offset: number,
    timestamp: number | null,
  ): {time: string | null; timeEstimated: boolean} {
    if (timestamp !== null) return {time: iso(timestamp * 1000), timeEstimated: false}
    const known = this.files.get(file)
    if (known === undefined) return {time: null, timeEstimated: true}
    const {startMs, endMs, bytes} = known
    const part = bytes === 0 ? 1 : offset / bytes
    const begin = startMs === null || startMs > endMs ? endMs : startMs
    return {time: iso(begin + (endMs - begin) * part), timeEstimated: true}
  }
}

const iso = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString()
