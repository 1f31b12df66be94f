/** A dataset as rows: of keys, or of elements. */
import type {Entry} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import type {TextMemory} from '../text-output.ts'
import type {ViewGuard} from '../view-guard.ts'
import type {RowWriter} from './rows.ts'
import {TableVisitor} from './table-visitor.ts'

export class TableEntryWriter implements EntryWriter {
  private readonly rows: RowWriter
  private readonly guard: ViewGuard
  private readonly values: TableVisitor

  constructor(rows: RowWriter, c: TextMemory, guard: ViewGuard) {
    this.guard = guard
    this.rows = rows
    this.values = new TableVisitor(rows, c)
  }

  header(): void {}

  record(opcode: number): void {
    this.guard.record(opcode)
  }

  library(): void {
    this.guard.refuse('functions')
  }

  database(): void {}

  copies(): boolean {
    return false
  }

  copy(): boolean {
    throw new Error('a table holds no bytes of an RDB')
  }

  begin(entry: Entry): ValueVisitor {
    this.guard.entry(entry)
    this.values.entry_ = entry
    return this.values
  }

  end(): boolean {
    return !this.values.isEmpty
  }

  finish(): void {
    this.rows.finish()
  }
}
