/**
 * A new base while the stream goes on: a second connection takes a snapshot, and the log goes on in a new file at the very byte where
 * that snapshot stands in the stream. So the old base, its logs and the new ones still are one history without a gap.
 */
import {isOwn} from '../errors.ts'
import {ArchiveLog} from '../io/archive-log.ts'
import type {Disk} from '../io/disk.ts'
import {removeQuietly} from '../io/temporaries.ts'
import {ReplicaLink} from '../net/replica-link.ts'
import {type ServerSettings, serverName} from '../net/server-settings.ts'
import {takeBase} from './archive-base.ts'
import type {ArchiveSet} from './archive-set.ts'
import type {ArchiveStream, StreamPosition} from './archive-stream.ts'

/** After a failure it is tried again so much later. */
const RETRY_MS = 60000

interface Running {
  readonly link: ReplicaLink
  readonly offset: number
  readonly base: string
  /** The log behind it, once the stream is there. */
  log: string | null
  taken: boolean
  readonly done: () => void
}

export class ArchiveRebase {
  /** What the last one failed of. */
  trouble: string | null = null
  private readonly set: ArchiveSet
  private readonly disk: Disk
  private readonly ageMs: number
  private running: Running | null = null
  private taking: Promise<void> = Promise.resolve()
  private notBeforeMs = 0

  constructor(set: ArchiveSet, disk: Disk, ageMs: number) {
    this.set = set
    this.disk = disk
    this.ageMs = ageMs
  }

  isDue(nowMs: number): boolean {
    const {set, running, notBeforeMs} = this
    if (running !== null || set.current === null || nowMs < notBeforeMs) return false
    return nowMs - set.timeOf(set.current) >= this.ageMs
  }

  /** Ask for the snapshot. The stream must not be read meanwhile. Failing is no error: the archive goes on as it is. */
  async start(
    server: ServerSettings,
    position: StreamPosition,
    silenceMs: number | undefined,
    done: () => void,
  ): Promise<void> {
    this.notBeforeMs = Date.now() + RETRY_MS
    const until = new AbortController()
    try {
      const link = await ReplicaLink.open(server, {rdbOnly: true, silenceMs}, until.signal)
      const {id, offset} = link.position
      // Another master by now, or one that went back: the stream will tell.
      if (id !== position.id || offset < position.offset) return link.close()
      const base = this.set.newName('base.rdb')
      this.running = {link, offset, base, log: null, taken: false, done}
      this.taking = this.take(serverName(server), this.running)
    } catch (error) {
      this.failed(error)
    }
  }

  /** The stream has come to `offset`, between two records. @throws DiskError. */
  boundary(stream: ArchiveStream, offset: number): void {
    const {running, set, disk} = this
    if (running === null || running.log !== null || offset < running.offset) return
    if (offset > running.offset) return this.drop(running)
    const name = set.newName('incr.aof')
    stream.continueIn(ArchiveLog.create(disk, set.path(name)))
    set.addLog(name)
    running.log = name
    this.complete(running)
  }

  /** Give up what has not come to its end. */
  async abandon(): Promise<void> {
    if (this.running !== null) this.drop(this.running)
    await this.taking
  }

  private async take(name: string, running: Running): Promise<void> {
    try {
      await takeBase(name, this.set.path(running.base), running.link)
      running.taken = true
      this.complete(running)
    } catch (error) {
      if (this.running === running) this.failed(error)
    } finally {
      running.link.close()
    }
  }

  /** Both are there: what begins with the new base is what a server loads. */
  private complete(running: Running): void {
    const {base, log, taken, done} = running
    if (this.running !== running) return removeQuietly(this.disk, this.set.path(base))
    if (log === null || !taken) return
    this.running = null
    this.trouble = null
    const logs = this.set.current?.logs ?? []
    this.set.addBase(base, logs.slice(logs.indexOf(log)))
    done()
  }

  private drop(running: Running): void {
    this.running = null
    running.link.close()
    removeQuietly(this.disk, this.set.path(running.base))
  }

  private failed(error: unknown): void {
    this.running = null
    if (!isOwn(error)) throw error
    this.trouble = error.message
  }
}
