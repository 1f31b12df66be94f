/** Digests one part of a dataset that has to be replayed; digest-replay.ts puts the parts together. */
import {CommandTable, DEFAULT_COMMANDS, type Renames} from '../engine/commands/table.ts'
import type {DatasetDigest, Totals} from '../engine/digest/dataset-digest.ts'
import {DebugDigest} from '../engine/digest/debug-digest.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {arenaMemory, digestKeyspace} from '../engine/digest/keyspace-digest.ts'
import {DIGEST_RULES, type DigestServer, serverOf} from '../engine/digest/rules.ts'
import type {Part} from '../engine/part.ts'
import {ScriptInLog, type Trouble, type TroubleKind} from '../engine/replay.ts'
import {logicalOf} from '../engine/values/kinds.ts'
import {FormatError, type FormatErrorCode} from '../formats/errors.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import type {Host} from '../io/host.ts'
import {DigestRows} from './digest-rows.ts'
import {DatasetLoader, type FileToLoad, type Place, pausesIn} from './load-dataset.ts'
import {engineStep, quote} from './next-step.ts'
import {ReportBuilder} from './report-builder.ts'
import type {DatabaseCounts, DigestReport, Finding} from './reports.ts'

/** What all parts are told, as plain data. */
export interface PartTask {
  /** What it is all about, for the commands to run next. */
  input: string
  files: readonly FileToLoad[]
  /** New names of commands; null: none. */
  renames: Renames | null
  databases: number
  /** Our own digest in place of DEBUG DIGEST. */
  full: boolean
  /** Also digest each key's value. */
  keys: boolean
  /** Whose DEBUG DIGEST; null: that of the server that wrote it. */
  server: DigestServer | null
  /** Where to stop; null: at the end. Only for the whole dataset. */
  at: Place | null
  part: Part
}

export interface PartDigest {
  /** Of the input, as far as this part read it. */
  wrapped: string[]
  bytes: number
  rdbVersion: number | null
  dialect: DigestReport['dialect']
  producer: string | null
  server: DigestServer
  /** What stopped it; nothing below counts then. */
  stoppedAt: Finding | null
  totals: Totals
  databases: Record<string, DatabaseCounts>
  functions: string[]
  rows: Uint8Array[]
}

const DEFAULT_SERVER: DigestServer = '7.0'

/** Commands that no digest can come through, by kind of trouble; the rest changes nothing or is as in a server. */
const FATAL: Readonly<Partial<Record<TroubleKind, readonly [FormatErrorCode, string]>>> = {
  unknown: ['AOF_COMMAND', 'A server refuses to start at a command that it does not know.'],
  unsupported: ['UNSUPPORTED', 'Nothing is wrong with it. A server that knows it can tell.'],
  module: ['UNSUPPORTED', 'Only a server with that module can replay it.'],
  arity: ['AOF_ARITY', 'Redis up to 7.x may crash here, Valkey 9 refuses to start.'],
}

/** Load and replay a part, and digest it. `kernel`: in whose memory, over what is there. */
export function digestPart(
  host: Host,
  _inputs: readonly string[],
  task: PartTask,
  kernel?: Kernel,
): PartDigest {
  const {files, renames, databases, full, keys, at, part} = task
  const builder = new ReportBuilder(task.input, 'deep', 1)
  const loader = new DatasetLoader(host, {
    table: tableOf(renames),
    databases,
    onTrouble: (file, trouble) => addTrouble(builder, file, trouble),
    part,
    kernel,
  })
  for (const file of files) if (!loadFile(loader, builder, file, at)) break
  const {keyspace, producer, bytes, rdbVersion, dialect} = loader
  const server = task.server ?? serverOf(producer) ?? DEFAULT_SERVER
  const stoppedAt = builder.finish().findings.find(({severity}) => severity === 'error') ?? null
  const functions = [...keyspace.functions.keys()]
  // Every part has them all: they count once.
  if (part.index > 0) keyspace.functions.clear()
  const rows = new DigestRows()
  const digest = newDigest(arenaMemory(keyspace.arena), full ? null : server, keys)
  if (stoppedAt === null) {
    countKeys(loader, builder)
    const addRow = (db: number, start: number, end: number) =>
      rows.add(db, keyspace.arena.memory, start, end, digest.valueHex())
    digestKeyspace(keyspace, digest, keys ? addRow : null)
  }
  return {
    wrapped: loader.wrapped ?? [],
    bytes,
    rdbVersion,
    dialect,
    producer,
    server,
    stoppedAt,
    totals: digest.totals(),
    databases: builder.report.databases,
    functions,
    rows: rows.chunks(),
  }
}

/** The table of a server with these renamed commands. */
export function tableOf(renames: Renames | null): CommandTable {
  return renames === null ? DEFAULT_COMMANDS : new CommandTable(renames)
}

/** A digest over what an engine holds; `server` null: our own. */
export function newDigest(
  memory: HashMemory,
  server: DigestServer | null,
  keys: boolean,
): DatasetDigest {
  if (server === null) return new FullDigest(memory, keys)
  // What a zero score's sign became, the engine knows.
  return new DebugDigest(memory, {...DIGEST_RULES[server], smallZeros: false}, keys)
}

/** Returns false where it cannot go on. */
function loadFile(
  loader: DatasetLoader,
  builder: ReportBuilder,
  file: FileToLoad,
  at: Place | null,
): boolean {
  builder.addFile(file.name, 'aof', 0, file.path)
  try {
    loader.load(file, at === null ? [] : pausesIn(file, [at], () => true))
    return true
  } catch (error) {
    if (error instanceof ScriptInLog) refuseScript(builder, file.name, error)
    else if (error instanceof FormatError) builder.addError(error, {file: file.name})
    else throw error
    return false
  }
}

export function refuseScript(
  builder: ReportBuilder,
  file: string,
  {message, offset}: ScriptInLog,
): void {
  const meaning =
    'Logs of servers before 5.0 hold scripts as they were called: only a server can run them.'
  const next = engineStep(`digest ${quote(builder.report.input)}`)
  builder.add('UNSUPPORTED', message, {file, offset}, {severity: 'error', meaning, next})
}

export function addTrouble(builder: ReportBuilder, file: string, trouble: Trouble): void {
  const fatal = FATAL[trouble.kind]
  if (!fatal) return
  const {offset, record, db, command, detail} = trouble
  const [code, meaning] = fatal
  const place = {file, offset, record, db}
  builder.add(code, `${command}: ${detail}`, place, {severity: 'error', meaning})
}

export function countKeys({keyspace}: DatasetLoader, builder: ReportBuilder): void {
  for (const number of keyspace.numbers()) {
    const db = keyspace.database(number)
    builder.database(number).expires = db.expires
    for (const [kind, keys] of db.count().kinds.entries()) {
      if (keys > 0) builder.countEntries(number, logicalOf(kind), keys)
    }
  }
}
