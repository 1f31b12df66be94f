/**
 * A dataset as one document, as redis-rdb-tools and rdb-cli write it: an array with one object of keys for each database. It holds
 * keys and values and nothing else.
 */
import {Cursor} from '../bytes/cursor.ts'
import type {DatasetHeader, Entry} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import type {TextMemory, TextOutput} from '../text-output.ts'
import type {ViewGuard} from '../view-guard.ts'
import {JsonRuns} from './json-runs.ts'
import {JsonValueWriter} from './value-writer.ts'

export class JsonEntryWriter implements EntryWriter {
  readonly runs?: JsonRuns
  private readonly out: TextOutput
  private readonly guard: ViewGuard
  private readonly values: JsonValueWriter
  private entry: Entry | null = null
  private databases = 0
  private keys = 0

  constructor(out: TextOutput, c: TextMemory, guard: ViewGuard) {
    this.guard = guard
    this.out = out
    if (c instanceof Cursor) {
      this.runs = new JsonRuns(c, out, 'document', (entries) => void (this.keys += entries))
    }
    this.values = new JsonValueWriter(
      out,
      c,
      'document',
      () => this.head(),
      () => guard.refuse('hash-field-ttl'),
    )
  }

  header({source}: DatasetHeader): void {
    this.out.byte(0x5b)
    if (source) this.runs?.begin(source.dialect, () => ':')
    this.runs?.database(',\n')
  }

  record(opcode: number): void {
    this.guard.record(opcode)
  }

  library(): void {
    this.guard.refuse('functions')
  }

  database(): void {
    this.out.ascii(this.databases++ === 0 ? '{' : '\n},{')
    this.keys = 0
    if (this.runs) this.runs.skip = 1
  }

  copies(): boolean {
    return false
  }

  copy(): boolean {
    throw new Error('a document holds no bytes of an RDB')
  }

  begin(entry: Entry): ValueVisitor {
    this.guard.entry(entry)
    this.entry = entry
    return this.values
  }

  end(): boolean {
    return !this.values.isEmpty
  }

  finish(): void {
    this.out.ascii(this.databases === 0 ? ']\n' : '\n}]\n')
    this.out.flush()
  }

  private head(): void {
    const {out, values} = this
    const {memory, keyStart, keyEnd} = this.entry!
    out.ascii(this.keys++ === 0 ? '\n' : ',\n')
    if (this.runs) this.runs.skip = 0
    values.text(memory, keyStart, keyEnd)
    out.byte(0x3a)
  }
}
