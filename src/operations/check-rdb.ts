/** The part of `check` that reads one RDB: a file, or what an AOF begins with. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {RunTally} from '../formats/rdb/run.ts'
import {RdbOpcode, TYPES} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import type {KeyHashes} from './key-hashes.ts'
import {type Place, type ReportBuilder, reportBytes} from './report-builder.ts'
import type {FileReport} from './reports.ts'
import {type RdbWalker, walkRdb} from './walk-rdb.ts'

export interface CheckRdbOptions {
  deep: boolean
  /** Databases of the server, null when not known: 16 is what servers have by default. */
  databases: number | null
  /** Look for the next entry behind damage. */
  resync: boolean
}

const DEFAULT_DATABASES = 16
const KEY_SHOWN = 1024

/** Returns the offset behind the RDB, or -1 when it ended in damage. */
export function checkRdb(
  c: Cursor,
  file: FileReport,
  builder: ReportBuilder,
  hashes: KeyHashes | null,
  options: CheckRdbOptions,
  checker = new RdbChecker(file, builder, options),
): number {
  const r = new RdbReader(c, {deep: options.deep})
  try {
    r.readHeader()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    checker.header(c, error)
    return -1
  }
  builder.report.rdbVersion ??= r.version
  builder.report.dialect ??= r.dialect === 'valkey' ? 'valkey' : 'redis'
  const whole = walkRdb(r, checker, hashes)
  checker.finish(r)
  return whole ? r.endOffset : -1
}

/** Puts what a walk over an RDB meets into a report. */
export class RdbChecker implements RdbWalker {
  private readonly file: FileReport
  private readonly builder: ReportBuilder
  private readonly options: CheckRdbOptions
  private readonly libraries = new Set<string>()
  private readonly modules = new Set<string>()
  private lostFrom = 0
  private lostBytes = 0
  private faultyKeys = 0
  private readonly highDatabases = new Set<number>()

  constructor(file: FileReport, builder: ReportBuilder, options: CheckRdbOptions) {
    this.file = file
    this.builder = builder
    this.options = options
  }

  header(c: Cursor, error: FormatError): void {
    this.damage(error.offset)
    this.builder.addError(error, {file: this.file.file})
    this.lostBytes = sizeOf(c)
    this.settle(this.lostBytes)
  }

  run(r: RdbReader, tally: RunTally): void {
    const {builder} = this
    const types = TYPES[r.dialect]
    for (let type = 0; type < 32; type++) {
      const row = types[type]
      if (row) builder.countEntries(r.db, row.logical, tally.types[type])
    }
    builder.countExpires(r.db, tally.expires)
    this.file.keys += tally.entries
  }

  entry(r: RdbReader, fault: FormatError | null): void {
    const {builder} = this
    builder.countEntries(r.db, r.logical, 1)
    if (r.expiresAtMs !== null) builder.countExpires(r.db, 1)
    this.file.keys++
    if (r.logical === 'module') this.modules.add(r.moduleName)
    for (const doubt of r.doubts.splice(0)) builder.addError(doubt, this.place(r), true)
    if (!fault) return
    builder.addError(fault, this.place(r))
    this.faultyKeys++
    this.lostBytes += r.c.offset - r.offset
    this.damage(r.offset)
  }

  record(r: RdbReader, opcode: number): void {
    const {report} = this.builder
    if (opcode === RdbOpcode.AUX) this.aux(r)
    else if (opcode === RdbOpcode.SELECTDB) this.select(r)
    else if (opcode === RdbOpcode.FUNCTION2) this.library(r, libraryName(r.record.value))
    else if (opcode === RdbOpcode.FUNCTION_PRE_GA && r.dialect === 'redis') {
      this.library(r, text(r.record.name))
    } else if (opcode === RdbOpcode.MODULE_AUX) this.modules.add(r.record.module)
    else if (opcode === RdbOpcode.SLOT_IMPORT && r.dialect === 'valkey') this.slotImport(r)
    report.functions = [...this.libraries]
  }

  fault(r: RdbReader, error: FormatError): void {
    if (error.code !== 'RDB_CHECKSUM') this.damage(r.offset)
    this.builder.addError(error, {file: this.file.file})
  }

  lost(r: RdbReader, error: FormatError): boolean {
    const {file, builder, options} = this
    const place: Place = {file: file.file, record: r.entries > 0 ? r.entries : null, db: r.db}
    builder.addError(error, place)
    this.damage(Math.min(r.offset, error.offset))
    this.lostFrom = Math.min(r.offset, error.offset)
    const stop =
      error.code === 'TRUNCATED' || error.code === 'UNSUPPORTED' || error.code === 'LIMIT'
    if (stop || !options.resync) {
      this.lostBytes += sizeOf(r.c) - this.lostFrom
      return false
    }
    return true
  }

  found(r: RdbReader, found: boolean): void {
    const to = found ? r.c.offset : sizeOf(r.c)
    this.lostBytes += to - this.lostFrom
  }

  finish(r: RdbReader): void {
    const {report} = this.builder
    report.modules = [...new Set([...report.modules, ...this.modules])].sort()
    if (r.checksum === 'off' && r.dialect !== 'dragonfly') {
      const note = {
        severity: 'note',
        meaning: 'Damage inside keys and values cannot be seen.',
      } as const
      const offset = r.endOffset - 8
      this.builder.add(
        'RDB_CHECKSUM',
        'the file has no checksum',
        {file: this.file.file, offset},
        note,
      )
    }
    if (r.seen.unchecked > 0) report.duplicates = 'unchecked'
    this.settle(r.endOffset < 0 ? sizeOf(r.c) : r.endOffset)
  }

  /** `bytes` is how long the RDB is, with what was lost of it. */
  private settle(bytes: number): void {
    const keys = this.file.keys - this.faultyKeys
    this.builder.countIntact(Math.max(0, bytes - this.lostBytes), keys)
  }

  /** The first damage ends the intact prefix. */
  private damage(offset: number): void {
    this.file.intactBytes = Math.min(this.file.intactBytes, offset)
  }

  private place(r: RdbReader): Place {
    return {file: this.file.file, record: r.entries, db: r.db, key: keyOf(r)}
  }

  private aux(r: RdbReader): void {
    const {report} = this.builder
    report.producer = producerOf(r.record, report.producer)
  }

  private select(r: RdbReader): void {
    const {db, offset} = r
    const databases = this.options.databases ?? DEFAULT_DATABASES
    if (db < databases || this.highDatabases.has(db)) return
    this.highDatabases.add(db)
    const has =
      this.options.databases === null ? 'a server has 16 by default' : `the server has ${databases}`
    this.builder.add('RDB_SELECT', `database ${db} is used, ${has}`, {
      file: this.file.file,
      offset,
      db,
    })
  }

  private slotImport(r: RdbReader): void {
    const meaning =
      'Valkey 9 loads it in cluster mode only: outside of it, 9.1.2 stops with an assertion while loading.'
    const place = {file: this.file.file, offset: r.offset}
    const message = 'a slot import was going on when this was saved'
    this.builder.add('RDB_SLOT', message, place, {severity: 'warning', meaning})
  }

  private library(r: RdbReader, name: string): void {
    if (this.libraries.has(name)) {
      const place = {file: this.file.file, offset: r.offset}
      this.builder.add('RDB_FUNCTION', 'a function library is there twice', place)
    }
    this.libraries.add(name)
  }
}

/** Bytes of the input, as far as they are known. */
function sizeOf(c: Cursor): number {
  return Number.isFinite(c.left) ? c.offset + c.left : c.offset
}

/** The key of the current entry, at most KEY_SHOWN bytes of it. */
export function keyOf(r: RdbReader): ReturnType<typeof reportBytes> {
  const {memory, pinStart, pinEnd} = r.c
  return reportBytes(memory.slice(pinStart, Math.min(pinEnd, pinStart + KEY_SHOWN)))
}

/** `#!lua name=mylib` begins the code. */
export function libraryName(code: Uint8Array): string {
  const line = text(code.subarray(0, 1024)).split('\n', 1)[0]
  return /\bname=(\S+)/.exec(line)?.[1] ?? ''
}

/** What wrote the file, as far as one AUX field says; `known` is what earlier ones said. */
export function producerOf({name, value}: RecordFields, known: string | null): string | null {
  const version = () => text(value.subarray(0, 64))
  switch (text(name).toLowerCase()) {
    case 'redis-ver':
      return known ?? `redis ${version()}`
    case 'valkey-ver':
      return `valkey ${version()}`
    case 'df-ver':
      return `dragonfly ${version()}`
    case 'mvcc-tstamp':
      return known?.replace(/^redis/, 'keydb') ?? null
    default:
      return known
  }
}

/** When a file was saved, in ms, where this record says so. */
export function savedAtMs({name, value}: RecordFields, known: number | null): number | null {
  if (text(name) !== 'ctime') return known
  const seconds = text(value.subarray(0, 16))
  return /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : known
}
