/** What keeps the data that `serve --writable` has in memory: `--save` and `--appendonly`. */
import type {LogRules, Persistence} from '../engine/session/persistence.ts'
import type {ServedDataset} from '../engine/session/served.ts'
import {Exit, isOwn, RespiteError} from '../errors.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import {holdLock} from '../io/hold-lock.ts'
import {OutputError} from '../io/output-error.ts'
import {ownerOf} from '../io/temporaries.ts'
import {isArchiveFile, MANIFEST} from './archive-set.ts'
import type {KeyspaceSource} from './keyspace-source.ts'
import {ServeLog} from './serve-log.ts'
import type {DatasetSaver} from './serve-save.ts'

export interface KeepOptions {
  /** Where SAVE writes an RDB. */
  save: string | null
  /** What is there may be replaced. */
  force: boolean
  /** Directory of an append-only set. */
  appendonly: string | null
  log: LogRules
}

const LOCK = '.respite.lock'

export class Keeper implements Persistence {
  readonly save: (() => string | null) | null
  readonly rewrite: (() => string | null) | null
  /** Called with what makes it impossible to go on: a change could not be kept. */
  failed: (error: unknown) => void = () => {}
  private readonly saver: DatasetSaver
  private readonly path: string | null
  readonly log: ServeLog | null = null
  private readonly unlock: () => void = () => {}
  private isSound = true

  /** @throws OutputError, InputError `LOCKED`, DiskError, UnsupportedByTarget. */
  constructor(
    served: ServedDataset,
    source: KeyspaceSource,
    saver: DatasetSaver,
    options: KeepOptions,
  ) {
    const {save, force, appendonly, log: rules} = options
    this.saver = saver
    this.path = save
    if (save !== null) saver.refuse(save, force)
    if (appendonly !== null) {
      const disk = nodeDisk()
      refuseOther(disk, appendonly, source)
      this.unlock = holdLock(disk, appendonly, LOCK)
      const own = new ServeLog(appendonly, saver, disk, rules)
      this.log = own
      served.propagation.listeners.push((db, bytes) => own.add(db, bytes, served.call.nowMs))
    }
    this.save = save === null ? null : () => trouble(() => saver.save(save))
    const {log: serveLog} = this
    this.rewrite = serveLog === null ? null : () => trouble(() => serveLog.rewrite(served.clock()))
    served.persistence = this
    served.commit = () => this.commit(() => serveLog?.hand())
  }

  /** What is served is no longer what the log began with, and no command did it. */
  changed(): void {
    this.rewrite?.()
  }

  /** Called now and then. */
  tick(nowMs: number): void {
    const isSound = this.commit(() => this.log?.tick(nowMs))
    if (isSound && this.log?.hasGrown(nowMs)) this.rewrite?.()
  }

  /** It cannot go on. */
  abandon(): void {
    this.isSound = false
    this.unlock()
  }

  /** The end. `saves`: what was not saved by SHUTDOWN is. @throws as `replaceFile`. */
  close(saves: boolean): void {
    this.log?.close()
    if (saves && this.path !== null) this.saver.save(this.path)
    this.unlock()
  }

  private commit(run: () => void): boolean {
    if (!this.isSound) return false
    try {
      run()
    } catch (error) {
      this.isSound = false
      this.failed(error)
    }
    return this.isSound
  }
}

/** What stands in the way, in words. */
function trouble(run: () => void): string | null {
  try {
    run()
    return null
  } catch (error) {
    if (!isOwn(error)) throw error
    return error.message
  }
}

/** A directory that holds something else than the set that is served is somebody's. @throws OutputError, RespiteError. */
function refuseOther(disk: Disk, directory: string, {paths}: KeyspaceSource): void {
  const stat = disk.stat(directory)
  if (stat === undefined) return disk.mkdir(directory, 0o700)
  if (!stat.isDirectory()) {
    throw new OutputError('OUTPUT_NOT_DIRECTORY', directory, 'not a directory')
  }
  const names = disk.readdir(directory).filter((name) => name !== LOCK && ownerOf(name) === null)
  const own = new Set(paths.map((path) => disk.realpath(path)))
  const isInput = names.some((name) => own.has(disk.realpath(`${directory}/${name}`)))
  if (isInput && names.includes(MANIFEST)) return
  if (!isInput && !names.includes(MANIFEST) && names.every(isArchiveFile)) return
  const message = `${directory}: there is something already that is not what is served`
  const next = 'Name an empty or new directory, or serve the append-only set that is there.'
  throw new RespiteError(Exit.USAGE, 'OUTPUT_EXISTS', message, next)
}
