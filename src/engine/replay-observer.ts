/** What replay tells whoever looks on. */
import type {AofReader} from '../formats/aof/reader.ts'
import type {Call} from './call.ts'
import type {Command} from './commands/row.ts'

/** Where a record stands in its file, and the last time annotation before it. */
export interface RecordPlace extends Pick<AofReader, 'offset' | 'bytes' | 'record' | 'timestamp'> {
  /** Where the MULTI stands that it waited behind; not there outside of transactions. */
  readonly transaction?: number
}

/** Sees commands as they are applied; those of a transaction when it is executed. Their arguments are in the call. */
export interface ReplayObserver {
  /** Returns whether `after` is to be called too. */
  before(call: Call, command: Command, place: RecordPlace): boolean
  /** `applied`: it did not fail. */
  after(call: Call, command: Command, place: RecordPlace, applied: boolean): void
}
