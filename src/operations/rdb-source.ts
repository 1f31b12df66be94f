/** The entries of an RDB, as it goes by. */
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {fileTimeMs} from '../io/file-time.ts'
import {type Host, type InputFeed, RECORDS} from '../io/host.ts'
import {keyOf, producerOf, savedAtMs} from './check-rdb.ts'
import {type DatasetSource, firstError, type Shallow} from './dataset.ts'
import type {FileToLoad} from './load-dataset.ts'
import {hasCommands, startsText} from './log-tail.ts'
import type {ReportBuilder} from './report-builder.ts'

/** Progress is told every so many keys. */
const TELL_EVERY = 4096

export class RdbSource implements DatasetSource {
  readonly kind = 'rdb'
  readonly input: string
  readonly memory: Cursor
  readonly paths: readonly string[]
  readonly repeatable: boolean
  producer: string | null = null
  rdbVersion: number | null = null
  dialect: 'redis' | 'valkey' | null = null
  toldTimeMs: number | null = null
  private readonly host: Host
  private readonly file: FileToLoad
  private readonly builder: ReportBuilder
  /** What cannot be opened again. */
  private first: InputFeed | null

  constructor(host: Host, file: FileToLoad, builder: ReportBuilder, first: InputFeed | null) {
    this.host = host
    this.file = file
    this.builder = builder
    this.first = first
    this.input = builder.report.input
    this.memory = new Cursor(host.kernel)
    this.repeatable = first === null
    this.paths = first === null ? [file.path] : []
    if (first === null) this.lookAtHead()
  }

  /** Of stdin it is known once the AUX fields went by, which come before every entry. */
  get createdAtMs(): number {
    return this.toldTimeMs ?? (this.repeatable ? fileTimeMs(this.file.path) : 0)
  }

  read(sink: EntrySink, shallow: Shallow = false): void {
    const {memory: c, host, file} = this
    const [deep, checksum] = [!shallow, shallow !== true]
    const feed = this.first ?? host.open(file.path, {crc: checksum})
    const r = new RdbReader(c.open(feed), {keepRaw: true, deep, checksum})
    this.first = null
    try {
      readEntries(r, this.watched(sink), (entries) => {
        if (entries % TELL_EVERY === 0) host.counters[RECORDS] += TELL_EVERY
      })
      if (startsText(c) && hasCommands(c)) this.refuseTail(r.endOffset)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      const inEntry = r.entries > 0 && error.offset >= r.offset
      const entry = inEntry ? {record: r.entries, db: r.db, key: keyOf(r)} : {}
      this.builder.addError(error, {file: file.name, ...entry})
      throw firstError(this.builder)
    }
  }

  private refuseTail(offset: number): never {
    const message = 'commands follow an RDB that does not say it begins an append-only file'
    const meaning = 'A server applies them only where it loads the file as an append-only file.'
    const place = {file: this.file.name, offset}
    this.builder.add('RDB_TRAILING', message, place, {severity: 'error', meaning})
    throw firstError(this.builder)
  }

  private lookAtHead(): void {
    const r = new RdbReader(this.memory.open(this.host.open(this.file.path, {crc: false})), {
      deep: false,
      checksum: false,
    })
    try {
      r.readHeader()
      this.rdbVersion = r.version
      this.dialect = r.dialect === 'valkey' ? 'valkey' : 'redis'
      for (let opcode = r.next(); opcode > RdbRecord.ENTRY; opcode = r.next()) {
        if (opcode === RdbOpcode.AUX) this.note(r)
      }
    } catch (error) {
      // Reading all of it will tell.
      if (!(error instanceof FormatError)) throw error
    }
  }

  private note({record}: Pick<RdbReader, 'record'>): void {
    this.producer = producerOf(record, this.producer)
    this.toldTimeMs = savedAtMs(record, this.toldTimeMs)
  }

  private watched(sink: EntrySink): EntrySink {
    return {
      // Known when the header has been given.
      get runs() {
        return sink.runs
      },
      header: (header) => {
        this.rdbVersion = header.source!.version
        this.dialect = header.source!.dialect === 'valkey' ? 'valkey' : 'redis'
        sink.header?.(header)
      },
      record: (opcode, record) => {
        if (opcode === RdbOpcode.AUX) this.note({record})
        sink.record?.(opcode, record)
      },
      library: (code) => sink.library(code),
      database: (db) => sink.database?.(db),
      entry: (entry) => sink.entry(entry),
    }
  }
}
