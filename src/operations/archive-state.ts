/** What an archive has and where it is: its files, the log that is written, the position in the stream. */
import {Exit, RespiteError} from '../errors.ts'
import {ArchiveLog} from '../io/archive-log.ts'
import type {Disk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {brokenMaster} from '../net/net-error.ts'
import type {ReplicaLink} from '../net/replica-link.ts'
import {type ServerSettings, serverName} from '../net/server-settings.ts'
import {takeBase} from './archive-base.ts'
import {ArchiveKeeper} from './archive-keep.ts'
import type {ArchiveOptions} from './archive-options.ts'
import {ArchiveRebase} from './archive-rebase.ts'
import type {ArchiveReport} from './archive-reports.ts'
import {resumePointOf} from './archive-resume.ts'
import {ArchiveSet} from './archive-set.ts'
import {ArchiveStream, beginLog, type StreamPosition} from './archive-stream.ts'
import {emptyReport, summaryOf} from './archive-summary.ts'

/** An idle log is marked once in so many times: the stream goes on with PINGs. */
const IDLE_TIMES = 60

export class ArchiveState {
  readonly report: ArchiveReport
  readonly keeper: ArchiveKeeper
  readonly rebase: ArchiveRebase
  stream: ArchiveStream | null = null
  private readonly set: ArchiveSet
  private readonly host: Host
  private readonly options: ArchiveOptions
  private readonly disk: Disk
  /** The stream is at `offset`, between two records. */
  private readonly arrived: (offset: number) => void
  private link: ReplicaLink | null = null
  /** A snapshot has come and is being looked at; the master has to hear of us meanwhile. */
  private readTo: number | null = null
  private times = 0

  constructor(
    host: Host,
    input: string,
    options: ArchiveOptions,
    disk: Disk,
    arrived: (offset: number) => void,
  ) {
    this.host = host
    this.options = options
    this.disk = disk
    this.arrived = arrived
    this.set = ArchiveSet.load(options.directory, disk)
    this.report = emptyReport(input, options.directory)
    this.keeper = new ArchiveKeeper(this.set, options)
    this.rebase = new ArchiveRebase(this.set, disk, options.rebaseMs ?? Number.POSITIVE_INFINITY)
  }

  /** Take up what an earlier run has left. @throws RespiteError `OUTPUT_EXISTS` for what is no archive. */
  open(): void {
    const {set, host, disk} = this
    const log = set.current?.logs.at(-1)
    const point = log === undefined ? null : resumePointOf(host, set.path(log), disk)
    if (set.current !== null && point === null && set.generations.length === 1) {
      const message = `${this.options.directory}: what lies there is no archive of respite`
      const next = 'Name a new or empty directory.'
      throw new RespiteError(Exit.USAGE, 'OUTPUT_EXISTS', message, next)
    }
    if (set.current !== null) set.removeUnnamed()
    if (log === undefined || point === null) return
    const {id, offset, db, size} = point
    this.begin(ArchiveLog.resume(disk, set.path(log), size), {id, offset, db})
  }

  /** Go on with what a connection brings. */
  async connected(link: ReplicaLink, settings: ServerSettings): Promise<void> {
    this.link = link
    this.report.connections++
    if (link.isFull) await this.startGeneration(link, settings)
    else this.goOn(link)
    this.report.state = 'streaming'
  }

  disconnected(): void {
    this.link?.close()
    this.link = null
    this.readTo = null
  }

  async startRebase(server: ServerSettings): Promise<void> {
    const {stream, options} = this
    if (stream === null) return
    await this.rebase.start(server, stream.position, options.silenceMs, () => {
      this.report.rebases++
      this.keeper.start()
    })
    // Where it begins may be where we are: nothing more need come.
    this.boundary(stream.position.offset)
  }

  /** What has come goes to the file, as safe as was asked for. */
  settle(): void {
    const {stream, options} = this
    if (stream === null) return
    stream.log.flush()
    if (options.fsync !== 'always') return
    if (stream.log.isUnmarked) stream.mark()
    stream.log.sync()
    this.link?.ack(stream.position.offset)
  }

  /** Once a second: what has come counts from now on, and the master hears of it. */
  secure(): void {
    const {stream, link, report, options, readTo} = this
    this.times++
    if (readTo !== null) link?.ack(readTo)
    if (stream === null || report.state !== 'streaming') return
    if (stream.log.isUnmarked || this.times % IDLE_TIMES === 0) stream.mark()
    if (options.fsync !== 'no') stream.log.sync()
    link?.ack(stream.position.offset)
  }

  /** The log as it is left: marked, and on the disk. */
  finish(): void {
    const {stream, report} = this
    if (stream === null) return
    this.stream = null
    stream.finish()
    report.position = stream.position
    report.commands += stream.commands
    report.bytes += stream.bytes
  }

  summary(): ArchiveReport {
    const {report, stream, set, keeper, rebase} = this
    return summaryOf(report, stream, set, keeper, rebase)
  }

  private begin(log: ArchiveLog, position: StreamPosition): void {
    const events = {
      asked: (offset: number) => this.link?.ack(offset),
      boundary: (offset: number) => this.boundary(offset),
    }
    this.stream = new ArchiveStream(log, position, events, Date.now)
  }

  private boundary(offset: number): void {
    if (this.stream === null) return
    this.rebase.boundary(this.stream, offset)
    this.arrived(offset)
  }

  /** A master may have a new name since it was promoted. */
  private goOn(link: ReplicaLink): void {
    const {stream, report} = this
    report.partialSyncs++
    if (stream === null) throw brokenMaster(link.name, 'goes on with what was never begun')
    stream.resync()
    stream.position.id = link.position.id
    stream.mark()
    link.ack(stream.position.offset)
    this.arrived(stream.position.offset)
  }

  /** Everything comes anew: a base, and a log behind it. What was there before is history. */
  private async startGeneration(link: ReplicaLink, settings: ServerSettings): Promise<void> {
    const {set, disk, report} = this
    report.state = 'syncing'
    report.fullSyncs++
    await this.rebase.abandon()
    const {id, offset} = link.position
    const base = set.newName('base.rdb')
    const read = () => link.ack((this.readTo = offset))
    const db = await takeBase(serverName(settings), set.path(base), link, read)
    this.readTo = null
    this.finish()
    const name = set.newName('incr.aof')
    const log = ArchiveLog.create(disk, set.path(name))
    const position = {id, offset, db}
    beginLog(log, position, Date.now())
    log.sync()
    set.addBase(base, [name])
    this.begin(log, position)
    this.keeper.start()
    this.arrived(offset)
  }
}
