/** respite as a library. Everything that the command line does is here, as plain functions. */
import {closeSync} from 'node:fs'
import {copyArguments} from './formats/aof/arguments.ts'
import {AofReader} from './formats/aof/reader.ts'
import {Cursor} from './formats/bytes/cursor.ts'
import {InlineFeed} from './formats/bytes/inline-feed.ts'
import {createKernel, type Kernel} from './formats/kernel/kernel.ts'
import {collectValue, type Value} from './formats/rdb/collect.ts'
import {RdbReader, RdbRecord} from './formats/rdb/reader.ts'
import type {LogicalType} from './formats/rdb/types.ts'
import type {ValueVisitor} from './formats/rdb/visitor.ts'
import {fileByteSource} from './io/inline-host.ts'
import {loadKernelModule} from './io/kernel-file.ts'
import {runOperation} from './io/run-operation.ts'
import {isServer} from './io/server-name.ts'
import {openFile} from './io/source-file.ts'
import type {CheckOptions} from './operations/check.ts'
import type {CompactOptions} from './operations/compact-options.ts'
import type {CompactReport} from './operations/compact-reports.ts'
import type {ConvertOptions} from './operations/convert-options.ts'
import type {ConvertReport} from './operations/convert-reports.ts'
import type {DiffOptions} from './operations/diff-options.ts'
import type {Difference, DiffReport} from './operations/diff-reports.ts'
import type {DigestOptions} from './operations/digest.ts'
import type {InfoOptions} from './operations/info.ts'
import type {MergeOptions} from './operations/merge-options.ts'
import type {MergeReport} from './operations/merge-reports.ts'
import type {
  CheckReport,
  DigestReport,
  InfoReport,
  SalvageReport,
  VerifyReport,
} from './operations/reports.ts'
import type {RewindOptions} from './operations/rewind.ts'
import type {SalvageOptions} from './operations/salvage.ts'
import type {SplitOptions} from './operations/split-options.ts'
import type {SplitReport} from './operations/split-reports.ts'
import {stampOf} from './operations/stamp.ts'
import type {UndoOptions} from './operations/undo.ts'
import type {UndoListOptions} from './operations/undo-list.ts'
import type {RewindReport, UndoListReport, UndoReport} from './operations/undo-reports.ts'
import type {VerifyOptions} from './operations/verify.ts'

export {RecordWriter, writeRecord, writeTimestamp} from './formats/aof/writer.ts'
export {FORMAT_ERRORS, FormatError, type FormatErrorCode} from './formats/errors.ts'
export type {Value} from './formats/rdb/collect.ts'
export type {LogicalType} from './formats/rdb/types.ts'
export type {ValueVisitor} from './formats/rdb/visitor.ts'
export {type EntryHead, RdbWriter, type RdbWriterOptions} from './formats/rdb/writer.ts'
export {publishParts} from './io/publish-parts.ts'
export {publishSet} from './io/publish-set.ts'
export {replaceFile} from './io/replace-file.ts'
export type {CheckOptions} from './operations/check.ts'
export type {CompactOptions} from './operations/compact-options.ts'
export type * from './operations/compact-reports.ts'
export type {ConvertOptions} from './operations/convert-options.ts'
export type * from './operations/convert-reports.ts'
export type {DiffOptions} from './operations/diff-options.ts'
export type * from './operations/diff-reports.ts'
export type {DigestOptions} from './operations/digest.ts'
export type {InfoOptions} from './operations/info.ts'
export type {MergeOptions} from './operations/merge-options.ts'
export type * from './operations/merge-reports.ts'
export {type Point, parsePoint} from './operations/point.ts'
export type * from './operations/reports.ts'
export type {RewindOptions} from './operations/rewind.ts'
export type {SalvageOptions} from './operations/salvage.ts'
export type {SplitOptions} from './operations/split-options.ts'
export type * from './operations/split-reports.ts'
export type {UndoOptions} from './operations/undo.ts'
export type {UndoListOptions} from './operations/undo-list.ts'
export type * from './operations/undo-reports.ts'
export type {Selection} from './operations/undo-selection.ts'
export type {VerifyOptions} from './operations/verify.ts'

/** A live server that replays in place of the embedded engine: what it holds is refused, or emptied with `force`. */
export interface EngineChoice {
  /** `redis://user:password@host:port`, also a cluster. */
  engine?: string
  force?: boolean
}

/**
 * Read an input in depth and say what is wrong with it; with `replay` also load it and replay its commands. `-` is stdin.
 * @throws InputError when it cannot be read.
 */
export function check(
  input: string,
  options: CheckOptions & EngineChoice & {replay?: boolean} = {},
): Promise<CheckReport> {
  const {replay, ...rest} = options
  const operation = replay || rest.engine !== undefined ? 'check-and-replay' : 'check'
  return run<CheckReport>(operation, 'check-on-server', [input], rest)
}

/** What an input is and holds, from its framing. `-` is stdin. @throws InputError when it cannot be read. */
export function info(input: string, options: InfoOptions = {}): Promise<InfoReport> {
  return runOperation<InfoReport>('info', [input], options)
}

/** What DEBUG DIGEST would print for an input, or respite's own digest of everything in it; `redis://host:port` is a live server. @throws as `check`. */
export function digest(
  input: string,
  options: DigestOptions & EngineChoice = {},
): Promise<DigestReport> {
  return run<DigestReport>('digest', 'digest-on-server', [input], options)
}

/**
 * Prove that a backup is good: sound, loadable, replayable, within `options`; with `against`, holding the same data as that input.
 * @throws as `check`, and RespiteError USAGE for stdin.
 */
export function verify(
  input: string,
  options: Partial<VerifyOptions> & EngineChoice = {},
  against?: string,
): Promise<VerifyReport> {
  const inputs = against === undefined ? [input] : [input, against]
  return run<VerifyReport>('verify', 'verify-on-server', inputs, {nowMs: Date.now(), ...options})
}

/** Run an operation, or the one of that verb for an engine behind the first input; servers among the inputs are read. */
async function run<Report>(
  embedded: string,
  onServer: string,
  [first, ...others]: readonly string[],
  {engine, ...options}: EngineChoice,
): Promise<Report> {
  const inputs = [first, ...(engine === undefined ? [] : [engine]), ...others]
  const operation = engine === undefined ? embedded : onServer
  if (!inputs.some(isServer)) return runOperation<Report>(operation, inputs, options)
  const {serverInputs} = await import('./net/server-inputs.ts')
  const {names, servers, openRemote} = await serverInputs(inputs, isServer)
  return runOperation<Report>(operation, names, {...options, servers}, {openRemote})
}

/** Get every intact key out of a damaged RDB into a valid one. @throws as `check`, RespiteError, OutputError, DiskError. */
export function salvage(input: string, options: SalvageOptions = {}): Promise<SalvageReport> {
  return runOperation<SalvageReport>('salvage', [input], options)
}

/**
 * Turn an input into an RDB, an append-only file or commands. What the target cannot hold and nobody allowed to be dropped is in the
 * report, and nothing is written then. @throws as `check`, DiskError and OutputError.
 */
export function convert(input: string, options: ConvertOptions): Promise<ConvertReport> {
  return runOperation<ConvertReport>('convert', [input], options)
}

/** Take an input apart into files by cluster slot, database, type, prefix or pattern. @throws as `convert`. */
export function split(input: string, options: SplitOptions): Promise<SplitReport> {
  return runOperation<SplitReport>('split', [input], options)
}

/** Put inputs together. What is in several of them is in the report, and without a rule nothing is written then. @throws as `convert`. */
export function merge(inputs: readonly string[], options: MergeOptions): Promise<MergeReport> {
  return runOperation<MergeReport>('merge', inputs, options)
}

/**
 * Write what a log comes to in its place, as a server's rewrite does, and prove it. What stands in the way of the data is in the report, and
 * nothing is written then. @throws as `convert`; RespiteError POINT, OUT_OF_MEMORY.
 */
export function compact(
  input: string,
  options: Omit<CompactOptions, 'stamp'>,
): Promise<CompactReport> {
  return runOperation<CompactReport>('compact', [input], {...options, stamp: stampOf(new Date())})
}

/**
 * Compare two inputs by meaning; each may be a live server, one of them `-`. `onDifference` is given every difference that is listed,
 * in order. @throws as `check`; with a patch also OutputError, DiskError.
 */
export async function diff(
  a: string,
  b: string,
  options: DiffOptions = {},
  onDifference: (difference: Difference) => void | Promise<void> = () => {},
): Promise<DiffReport> {
  const live = [a, b].some(isServer)
  const servers =
    live && (await (await import('./net/server-inputs.ts')).serverInputs([a, b], isServer))
  const told = servers ? {...options, servers: servers.servers} : options
  return runOperation<DiffReport>('diff', servers ? servers.names : [a, b], told, {
    // What is half written, and what is kept for the run, a signal takes away only from a worker.
    mode: live || a === '-' || b === '-' || options.patch !== undefined ? 'worker' : 'auto',
    openRemote: servers ? servers.openRemote : undefined,
    async onChunk(chunk) {
      for (const line of new TextDecoder().decode(chunk).split('\n')) {
        if (line !== '') await onDifference(JSON.parse(line) as Difference)
      }
    },
  })
}

/**
 * Write a log or a set as it was at a point of its past, and prove it.
 * @throws as `check`; RespiteError POINT, POINT_IN_SNAPSHOT; OutputError, DiskError.
 */
export function rewind(
  input: string,
  options: Omit<RewindOptions, 'stamp'>,
): Promise<RewindReport> {
  return runOperation<RewindReport>('rewind', [input], {...options, stamp: stampOf(new Date())})
}

/** Write a log or a set without some of its commands, and prove it. @throws as `rewind`; RespiteError NOTHING_TO_UNDO, NO_LOG. */
export function undo(input: string, options: Omit<UndoOptions, 'stamp'>): Promise<UndoReport> {
  return runOperation<UndoReport>('undo', [input], {...options, stamp: stampOf(new Date())})
}

/** The commands that took keys away, the largest first. @throws as `check`; RespiteError NOTHING_TO_UNDO, NO_LOG. */
export function undoList(input: string, options: UndoListOptions = {}): Promise<UndoListReport> {
  return runOperation<UndoListReport>('undo-list', [input], options)
}

/** A kernel of its own for a writer: it must not be shared with a reader. */
export function newKernel(): Kernel {
  return createKernel(loadKernelModule())
}

/** One key of an RDB file. */
export interface RdbEntry {
  db: number
  key: Uint8Array
  type: LogicalType
  /** Absolute, in ms; null without an expiry. */
  expiresAtMs: number | null
  idleSeconds: number | null
  freq: number | null
  /** Offset of the entry in the file, in bytes. */
  offset: number
  /** The whole value. Before the next entry is asked for, and once. */
  value(): Value
  /** The value, element by element, in memory that does not depend on its size. Likewise once. */
  visit(visitor: ValueVisitor): void
}

/**
 * Read the entries of an RDB file one after the other. Values that nobody asks for are stepped over, and verified.
 * @throws FormatError where the file breaks its format; InputError when it cannot be read.
 */
export function* readRdb(path: string): Generator<RdbEntry, void, undefined> {
  const file = openFile(path)
  try {
    const kernel = createKernel(loadKernelModule())
    const cursor = new Cursor(kernel).open(new InlineFeed(fileByteSource(file, 0), kernel))
    const reader = new RdbReader(cursor)
    reader.readHeader()
    for (let record = reader.next(); record !== RdbRecord.END; record = reader.next()) {
      if (record === RdbRecord.ENTRY) yield* readEntry(reader)
    }
  } finally {
    closeSync(file.fd)
  }
}

/** One command of an append-only file. */
export interface AofCommand {
  /** The name first. */
  args: Uint8Array[]
  /** Offset of the record in the file, and its ordinal, from 1. */
  offset: number
  record: number
  /** The last time annotation before it, in Unix seconds; null before the first. */
  seconds: number | null
}

/**
 * Read the commands of one append-only file one after the other. What it begins with in the form of an RDB is stepped over.
 * @throws FormatError where the file breaks its format; InputError when it cannot be read.
 */
export function* readAof(path: string): Generator<AofCommand, void, undefined> {
  const file = openFile(path)
  try {
    const kernel = createKernel(loadKernelModule())
    const cursor = new Cursor(kernel).open(new InlineFeed(fileByteSource(file, 0), kernel))
    const byte = cursor.atEnd() ? STAR : cursor.memory[cursor.next]
    if (byte !== STAR && byte !== HASH_SIGN) skipRdb(cursor)
    const reader = new AofReader(cursor)
    for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
      if (kind === 'annotation') continue
      const {offset, record, timestamp} = reader
      yield {args: copyArguments(reader), offset, record, seconds: timestamp}
    }
  } finally {
    closeSync(file.fd)
  }
}

const STAR = 0x2a
const HASH_SIGN = 0x23

function skipRdb(cursor: Cursor): void {
  const reader = new RdbReader(cursor)
  reader.readHeader()
  for (let record = reader.next(); record !== RdbRecord.END; record = reader.next()) {
    if (record === RdbRecord.ENTRY) reader.skipValue()
  }
}

function* readEntry(reader: RdbReader): Generator<RdbEntry, void, undefined> {
  const {c, db, logical, expiresAtMs, idleSeconds, freq, offset} = reader
  let read = false
  const visit = (visitor: ValueVisitor) => {
    if (read) throw new Error('this value was read already')
    read = true
    reader.readValue(visitor)
  }
  const key = c.memory.slice(c.pinStart, c.pinEnd)
  const value = () => collectValue(visit)
  yield {db, key, type: logical, expiresAtMs, idleSeconds, freq, offset, value, visit}
  if (!read) reader.skipValue()
}
