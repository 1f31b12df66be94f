/** Writes what is served as an RDB: for SAVE, and as the base of an append-only file. */
import {keyspaceEntries} from '../engine/keyspace-entries.ts'
import {type Target, UnsupportedByTarget, WRITABLE} from '../formats/rdb/features.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {prepareOutput, replaceFile} from '../io/replace-file.ts'
import {ScratchFile} from '../io/scratch-file.ts'
import {entryWriter, rdbSettings} from './convert-outputs.ts'
import {ConvertSink} from './convert-sink.ts'
import {holderOf, lostBy, resolveTarget} from './convert-target.ts'
import type {KeyspaceSource} from './keyspace-source.ts'

export class DatasetSaver {
  private readonly host: Host
  private readonly source: KeyspaceSource
  private readonly clock: () => number

  /** `clock` gives the time that a snapshot says of itself, in ms. */
  constructor(host: Host, source: KeyspaceSource, clock: () => number) {
    this.host = host
    this.source = source
    this.clock = clock
  }

  /** Look at `output` before anything is served. @throws OutputError where it is taken, unless `force`, or is the input. */
  refuse(output: string, force: boolean): void {
    const disk = nodeDisk()
    for (const path of this.source.paths) prepareOutput(output, {force, like: disk.stat(path)})
  }

  /**
   * Publish an RDB, of the version that the data came in; where commands of newer servers have left what that cannot hold, of the
   * first one that can. @throws DiskError, OutputError, UnsupportedByTarget.
   */
  save(output: string, aofBase = false): void {
    this.firstThatHolds((target) => {
      replaceFile(output, (sink) => this.produce(sink, target, aofBase), {force: true})
    })
  }

  /** The same in a file that only this run needs, and that whoever asked removes. @throws DiskError, UnsupportedByTarget. */
  scratch(): ScratchFile {
    return this.firstThatHolds((target) => {
      const file = new ScratchFile()
      try {
        this.produce(file, target, false)
        file.finish()
        return file
      } catch (error) {
        file.remove()
        throw error
      }
    })
  }

  /** @throws UnsupportedByTarget where no version can hold it. */
  private firstThatHolds<T>(write: (target: Target) => T): T {
    const {dialect, version} = resolveTarget(this.source, undefined, undefined)
    const versions = WRITABLE[dialect].filter((each) => each >= version)
    for (const each of versions.slice(0, -1)) {
      try {
        return write({dialect, version: each})
      } catch (error) {
        if (!(error instanceof UnsupportedByTarget)) throw error
      }
    }
    return write({dialect, version: versions.at(-1) ?? version})
  }

  private produce(sink: PatchableSink, target: Target, aofBase: boolean): void {
    const {host, source, clock} = this
    const {keyspace} = source
    const counts = Object.fromEntries(
      keyspace.numbers().map((number) => {
        const {size: keys, expires} = keyspace.database(number)
        return [number, {keys, expires}]
      }),
    )
    const rdb = rdbSettings({...source, createdAtMs: clock()}, counts, true, aofBase)
    const holder = holderOf('rdb', target)
    const lost = lostBy(holder, new Set())
    const {memory} = source
    const writer = entryWriter(host, sink, {form: 'rdb', target, lost, rdb}, memory)
    const options = {lost, counters: 'made-up', digest: null, memory, holder, bulk: false} as const
    const entries = new ConvertSink(writer, options)
    keyspaceEntries(keyspace, entries)
    entries.finish()
  }
}
