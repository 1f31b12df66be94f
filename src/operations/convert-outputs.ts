/** Where a conversion goes: one file, a set, or stdout. */
import {basename, join} from 'node:path'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {writeManifest} from '../formats/aof/manifest.ts'
import {RestoreEntryWriter} from '../formats/aof/restore-entry-writer.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import type {KernelMemory} from '../formats/bytes/areas.ts'
import {CsvElementRows, CsvKeyRows} from '../formats/csv/csv-rows.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {JsonEntryWriter} from '../formats/json/json-entry-writer.ts'
import {JsonlEntryWriter} from '../formats/json/jsonl-entry-writer.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import type {Feature, Target} from '../formats/rdb/features.ts'
import {RdbEntryWriter, type RdbEntryWriterOptions} from '../formats/rdb/rdb-entry-writer.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {RdbWriter} from '../formats/rdb/writer.ts'
import {TableEntryWriter} from '../formats/table/table-entry-writer.ts'
import {TextOutput} from '../formats/text-output.ts'
import {ViewGuard} from '../formats/view-guard.ts'
import {nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {publishSet} from '../io/publish-set.ts'
import {publishTree, type TreeFile} from '../io/publish-tree.ts'
import {replaceFile} from '../io/replace-file.ts'
import {StdoutSink} from '../io/stdout-sink.ts'
import {type Form, isView, type View} from './convert-target.ts'
import type {DatasetSource} from './dataset.ts'
import {EmittedSink} from './emitted-sink.ts'
import type {DatabaseCounts} from './reports.ts'

export interface OutputSettings {
  form: Form
  target: Target
  lost: ReadonlySet<Feature>
  rdb: RdbEntryWriterOptions
  /** Rows of elements, where there are rows. */
  elements?: boolean
}

/** A writer of this form over a sink. `memory` is that of the source; what is no server's needs it. */
export function entryWriter(
  host: Host,
  sink: PatchableSink,
  settings: OutputSettings,
  memory: KernelMemory | null = null,
): EntryWriter {
  const {form, target, lost, rdb} = settings
  if (isView(form) && memory === null) throw new Error(`${form} is not written from here`)
  if (isView(form)) return viewWriter(form, new TextOutput(memory!, sink), memory!, settings)
  if (form === 'commands') {
    return new AofEntryWriter(new AofRewriter(sink, {...target, drop: lost}, memory))
  }
  const kernel = createKernel(host.kernel.module)
  if (form === 'restore') return new RestoreEntryWriter(sink, kernel, target, lost)
  return new RdbEntryWriter(new RdbWriter(sink, kernel, {...target, drop: lost}), rdb, memory)
}

function viewWriter(
  form: View,
  out: TextOutput,
  memory: KernelMemory,
  settings: OutputSettings,
): EntryWriter {
  const {target, rdb, elements, lost} = settings
  if (form === 'jsonl') return new JsonlEntryWriter(out, memory, target, rdb.aux)
  const guard = new ViewGuard(target, lost)
  if (form === 'json') return new JsonEntryWriter(out, memory, guard)
  const rows = elements ? new CsvElementRows(out) : new CsvKeyRows(out)
  return new TableEntryWriter(rows, memory, guard)
}

/** What an RDB says of itself and of its databases. `changed`: replication cannot go on from it. */
export function rdbSettings(
  source: Pick<DatasetSource, 'producer' | 'createdAtMs'>,
  databases: Readonly<Record<string, Pick<DatabaseCounts, 'keys' | 'expires'>>> | null,
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
  emits?: boolean
  force: boolean
  /** The source, whose mode and owner go over. */
  like: string | undefined
  /** Write everything. */
  produce(sink: PatchableSink): void
  /** As in ReplaceOptions. */
  readBack?: (path: string) => boolean
  verify(path: string): void
}

/** One file, a set in a directory, or stdout. */
export function publishOutput(
  host: Host,
  settings: WriteSettings,
  form: Form,
  single: boolean,
): Written {
  if (settings.emits) return writeEmitted(host, settings.produce)
  if (settings.output === '-') return writeStdout(settings.produce)
  return single ? writeFile(host, settings) : writeSet(host, settings, form)
}

export function writeFile(host: Host, settings: WriteSettings): Written {
  const {output, force, like, produce, readBack, verify} = settings
  const bytes = replaceFile(output, produce, {
    ...{force, readBack},
    like: like === undefined ? undefined : nodeDisk().stat(like),
    verify(path) {
      verify(path)
      host.settle(path)
      host.settle()
    },
  })
  return {files: [output], bytes}
}

/** A directory of Parquet files. */
export function writeTree(
  host: Host,
  {output, like}: Pick<WriteSettings, 'output' | 'like'>,
  produce: (open: (path: string) => TreeFile) => void,
): Written {
  const sizes = publishTree(output, produce, {
    like: like === undefined ? undefined : nodeDisk().stat(like),
    verify: () => host.settle(),
  })
  return {
    files: Object.keys(sizes).map((path) => join(output, path)),
    bytes: Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0),
  }
}

const NAME = 'appendonly.aof'

/** A set as a server from 7.0 on makes it: a base, an incr file that is still empty, the manifest. */
function writeSet(host: Host, settings: WriteSettings, form: Form): Written {
  const {output, force, like, produce, readBack, verify} = settings
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
      {name: base, produce, readBack, verify: checked, like: stat},
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

function writeEmitted(host: Host, produce: (sink: PatchableSink) => void): Written {
  const sink = new EmittedSink(host)
  produce(sink)
  sink.flush()
  return {files: [], bytes: sink.size}
}

/** Nothing can be read back from stdout. */
export function writeStdout(produce: (sink: PatchableSink) => void): Written {
  const sink = new StdoutSink()
  produce(sink)
  sink.flush()
  return {files: [], bytes: sink.size}
}
