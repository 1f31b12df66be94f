/** Writes a dataset in some format. Who calls decides, entry by entry, whether its bytes are copied or its value is written anew. */
import type {DatasetHeader, Entry, RunSink} from './entry.ts'
import type {RecordFields} from './rdb/opcodes.ts'
import type {ValueVisitor} from './rdb/visitor.ts'

export interface EntryWriter {
  /** Where runs of entries can be copied to, known when the header has been given. */
  readonly runs?: RunSink
  header(header: DatasetHeader): void
  /** A record of the source that is no entry. Those that do not belong into the output are left out. */
  record(opcode: number, fields: RecordFields): void
  library(code: Uint8Array): void
  database(db: number): void
  /** The bytes of the current entry can be copied. */
  copies(entry: Entry): boolean
  /** Write the entry with its bytes. Returns whether it is in the output now. */
  copy(entry: Entry): boolean
  /** Begin to write the entry anew; its value goes to the visitor. */
  begin(entry: Entry): ValueVisitor
  /** The value is over. Returns whether anything was written of the entry. */
  end(): boolean
  finish(): void
}
