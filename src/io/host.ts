import type {Feed} from '../formats/bytes/feed.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import type {OpenOptions} from './open-input.ts'

/** An input's bytes for a cursor, and what was learned when it was opened. */
export interface InputFeed extends Feed {
  readonly path: string
  /** How it was wrapped, outermost first; the feed gives what was inside. */
  readonly wrapped: readonly ('gz' | 'zst')[]
  /** The first 64 bytes, fewer if there are no more; wherever the feed starts. */
  readonly head: Uint8Array
  /** Opening it again at an offset costs nothing. Of what is wrapped, all before the offset is expanded again. */
  readonly seekable: boolean
  /** It can be opened again. stdin cannot. */
  readonly repeatable: boolean
  /** The bytes from an offset on, read in this thread; of files that were opened without being fed. The one before it ends. */
  from?(offset: number): Feed
  /** Stop filling the window. Opening another feed does the same. */
  close(): void
}

export interface FeedOptions extends OpenOptions {
  /** Keep the CRC-64 of all bytes from the offset on (default). */
  crc?: boolean
  /** Another thread fills the window (default). Otherwise there is `from`, for whoever reads pieces here and there. */
  fed?: boolean
}

/**
 * What an operation knows of the world. The same for both ways to run: in the calling thread for small inputs, in a worker
 * that another thread feeds for large ones.
 */
export interface Host {
  readonly kernel: Kernel
  /** Where there are more threads to work in. */
  readonly beside?: Beside
  /** Counters for the progress line, in shared memory. Store to RECORDS now and then; BYTES_TOTAL is an estimate to correct. */
  readonly counters: Float64Array
  /**
   * Open an input; `-` is stdin. There is one window: the feed before this one ends, and so does everything read from it.
   * @throws InputError, FormatError
   */
  open(path: string, options?: FeedOptions): InputFeed
  /**
   * Hand packed records to whoever started the operation (`RunSettings.onChunk`), in order, while it goes on. Waits while the reader
   * is slow. The chunk is given away: its buffer must hold nothing else and is not to be touched again.
   */
  emit(chunk: Uint8Array<ArrayBuffer>): void
  /** Give up the live file: opened again it is what lies at its path by then. */
  closeLive(): void
  /** Sleep. Signals and readers that leave end the run meanwhile. */
  pause(ms: number): void
  /**
   * Nothing that was opened so far, or only `path`, has been written to, and from now on it may be: an output is about to take
   * its place, or it is one. @throws InputError `INPUT_CHANGED`
   */
  settle(path?: string): void
}

/** Operations in other threads. Signals and the end of the operation that started them end them too. */
export interface Beside {
  /** How many threads can work at a time, this one included. */
  readonly threads: number
  /**
   * Start an operation. Returns how to wait for its report, which throws what the operation threw. What it takes turns in, if anything,
   * is in its options under `turns`: nobody waits for it there once it is gone, whatever ended it.
   */
  start<Report>(operation: string, inputs: readonly string[], options: unknown): () => Report
}

/** Indexes into `Host.counters`. */
export const RECORDS = 0
export const BYTES_TOTAL = 1
export const COUNTERS = 2

/** What an operation module exports under the name of its file. */
export type Operation<Options, Report> = (
  host: Host,
  inputs: readonly string[],
  options: Options,
) => Report | Promise<Report>
