/** The part of `digest` that reads one RDB. */
import type {DatasetDigest} from '../engine/digest/dataset-digest.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {DatasetHeader, Entry, EntrySink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {type Host, RECORDS} from '../io/host.ts'
import {keyOf, libraryName, producerOf} from './check-rdb.ts'
import {DigestRows} from './digest-rows.ts'
import type {Place, ReportBuilder} from './report-builder.ts'

/** Progress is told every so many keys. */
const TELL_EVERY = 4096

export class DigestRdb implements EntrySink {
  /** Keys whose collection has no element: servers from 6.2 on leave them out when they load the file. */
  emptyKeys = 0
  readonly rows = new DigestRows()
  private readonly builder: ReportBuilder
  private readonly host: Host
  private readonly eachKey: boolean
  /** Which rules to follow is known only when the AUX fields have been read. */
  private readonly make: (producer: string | null) => DatasetDigest
  private digest: DatasetDigest | null = null
  private sink: DigestSink | null = null
  private inValue = false
  private counted = false

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
    const r = new RdbReader(c)
    try {
      readEntries(r, this, (entries) => {
        if (entries % TELL_EVERY === 0) this.host.counters[RECORDS] += TELL_EVERY
      })
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      this.builder.addError(error, {file, ...this.placeOf(r, error)})
    }
  }

  finish(): string {
    return this.begun().finish()
  }

  header({source}: DatasetHeader): void {
    const {report} = this.builder
    report.rdbVersion ??= source!.version
    report.dialect ??= source!.dialect === 'valkey' ? 'valkey' : 'redis'
  }

  record(opcode: number, fields: RecordFields): void {
    const {report} = this.builder
    if (opcode === RdbOpcode.AUX) report.producer = producerOf(fields, report.producer)
  }

  library(code: Uint8Array): void {
    this.builder.report.functions.push(libraryName(code))
    this.begun().library(code)
  }

  entry(entry: Entry): void {
    this.begun()
    this.inValue = true
    this.counted = false
    this.sink!.entry(entry)
    this.inValue = false
    if (!this.counted) this.emptyKeys++
  }

  private begun(): DatasetDigest {
    this.digest ??= this.make(this.builder.report.producer)
    this.sink ??= new DigestSink(this.digest, (entry) => this.count(entry))
    return this.digest
  }

  private count({db, logical, expiresAtMs, memory, keyStart, keyEnd}: Entry): void {
    const {builder} = this
    this.counted = true
    builder.countEntries(db, logical, 1)
    if (expiresAtMs !== null) builder.database(db).expires++
    if (this.eachKey) this.rows.add(db, memory, keyStart, keyEnd, this.digest!.valueHex())
  }

  /** What only the digest objects to has no offset of its own. Outside of values there is no key to tell. */
  private placeOf(r: RdbReader, error: FormatError): Omit<Place, 'file'> {
    if (!this.inValue) return {}
    const offset = error.offset === 0 ? r.typeOffset : error.offset
    return {offset, record: r.entries, db: r.db, key: keyOf(r)}
  }
}
