/** The part of `digest` that reads one RDB. */
import type {DatasetDigest} from '../engine/digest/dataset-digest.ts'
import {libraryCode} from '../engine/digest/library-code.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {type Host, RECORDS} from '../io/host.ts'
import {keyOf, libraryName, producerOf} from './check-rdb.ts'
import {DigestRows} from './digest-rows.ts'
import type {Place, ReportBuilder} from './report-builder.ts'

/** Progress is told every so many keys. */
const TELL_EVERY = 4096

export class DigestRdb {
  /** Keys whose collection has no element: servers from 6.2 on leave them out when they load the file. */
  emptyKeys = 0
  readonly rows = new DigestRows()
  private readonly builder: ReportBuilder
  private readonly host: Host
  private readonly eachKey: boolean
  /** Which rules to follow is known only when the AUX fields have been read. */
  private readonly make: (producer: string | null) => DatasetDigest
  private digest: DatasetDigest | null = null
  private inValue = false

  constructor(
    builder: ReportBuilder,
    host: Host,
    eachKey: boolean,
    make: (producer: string | null) => DatasetDigest,
  ) {
    this.builder = builder
    this.host = host
    this.eachKey = eachKey
    this.make = make
  }

  /** Add all entries up to the end of the RDB. The first damage ends it, and is a finding. */
  read(c: Cursor, file: string): void {
    const {report} = this.builder
    const r = new RdbReader(c)
    try {
      r.readHeader()
      report.rdbVersion ??= r.version
      report.dialect ??= r.dialect === 'valkey' ? 'valkey' : 'redis'
      for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
        if (record === RdbRecord.ENTRY) this.entry(r)
        else this.record(r, record)
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      this.builder.addError(error, {file, ...this.placeOf(r, error)})
    }
  }

  finish(): string {
    this.digest ??= this.make(this.builder.report.producer)
    return this.digest.finish()
  }

  private entry(r: RdbReader): void {
    const digest = (this.digest ??= this.make(this.builder.report.producer))
    const {c, db, logical, expiresAtMs} = r
    this.inValue = true
    digest.beginEntry(db, logical, c.pinStart, c.pinEnd, expiresAtMs)
    try {
      r.readValue(digest)
    } catch (error) {
      if (!(error instanceof FormatError) || error.code !== 'RDB_EMPTY') throw error
      this.emptyKeys++
      this.inValue = false
      return
    }
    this.inValue = false
    digest.endEntry()
    this.builder.countEntries(db, logical, 1)
    if (expiresAtMs !== null) this.builder.database(db).expires++
    if (this.eachKey) this.rows.add(db, c.memory, c.pinStart, c.pinEnd, digest.valueHex())
    if (r.entries % TELL_EVERY === 0) this.host.counters[RECORDS] += TELL_EVERY
  }

  /** What only the digest objects to has no offset of its own. Outside of values there is no key to tell. */
  private placeOf(r: RdbReader, error: FormatError): Omit<Place, 'file'> {
    if (!this.inValue) return {}
    const offset = error.offset === 0 ? r.typeOffset : error.offset
    return {offset, record: r.entries, db: r.db, key: keyOf(r)}
  }

  private record(r: RdbReader, opcode: number): void {
    const {report} = this.builder
    if (opcode === RdbOpcode.AUX) report.producer = producerOf(r.record, report.producer)
    const code = libraryCode(r.record, opcode)
    if (code === null) return
    report.functions.push(libraryName(code))
    this.digest ??= this.make(report.producer)
    this.digest.library(code)
  }
}
