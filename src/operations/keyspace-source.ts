/** The entries of what is there when logs have been replayed. */
import {CommandTimes} from '../engine/command-times.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {arenaMemory} from '../engine/digest/keyspace-digest.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import {keyspaceEntries} from '../engine/keyspace-entries.ts'
import {ScriptInLog} from '../engine/replay.ts'
import type {EntrySink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {type DatasetSource, throwFinding} from './dataset.ts'
import {addTrouble, refuseScript, tableOf} from './digest-part.ts'
import {DatasetLoader, type FileToLoad, type Place, pausesIn} from './load-dataset.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {InputKind} from './reports.ts'

export const DEFAULT_DATABASES = 16

export class KeyspaceSource implements DatasetSource {
  readonly input: string
  readonly kind: InputKind
  readonly memory: HashMemory
  readonly repeatable = true
  readonly createdAtMs: number
  readonly toldTimeMs: number | null
  readonly producer: string | null
  readonly rdbVersion: number | null
  readonly dialect: 'redis' | 'valkey' | null
  readonly paths: readonly string[]
  readonly times: CommandTimes | null
  private readonly loader: DatasetLoader

  constructor(
    host: Host,
    input: string,
    kind: InputKind,
    files: readonly FileToLoad[],
    builder: ReportBuilder,
    config: ServerConfig | null,
    {databases, commandTimes = false}: {databases?: number; commandTimes?: boolean},
    /** Where loading stops, in the last of the files. */
    at: Place | null = null,
  ) {
    this.input = input
    this.kind = kind
    this.paths = files.map(({path}) => path)
    this.createdAtMs = Math.max(...this.paths.map(fileTimeMs))
    const times = commandTimes ? new CommandTimes() : null
    this.loader = new DatasetLoader(host, {
      table: tableOf(config?.renames ?? null),
      databases: databases ?? config?.databases ?? DEFAULT_DATABASES,
      onTrouble: (file, trouble) => addTrouble(builder, file, trouble),
      ...(times === null ? {} : {observer: times, times}),
    })
    for (const file of files) {
      if (times !== null) times.inBase = file.role === 'base'
      try {
        this.loader.load(file, at === null ? [] : pausesIn(file, [at], () => true))
      } catch (error) {
        if (error instanceof ScriptInLog) refuseScript(builder, file.name, error)
        else if (error instanceof FormatError) builder.addError(error, {file: file.name})
        else throw error
      }
      throwFinding(builder)
    }
    const {producer, rdbVersion, dialect, keyspace, toldTimeMs} = this.loader
    this.toldTimeMs = toldTimeMs
    this.times = times
    if (times !== null && toldTimeMs !== null) times.reference = toldTimeMs / 1000
    this.producer = producer
    this.rdbVersion = rdbVersion
    this.dialect = dialect
    this.memory = arenaMemory(keyspace.arena)
  }

  get keyspace(): Keyspace {
    return this.loader.keyspace
  }

  read(sink: EntrySink): void {
    keyspaceEntries(this.loader.keyspace, sink, null, this.times)
  }
}
