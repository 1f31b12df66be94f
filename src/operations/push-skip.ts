import type {DatasetHeader, Entry, EntrySink} from '../formats/entry.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'

/** Passes on what comes behind the first so many entries, and knows when the first of all expires. */
export class SkippingSink implements EntrySink {
  skipped = 0
  firstExpiryMs: number | null = null
  private readonly sink: EntrySink
  private readonly count: number
  private readonly told: (keys: number) => void
  private entries = 0

  constructor(sink: EntrySink, count: number, told: (keys: number) => void) {
    this.sink = sink
    this.count = count
    this.told = told
  }

  header(header: DatasetHeader): void {
    this.sink.header?.(header)
  }

  record(opcode: number, fields: RecordFields): void {
    this.sink.record?.(opcode, fields)
  }

  library(code: Uint8Array): void {
    this.sink.library(code)
  }

  database(db: number): void {
    this.sink.database?.(db)
  }

  entry(entry: Entry): void {
    const {expiresAtMs} = entry
    this.entries++
    if (
      expiresAtMs !== null &&
      !(this.firstExpiryMs !== null && this.firstExpiryMs <= expiresAtMs)
    ) {
      this.firstExpiryMs = expiresAtMs
    }
    if (this.entries > this.count) {
      this.sink.entry(entry)
      this.told(this.entries)
      return
    }
    if (entry.skipValue()) this.skipped++
  }
}
