/**
 * `serve --appendonly`: every change goes to the log of an append-only set, as a server keeps it: a base, a log, and a manifest that
 * names both. What a client is answered has been handed to the system before, with `always` to the disk. Source: aof.c.
 */
import type {InfoFields, LogRules, ServedLog} from '../engine/session/persistence.ts'
import {ANY_DB} from '../engine/session/propagation.ts'
import {writeTimestamp} from '../formats/aof/writer.ts'
import {Growable} from '../formats/packed/growable.ts'
import {ArchiveLog} from '../io/archive-log.ts'
import type {Disk} from '../io/disk.ts'
import {ArchiveSet} from './archive-set.ts'
import type {DatasetSaver} from './serve-save.ts'

const SYNC_MS = 1000
const RETRY_MS = 60_000

export class ServeLog implements ServedLog {
  readonly rules: LogRules
  private readonly set: ArchiveSet
  private readonly saver: DatasetSaver
  private readonly disk: Disk
  private log: ArchiveLog
  private db = ANY_DB
  /** The last one that the log was told of. */
  private seconds = 0
  /** Changes that nobody was answered yet. */
  private readonly waiting = new Growable()
  /** Bytes of the files before this log, and of all when the base was new. */
  private before = 0
  private first = 0
  private syncedMs = 0
  private rewrites = 0
  private isRewriteOk = true
  private notBeforeMs = 0

  /** In a directory that is there and whose set, if it has one, is what is served. @throws DiskError, as `replaceFile`. */
  constructor(directory: string, saver: DatasetSaver, disk: Disk, rules: LogRules) {
    this.saver = saver
    this.disk = disk
    this.rules = rules
    this.set = ArchiveSet.load(directory, disk)
    this.set.removeUnnamed()
    if (this.set.current === null) this.log = this.begin()
    else {
      const name = this.set.newName('incr.aof')
      this.log = ArchiveLog.create(disk, this.set.path(name))
      this.set.addLog(name)
    }
    this.measure()
  }

  /** A change, see propagation.ts, that a command made at a time. Source: feedAppendOnlyFile() in aof.c. */
  add(db: number, bytes: Uint8Array, nowMs: number): void {
    if (this.rules.timestamps) this.addTime(Math.floor(nowMs / 1000))
    if (db !== ANY_DB && db !== this.db) {
      const digits = String(db)
      const select = Buffer.from(`*2\r\n$6\r\nSELECT\r\n$${digits.length}\r\n${digits}\r\n`)
      this.waiting.append(select, 0, select.length)
      this.db = db
    }
    this.waiting.append(bytes, 0, bytes.length)
  }

  private addTime(seconds: number): void {
    if (seconds <= this.seconds) return
    this.seconds = seconds
    const {waiting} = this
    writeTimestamp({write: (memory, start, end) => waiting.append(memory, start, end)}, seconds)
  }

  /** Clients are about to be answered. @throws DiskError. */
  hand(): void {
    const {waiting, log, rules} = this
    if (waiting.length === 0) return
    const {size} = log
    try {
      log.write(waiting.bytes, 0, waiting.length)
      waiting.clear()
      log.flush()
      if (rules.fsync === 'always') log.sync()
    } catch (error) {
      log.cut(size)
      throw error
    }
  }

  /** Called now and then. @throws DiskError. */
  tick(nowMs: number): void {
    this.hand()
    const {log, rules} = this
    if (rules.fsync === 'everysec' && nowMs - this.syncedMs >= SYNC_MS) {
      log.sync()
      this.syncedMs = nowMs
    }
  }

  /** Is it time for `rewrite`? Where that failed, not for a while. Source: serverCron() in server.c. */
  hasGrown(nowMs: number): boolean {
    const {rewritePercentage, rewriteMinSize} = this.rules
    const {size} = this
    if (rewritePercentage === 0 || size <= rewriteMinSize || nowMs < this.notBeforeMs) return false
    const base = Math.max(1, this.first)
    return Math.floor((size * 100) / base) - 100 >= rewritePercentage
  }

  /** A new base, and a new log behind it. @throws DiskError, as `replaceFile`: then the old ones stay. */
  rewrite(nowMs: number): void {
    this.isRewriteOk = false
    this.notBeforeMs = nowMs + RETRY_MS
    this.hand()
    const old = [...this.set.generations]
    const {log} = this
    this.log = this.begin()
    log.close()
    this.set.remove(old)
    this.measure()
    this.rewrites++
    this.isRewriteOk = true
    this.notBeforeMs = 0
  }

  /** @throws DiskError. */
  close(): void {
    this.hand()
    this.log.close()
  }

  /** As INFO tells it. */
  fields(): InfoFields {
    return [
      ['aof_last_bgrewrite_status', this.isRewriteOk ? 'ok' : 'err'],
      ['aof_last_write_status', 'ok'],
      ['aof_rewrites', this.rewrites],
      ['aof_current_size', this.size],
      ['aof_base_size', this.first],
    ]
  }

  private get size(): number {
    return this.before + this.log.size
  }

  private measure(): void {
    const {current} = this.set
    this.before = current === null ? 0 : this.set.bytesOf(current) - this.log.size
    this.first = this.size
  }

  /** Publish what is served as a base, with a log that is empty. Nothing changes meanwhile. */
  private begin(): ArchiveLog {
    const {set, disk, saver} = this
    const [base, name] = [set.newName('base.rdb'), set.newName('incr.aof')]
    saver.save(set.path(base), true)
    const log = ArchiveLog.create(disk, set.path(name))
    set.addBase(base, [name])
    this.db = ANY_DB
    return log
  }
}
