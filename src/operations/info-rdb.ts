import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {type Checksum, RdbReader} from '../formats/rdb/reader.ts'
import type {RunTally} from '../formats/rdb/run.ts'
import {RdbOpcode, TYPES} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import {libraryName, producerOf} from './check-rdb.ts'
import {type ReportBuilder, reportBytes} from './report-builder.ts'
import type {AuxField, FileReport, InfoReport} from './reports.ts'
import {type RdbWalker, walkRdb} from './walk-rdb.ts'

/** Slot information comes once for each of 16384 slots: a report shows the first fields only. */
const AUX_SHOWN = 64
const AUX_BYTES = 256

/** Collects what an RDB says of itself. */
export class InfoRdb implements RdbWalker {
  readonly aux: AuxField[] = []
  readonly modules: {name: string; version: number}[] = []
  checksum: Checksum = 'unknown'
  private readonly builder: ReportBuilder
  private readonly values = new Map<string, string>()
  private file: FileReport | null = null

  constructor(builder: ReportBuilder) {
    this.builder = builder
  }

  /** Read one RDB. Returns false when it ended in damage. */
  read(c: Cursor, file: FileReport): boolean {
    this.file = file
    const {report} = this.builder
    const r = new RdbReader(c, {deep: false, checksum: false})
    try {
      r.readHeader()
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      this.builder.addError(error, {file: file.file})
      return false
    }
    report.rdbVersion ??= r.version
    report.dialect ??= r.dialect === 'valkey' ? 'valkey' : 'redis'
    const whole = walkRdb(r, this, null)
    this.checksum = r.checksum
    return whole
  }

  /** A numeric AUX field; null without it. */
  number(name: string): number | null {
    const value = this.values.get(name)
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
  }

  get createdAt(): string | null {
    const seconds = this.number('ctime')
    return seconds === null || seconds > 8e12 ? null : new Date(seconds * 1000).toISOString()
  }

  get replication(): InfoReport['replication'] {
    const id = this.values.get('repl-id')
    const offset = this.values.get('repl-offset')
    if (id === undefined || offset === undefined) return null
    return {id, offset, streamDb: Number(this.values.get('repl-stream-db') ?? -1)}
  }

  run(r: RdbReader, tally: RunTally): void {
    const {builder} = this
    const types = TYPES[r.dialect]
    for (let type = 0; type < 32; type++) {
      const row = types[type]
      if (row) builder.countEntries(r.db, row.logical, tally.types[type])
    }
    builder.database(r.db).expires += tally.expires
    if (this.file) this.file.keys += tally.entries
  }

  entry(r: RdbReader, fault: FormatError | null): void {
    const {builder, file} = this
    builder.countEntries(r.db, r.logical, 1)
    if (r.expiresAtMs !== null) builder.database(r.db).expires++
    if (file) file.keys++
    if (r.logical === 'module') this.addModule(r.moduleName, r.moduleVersion)
    r.doubts.length = 0
    if (fault) this.fault(r, fault)
  }

  record(r: RdbReader, opcode: number): void {
    const {report} = this.builder
    if (opcode === RdbOpcode.AUX) this.addAux(r)
    else if (opcode === RdbOpcode.FUNCTION2) report.functions.push(libraryName(r.record.value))
    else if (opcode === RdbOpcode.MODULE_AUX)
      this.addModule(r.record.module, r.record.moduleVersion)
  }

  fault(_: RdbReader, error: FormatError): void {
    this.builder.addError(error, {file: this.file?.file ?? ''})
  }

  lost(r: RdbReader, error: FormatError): boolean {
    this.builder.addError(error, {file: this.file?.file ?? '', record: r.entries, db: r.db})
    return false
  }

  found(): void {}

  private addAux(r: RdbReader): void {
    const {name, value} = r.record
    const {report} = this.builder
    report.producer = producerOf(r.record, report.producer)
    if (name.length <= AUX_BYTES && !this.values.has(text(name))) {
      this.values.set(text(name), text(value.subarray(0, AUX_BYTES)))
    }
    if (this.aux.length >= AUX_SHOWN) return
    const shown = value.length > AUX_BYTES ? value.subarray(0, AUX_BYTES) : value
    this.aux.push({name: reportBytes(name.subarray(0, AUX_BYTES)), value: reportBytes(shown)})
  }

  private addModule(name: string, version: number): void {
    if (!this.modules.some((module) => module.name === name)) this.modules.push({name, version})
  }
}
