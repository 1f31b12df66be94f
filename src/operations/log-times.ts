/** When commands of a chain of files were executed, as far as anything tells. */
import {nodeDisk} from '../io/disk.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import type {FileToLoad} from './load-dataset.ts'
import {creationTime} from './set-order.ts'

interface FileTimes {
  /** Its commands are not older than this, in ms; null where nothing tells. */
  startMs: number | null
  /** When it was last written. */
  endMs: number
  bytes: number
}

export class LogTimes {
  /** By name. */
  private readonly files: ReadonlyMap<string, FileTimes>

  constructor(host: Host, files: readonly FileToLoad[]) {
    let startMs: number | null = null
    const times = files.map(({path, name}, i): [string, FileTimes] => {
      const created: number | null = i === 0 ? creationTime(host, path) : null
      if (created !== null) startMs = created * 1000
      const endMs = fileTimeMs(path)
      const known = {startMs, endMs, bytes: nodeDisk().stat(path)?.size ?? 0}
      // A base is written after the time that it says; what follows was begun no later than that.
      if (created === null) startMs = endMs
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
