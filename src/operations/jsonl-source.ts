/** The entries of lines of JSON, as they go by. */
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {JsonlLine, JsonlReader} from '../formats/json/jsonl-reader.ts'
import {readJsonlEntries} from '../formats/json/read-jsonl-entries.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {fileTimeMs} from '../io/file-time.ts'
import {type Host, type InputFeed, RECORDS} from '../io/host.ts'
import {producerOf, savedAtMs} from './check-rdb.ts'
import {type DatasetSource, firstError} from './dataset.ts'
import {JsonlKeys} from './jsonl-keys.ts'
import type {FileToLoad} from './load-dataset.ts'
import type {ReportBuilder} from './report-builder.ts'
import {reportBytes} from './report-builder.ts'

const TELL_EVERY = 4096

export class JsonlSource implements DatasetSource {
  readonly kind = 'jsonl'
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
  /** All of it was read: no key is there twice. */
  private hasTold = false

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

  get createdAtMs(): number {
    return this.toldTimeMs ?? (this.repeatable ? fileTimeMs(this.file.path) : 0)
  }

  read(sink: EntrySink): void {
    const r = this.open()
    const keys = this.hasTold ? null : new JsonlKeys(this.memory)
    const watched: EntrySink = {
      header: (header) => {
        this.noteHeader(r)
        sink.header?.(header)
      },
      record: (opcode, record) => {
        if (opcode === RdbOpcode.AUX) this.note(record)
        sink.record?.(opcode, record)
      },
      library: (code) => sink.library(code),
      database: (db) => sink.database?.(db),
      entry: (entry) => {
        keys?.add(r)
        sink.entry(entry)
      },
    }
    this.reading(r, () =>
      readJsonlEntries(r, watched, {
        told: (entries) => {
          if (entries % TELL_EVERY === 0) this.host.counters[RECORDS] += TELL_EVERY
        },
      }),
    )
    if (keys !== null) this.refuseTwins(keys)
    this.hasTold = true
  }

  /** A server would refuse what is made of a key that is there twice. */
  private refuseTwins(keys: JsonlKeys): void {
    for (;;) {
      if (keys.mayRepeat()) this.compare(keys)
      if (!keys.nextPass() || !this.repeatable) return
      this.readKeys((r) => keys.add(r))
    }
  }

  private compare(keys: JsonlKeys): void {
    if (this.repeatable) return this.readKeys((r) => keys.compare(r))
    this.builder.add('JSON_DUPLICATE', 'a key is there twice', {file: this.file.name})
    throw firstError(this.builder)
  }

  private readKeys(each: (r: JsonlReader) => void): void {
    const r = this.open()
    const sink: EntrySink = {
      library() {},
      entry(entry) {
        each(r)
        entry.skipValue()
      },
    }
    this.reading(r, () => readJsonlEntries(r, sink))
  }

  private open(): JsonlReader {
    const {memory: c, host, file} = this
    const feed = this.first ?? host.open(file.path, {crc: false})
    this.first = null
    return new JsonlReader(c.open(feed))
  }

  private reading(r: JsonlReader, read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      const key =
        r.entries > 0 && r.isInKey
          ? {db: r.db, key: reportBytes(r.memory.slice(r.keyStart, r.keyEnd))}
          : {}
      const {code, message, offset, path} = error
      const meaning = 'Only respite reads this file; nothing of it was used.'
      const place = {file: this.file.name, offset, path, record: r.j.line, ...key}
      this.builder.add(code, message, place, {severity: 'error', meaning, next: undefined})
      throw firstError(this.builder)
    }
  }

  /** Header and AUX fields, which come first. */
  private lookAtHead(): void {
    const r = this.open()
    this.reading(r, () => {
      r.readHeader()
      this.noteHeader(r)
      while (r.next() === JsonlLine.RECORD) if (r.opcode === RdbOpcode.AUX) this.note(r.record)
    })
  }

  private noteHeader({version, dialect}: JsonlReader): void {
    this.rdbVersion = version
    this.dialect = dialect
  }

  private note(record: RecordFields): void {
    this.producer = producerOf(record, this.producer)
    this.toldTimeMs = savedAtMs(record, this.toldTimeMs)
  }
}
