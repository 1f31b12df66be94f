/** Where a conversion goes: one file, a set, or stdout. */
import {basename, join} from 'node:path'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {writeManifest} from '../formats/aof/manifest.ts'
import {RestoreEntryWriter} from '../formats/aof/restore-entry-writer.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import type {Feature, Target} from '../formats/rdb/features.ts'
import {RdbEntryWriter, type RdbEntryWriterOptions} from '../formats/rdb/rdb-entry-writer.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {RdbWriter} from '../formats/rdb/writer.ts'
import {nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {publishSet} from '../io/publish-set.ts'
import {replaceFile} from '../io/replace-file.ts'
import {StdoutSink} from '../io/stdout-sink.ts'
import type {Form} from './convert-target.ts'
import type {DatasetSource} from './dataset.ts'
import type {DatabaseCounts} from './reports.ts'

export interface OutputSettings {
  form: Form
  target: Target
  lost: ReadonlySet<Feature>
  rdb: RdbEntryWriterOptions
}

/** A writer of this form over a sink. */
export function entryWriter(
  host: Host,
  sink: PatchableSink,
  settings: OutputSettings,
): EntryWriter {
  const {form, target, lost, rdb} = settings
  if (form === 'commands') return new AofEntryWriter(new AofRewriter(sink, {...target, drop: lost}))
  const kernel = createKernel(host.kernel.module)
  if (form === 'restore') return new RestoreEntryWriter(sink, kernel, target, lost)
  return new RdbEntryWriter(new RdbWriter(sink, kernel, {...target, drop: lost}), rdb)
}

/** What an RDB says of itself and of its databases. `changed`: replication cannot go on from it. */
export function rdbSettings(
  source: DatasetSource,
  databases: Readonly<Record<string, DatabaseCounts>> | null,
  changed: boolean,
  aofBase: boolean,
): RdbEntryWriterOptions {
  const counts =
    databases && Object.entries(databases).map(([db, each]) => [Number(db), each] as const)
  const name = source.producer?.split(' ')
  return {
    counts: counts && new Map(counts),
    changed,
    aofBase,
    aux: [
      ...(name ? [[`${name[0] === 'valkey' ? 'valkey' : 'redis'}-ver`, name[1]] as const] : []),
      ['redis-bits', '64'],
      ['ctime', String(Math.floor(source.createdAtMs / 1000))],
    ],
  }
}

export interface Written {
  files: string[]
  bytes: number
}

export interface WriteSettings {
  output: string
  force: boolean
  /** The source, whose mode and owner go over. */
  like: string | undefined
  /** Write everything. */
  produce(sink: PatchableSink): void
  /** Read it back. */
  verify(path: string): void
}

/** One file, a set in a directory, or stdout. */
export function publishOutput(
  host: Host,
  settings: WriteSettings,
  form: Form,
  single: boolean,
): Written {
  if (settings.output === '-') return writeStdout(settings.produce)
  return single ? writeFile(host, settings) : writeSet(host, settings, form)
}

export function writeFile(host: Host, settings: WriteSettings): Written {
  const {output, force, like, produce, verify} = settings
  const bytes = replaceFile(output, produce, {
    force,
    like: like === undefined ? undefined : nodeDisk().stat(like),
    verify(path) {
      verify(path)
      host.settle(path)
      host.settle()
    },
  })
  return {files: [output], bytes}
}

const NAME = 'appendonly.aof'

/** A set as a server from 7.0 on makes it: a base, an incr file that is still empty, the manifest. */
function writeSet(host: Host, settings: WriteSettings, form: Form): Written {
  const {output, force, like, produce, verify} = settings
  const base = `${NAME}.1.base.${form === 'rdb' ? 'rdb' : 'aof'}`
  const incr = `${NAME}.1.incr.aof`
  const manifest = writeManifest([
    {name: base, seq: 1, type: 'b', fields: [], line: 0},
    {name: incr, seq: 1, type: 'i', fields: [], line: 0},
  ])
  const stat = like === undefined ? undefined : nodeDisk().stat(like)
  const checked = (path: string) => {
    verify(path)
    host.settle(path)
    host.settle()
  }
  const sizes = publishSet(
    output,
    [
      {name: base, produce, verify: checked, like: stat},
      {name: incr, produce() {}, like: stat},
    ],
    {
      name: `${NAME}.manifest`,
      produce: (sink) => sink.write(manifest, 0, manifest.length),
      like: stat,
    },
    {force},
  )
  return {
    files: [base, incr, `${NAME}.manifest`].map((name) => join(output, basename(name))),
    bytes: Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0),
  }
}

/** Nothing can be read back from stdout. */
export function writeStdout(produce: (sink: PatchableSink) => void): Written {
  const sink = new StdoutSink()
  produce(sink)
  sink.flush()
  return {files: [], bytes: sink.size}
}
