/**
 * `respite pull --archive`: a replica that keeps what it gets as a server's append-only directory. Whatever ends it, what is there can
 * be loaded, and the next run goes on where the last mark in the log says.
 *
 * It runs in the thread that feeds: it holds the connection. Snapshots are read and published by `pull` in a worker.
 */
import {Exit, isOwn, type RespiteError} from '../errors.ts'
import {FormatError} from '../formats/errors.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import {holdLock} from '../io/hold-lock.ts'
import type {Host} from '../io/host.ts'
import {brokenMaster} from '../net/net-error.ts'
import {ReplicaLink} from '../net/replica-link.ts'
import type {ServerSettings} from '../net/server-settings.ts'
import {readLag} from './archive-lag.ts'
import type {ArchiveOptions} from './archive-options.ts'
import type {ArchiveReport} from './archive-reports.ts'
import {ArchiveState} from './archive-state.ts'

const LOCK = '.respite.lock'
const TICK_MS = 1000
const STATE_TICKS = 5
const RETRY_FIRST_MS = 250
const RETRY_MOST_MS = 30000

/** @throws RespiteError where the server refuses; DiskError; InputError `LOCKED`. */
export async function archive(
  host: Host,
  [input]: readonly string[],
  options: ArchiveOptions,
): Promise<ArchiveReport> {
  const disk = nodeDisk()
  const {directory} = options
  if (disk.stat(directory) === undefined) disk.mkdir(directory, 0o700)
  const unlock = holdLock(disk, directory, LOCK)
  try {
    return await new ArchiveRun(host, input, options, disk).run()
  } finally {
    unlock()
  }
}

class ArchiveRun {
  private readonly options: ArchiveOptions
  private readonly state: ArchiveState
  private readonly input: string
  /** Ends every connection that is there or being made. */
  private readonly until = new AbortController()
  private ended: ArchiveReport['endedBy'] = null
  /** What went wrong outside of the stream. */
  private failure: unknown = null
  private server: ServerSettings | null = null
  private ticks = 0
  private telling = false
  private wake: () => void = () => {}

  constructor(host: Host, input: string, options: ArchiveOptions, disk: Disk) {
    const {untilOffset = Number.POSITIVE_INFINITY} = options
    this.input = input
    this.options = options
    this.state = new ArchiveState(host, input, options, disk, (offset) => {
      if (offset >= untilOffset) this.end('offset')
    })
  }

  async run(): Promise<ArchiveReport> {
    const {options, state} = this
    const {forMs, stop} = options
    state.open()
    const timer = forMs === undefined ? undefined : setTimeout(() => this.end('time'), forMs)
    const stopped = () => this.end('signal')
    stop?.addEventListener('abort', stopped)
    if (stop?.aborted) stopped()
    const ticking = setInterval(() => this.tick(), TICK_MS)
    try {
      await this.sessions()
      await state.rebase.abandon()
      state.finish()
      await state.keeper.idle()
      state.report.state = 'stopped'
      return this.summary()
    } catch (error) {
      state.stream?.log.abandon()
      throw error
    } finally {
      clearInterval(ticking)
      clearTimeout(timer)
      stop?.removeEventListener('abort', stopped)
      this.until.abort()
    }
  }

  /** One connection after the other, until it is to end. */
  private async sessions(): Promise<void> {
    const {report} = this.state
    for (let pause = RETRY_FIRST_MS; this.ended === null; ) {
      const before = report.connections
      try {
        await this.session()
      } catch (error) {
        if (this.failure !== null) throw this.failure
        if (this.ended !== null) return
        if (!this.passes(error)) throw error
        report.state = 'waiting'
        report.lastError = error.message
      } finally {
        this.state.disconnected()
      }
      if (report.connections > before) pause = RETRY_FIRST_MS
      await this.rest(pause)
      pause = Math.min(pause * 2, RETRY_MOST_MS)
    }
  }

  /** Whoever is refused at first is told; later, masters come and go. */
  private passes(error: unknown): error is RespiteError {
    if (!isOwn(error) || this.state.report.connections === 0) return false
    return error.exit === Exit.NETWORK || error.exit === Exit.BUSY
  }

  private async session(): Promise<void> {
    const {options, state} = this
    const settings = await this.locate()
    const {silenceMs} = options
    const from = state.stream?.position ?? null
    const link = await ReplicaLink.open(settings, {from, silenceMs}, this.until.signal)
    this.server = settings
    await state.connected(link, settings)
    await this.follow(link, settings)
  }

  private async locate(): Promise<ServerSettings> {
    const {locate, servers} = this.options
    if (locate) return locate()
    const settings = servers?.get(this.input)
    if (settings === undefined) throw new Error('a server without its settings')
    return settings
  }

  /** Until the connection ends. */
  private async follow(link: ReplicaLink, settings: ServerSettings): Promise<void> {
    const {state} = this
    if (this.ended !== null) return
    for await (const piece of link.stream()) {
      try {
        state.stream?.feed(piece)
        state.settle()
      } catch (error) {
        // What was whole has been taken; from there on it comes again.
        if (!(error instanceof FormatError)) throw this.noted(error)
        throw brokenMaster(link.name, `sends what is no command: ${error.message}`)
      }
      if (this.ended !== null) return
      if (state.rebase.isDue(Date.now())) await state.startRebase(settings)
    }
  }

  private tick(): void {
    try {
      this.ticks++
      this.state.secure()
      if (this.ticks % STATE_TICKS === 0) this.tell()
    } catch (error) {
      this.fail(error)
    }
  }

  private tell(): void {
    const {onState} = this.options
    if (onState === undefined || this.telling) return
    this.telling = true
    this.look()
      .then(() => onState(this.summary()))
      .catch((error) => this.fail(error))
      .finally(() => (this.telling = false))
  }

  private async look(): Promise<void> {
    const {server, state} = this
    if (server === null || state.report.state !== 'streaming') return
    state.report.lagBytes = await readLag(server, state.stream?.position.offset ?? 0)
  }

  private summary(): ArchiveReport {
    this.state.report.endedBy = this.ended
    return this.state.summary()
  }

  private noted(error: unknown): unknown {
    this.failure ??= error
    return error
  }

  private fail(error: unknown): void {
    this.noted(error)
    this.state.disconnected()
    this.wake()
  }

  private end(by: ArchiveReport['endedBy']): void {
    this.ended ??= by
    this.until.abort()
    this.wake()
  }

  private rest(ms: number): Promise<void> {
    if (this.ended !== null) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
