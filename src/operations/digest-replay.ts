/** The part of `digest` that needs the dataset: logs are replayed on the embedded engine. */
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {DebugDigest} from '../engine/digest/debug-digest.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {arenaMemory, digestKeyspace} from '../engine/digest/keyspace-digest.ts'
import {DIGEST_RULES, type DigestServer, serverOf} from '../engine/digest/rules.ts'
import {ScriptInLog, type Trouble, type TroubleKind} from '../engine/replay.ts'
import {logicalOf} from '../engine/values/kinds.ts'
import {FormatError, type FormatErrorCode} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import type {DigestOptions} from './digest.ts'
import {DigestRows} from './digest-rows.ts'
import {DatasetLoader, type FileToLoad, pausesIn} from './load-dataset.ts'
import {engineStep, quote} from './next-step.ts'
import {ReportBuilder} from './report-builder.ts'
import type {DigestReport, InputKind} from './reports.ts'
import {type ResolvedPoint, reportPoint} from './resolve-point.ts'

const DEFAULT_DATABASES = 16
const DEFAULT_SERVER: DigestServer = '7.0'

interface ReplayedInput {
  host: Host
  input: string
  files: FileToLoad[]
  kind: InputKind
  options: DigestOptions
  config: ServerConfig | null
  /** Where to stop. */
  at: ResolvedPoint | null
}

/** What a server would not have come through, by kind of trouble; the rest changes nothing or is as in a server. */
const FATAL: Readonly<Partial<Record<TroubleKind, readonly [FormatErrorCode, string]>>> = {
  unknown: ['AOF_COMMAND', 'A server refuses to start at a command that it does not know.'],
  unsupported: ['UNSUPPORTED', 'Nothing is wrong with it. A server that knows it can tell.'],
  module: ['UNSUPPORTED', 'Only a server with that module can replay it.'],
  arity: ['AOF_ARITY', 'Redis up to 7.x may crash here, Valkey 9 refuses to start.'],
}

/** The commands as a server with this configuration knows them. */
export function tableFor(config: ServerConfig | null): CommandTable {
  return config === null ? DEFAULT_COMMANDS : new CommandTable(config.renames)
}

/** Load the files, replay their commands, digest what is there. */
export function digestReplayed({
  host,
  input,
  files,
  kind,
  options,
  config,
  at,
}: ReplayedInput): DigestReport {
  const builder = new ReportBuilder(input, 'deep', 1)
  const {report} = builder
  report.kind = kind
  const loader = new DatasetLoader(host, {
    table: tableFor(config),
    databases: config?.databases ?? DEFAULT_DATABASES,
    onTrouble: (file, trouble) => addTrouble(builder, file, trouble),
  })
  for (const file of files) {
    builder.addFile(file.name, 'aof', 0, file.path)
    try {
      loader.load(file, at === null ? [] : pausesIn(file, [at], () => true))
    } catch (error) {
      if (error instanceof ScriptInLog) refuseScript(builder, file.name, error)
      else if (error instanceof FormatError) builder.addError(error, {file: file.name})
      else throw error
      break
    }
  }
  const failed = report.findings.some(({severity}) => severity === 'error')
  const server = options.server ?? serverOf(loader.producer) ?? DEFAULT_SERVER
  const rows = new DigestRows()
  return {
    schema: 'respite.digest/1',
    input,
    kind,
    wrapped: loader.wrapped ?? [],
    bytes: loader.bytes,
    rdbVersion: loader.rdbVersion,
    dialect: loader.dialect,
    producer: loader.producer,
    algorithm: options.full ? 'respite-full/1' : 'debug-digest',
    server: options.full ? null : server,
    digest: failed ? null : digestOf(loader, builder, options, server, rows),
    keys: report.keys,
    emptyKeys: 0,
    databases: report.databases,
    functions: [...loader.keyspace.functions.keys()],
    stoppedAt: builder.finish().findings.find(({severity}) => severity === 'error') ?? null,
    keyDigests: options.keys ? rows.chunks() : null,
    at: at === null ? null : reportPoint(at),
  }
}

function refuseScript(builder: ReportBuilder, file: string, {message, offset}: ScriptInLog): void {
  const meaning =
    'Logs of servers before 5.0 hold scripts as they were called: only a server can run them.'
  const next = engineStep(`digest ${quote(builder.report.input)}`)
  builder.add('UNSUPPORTED', message, {file, offset}, {severity: 'error', meaning, next})
}

function addTrouble(builder: ReportBuilder, file: string, trouble: Trouble): void {
  const fatal = FATAL[trouble.kind]
  if (!fatal) return
  const {offset, record, db, command, detail} = trouble
  const [code, meaning] = fatal
  builder.add(
    code,
    `${command}: ${detail}`,
    {file, offset, record, db},
    {severity: 'error', meaning},
  )
}

function digestOf(
  {keyspace}: DatasetLoader,
  builder: ReportBuilder,
  options: DigestOptions,
  server: DigestServer,
  rows: DigestRows,
): string {
  const memory = arenaMemory(keyspace.arena)
  const digest = options.full
    ? new FullDigest(memory, options.keys)
    : // What a zero score's sign became, the engine knows.
      new DebugDigest(memory, {...DIGEST_RULES[server], smallZeros: false}, options.keys)
  for (const number of keyspace.numbers()) {
    const db = keyspace.database(number)
    builder.database(number).expires = db.expires
    for (const entry of db.entries()) builder.countEntries(number, logicalOf(db.kind(entry)), 1)
  }
  const each = options.keys
    ? (db: number, start: number, end: number) =>
        rows.add(db, keyspace.arena.memory, start, end, digest.valueHex())
    : null
  digestKeyspace(keyspace, digest, each)
  return digest.finish()
}
