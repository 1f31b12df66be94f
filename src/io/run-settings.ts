import type {OpenRemote} from './open-input.ts'
import type {Geometry} from './shared-window.ts'

/** How far a run is. */
export interface RunProgress {
  /** Of the files and pipes themselves, so still wrapped where they are. */
  bytesDone: number
  /** 0 when unknown. */
  bytesTotal: number
  /** Keys or commands, as the operation counts them. */
  records: number
}

export interface RunSettings {
  /** Called now and then while a worker runs, from the event loop. */
  onProgress?: (progress: RunProgress) => void
  progressIntervalMs?: number
  /** Called on SIGUSR1. */
  onState?: (progress: RunProgress) => void
  /**
   * In shared memory: SIGINT or SIGTERM store 1 here, and the operation ends by itself; then the run fails with Interrupted as it
   * does without. A second signal does not wait.
   */
  ending?: Int32Array
  /**
   * Called with what the operation emits, one chunk at a time: the next one comes when the promise is kept. When it is broken the
   * operation ends at once, and the run fails with the reason.
   */
  onChunk?: (chunk: Uint8Array) => Promise<void>
  /** auto: inline when all inputs are small files as they are. */
  mode?: 'auto' | 'inline' | 'worker'
  /** How many times its size a wrapped input may expand to. */
  maxExpand?: number
  window?: Geometry
  /** Reads servers; without it they are no inputs. */
  openRemote?: OpenRemote
}
