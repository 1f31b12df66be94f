/** `respite digest --engine`: a live server loads and replays the input, then it is digested there. */
import {CommandTable, DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import {serverOf} from '../engine/digest/rules.ts'
import type {TroubleKind} from '../engine/replay.ts'
import type {FormatErrorCode} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import {type DigestOptions, digest} from './digest.ts'
import {addLayoutErrors} from './layout-errors.ts'
import {layoutOf} from './layout-of.ts'
import {loadedFiles} from './loaded-files.ts'
import {errorText} from './replay-findings.ts'
import {ReportBuilder} from './report-builder.ts'
import type {DigestReport} from './reports.ts'
import {type EngineOptions, type Played, playOnServer} from './server-engine.ts'

const HERE = 'The server of --engine cannot replay it: use one that can.'

/** What a server that loads the log would not have come through, or this one did not. */
const FATAL: Readonly<Partial<Record<TroubleKind, readonly [FormatErrorCode, string]>>> = {
  unknown: ['AOF_COMMAND', 'A server refuses to start at a command that it does not know.'],
  module: ['UNSUPPORTED', HERE],
  arity: ['AOF_ARITY', 'Redis up to 7.x may crash here, Valkey 9 refuses to start.'],
}

/** Digest the first of `inputs`, a path or `-`, on the second, a server. @throws as `digest`, and RespiteError for the server. */
export async function digestOnServer(
  host: Host,
  inputs: readonly string[],
  options: DigestOptions & EngineOptions,
): Promise<DigestReport> {
  const [input, engine] = inputs
  const config = options.config === undefined ? null : readConfigFile(options.config)
  const files = input === '-' ? [{path: '-', name: '-'}] : loadedFiles(input, config)
  const builder = new ReportBuilder(input, 'deep', 1)
  for (const {name, path} of files) builder.addFile(name, 'aof', 0, path)
  if (input !== '-') addLayoutErrors(builder, input, layoutOf(input, config), files.length)
  if (failed(builder)) return {...reportOf(host, engine, options, NOTHING, builder), input}
  const played = await playOnServer(host, engine, files, options, {
    table: config === null ? DEFAULT_COMMANDS : new CommandTable(config.renames),
    onTrouble(file, trouble) {
      const fatal = FATAL[trouble.kind]
      if (!fatal) return
      const {offset, record, db, command} = trouble
      const message = `${command}: ${errorText(trouble)}`
      const place = {file, offset, record, db}
      builder.add(fatal[0], message, place, {severity: 'error', meaning: fatal[1]})
    },
  })
  if (played.stopped !== null) builder.addError(played.stopped.error, {file: played.stopped.file})
  else if (played.bytes === 0 && files[0]?.path === input) {
    builder.add('EMPTY_INPUT', 'the file has zero bytes', {file: input, offset: 0})
  }
  return {...reportOf(host, engine, options, played, builder), input}
}

/** What a server holds that was not used. */
const NOTHING: Played = {
  commands: 0,
  bytes: 0,
  stopped: null,
  databases: {},
  producer: null,
  debugDigest: null,
}

function failed(builder: ReportBuilder): boolean {
  return builder.report.findings.some(({severity}) => severity === 'error')
}

function reportOf(
  host: Host,
  engine: string,
  {full, keys, server}: DigestOptions,
  {debugDigest, databases, producer, bytes}: Played,
  builder: ReportBuilder,
): DigestReport {
  const stoppedAt = builder.finish().findings.find(({severity}) => severity === 'error') ?? null
  const asked = full || keys || server !== undefined
  if (stoppedAt === null && (asked || debugDigest === null)) {
    return digest(host, [engine], {
      ...(full && {full}),
      ...(keys && {keys}),
      ...(server && {server}),
    })
  }
  return {
    schema: 'respite.digest/1',
    input: engine,
    kind: 'server',
    wrapped: [],
    bytes,
    rdbVersion: null,
    dialect: null,
    producer,
    algorithm: full ? 'respite-full/1' : 'debug-digest',
    server: full ? null : (serverOf(producer) ?? '7.0'),
    digest: stoppedAt === null ? debugDigest : null,
    keys: Object.values(databases).reduce((sum, each) => sum + each.keys, 0),
    emptyKeys: 0,
    databases,
    functions: [],
    stoppedAt,
    at: null,
    keyDigests: null,
  }
}
