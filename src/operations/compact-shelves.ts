/** Writes the entries of a part and nothing else, and knows where each shelf of them begins. */
import {IgnoringVisitor} from '../engine/values/ignoring.ts'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import type {Entry} from '../formats/entry.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import type {Feature, Target} from '../formats/rdb/features.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {RdbWriter} from '../formats/rdb/writer.ts'
import type {Form} from './convert-target.ts'

/** Entries that lie together in a file of one part. */
export interface Shelf {
  db: number
  shelf: number
  bytes: number
}

/** What entries are written as, without anything around them. */
interface Entries {
  begin(entry: Entry): ValueVisitor
  end(): boolean
  /** Bytes so far. */
  readonly written: number
  finish(): void
}

export class EntriesOnly implements EntryWriter {
  readonly shelves: Shelf[] = []
  readonly libraries: Uint8Array[] = []
  private readonly entries: Entries
  private began = 0

  /** `sink` null: nothing is written at all. */
  constructor(
    sink: PatchableSink | null,
    kernel: Kernel,
    {form, target, lost}: {form: Form; target: Target; lost: readonly Feature[]},
  ) {
    const drop = new Set(lost)
    if (sink === null) this.entries = nothing()
    else if (form === 'commands') this.entries = commands(sink, {...target, drop})
    else this.entries = rdbEntries(new RdbWriter(sink, kernel, {...target, drop, checksum: false}))
  }

  get bytes(): number {
    return this.entries.written
  }

  /** What comes is of this shelf. */
  beginShelf(db: number, shelf: number): void {
    this.endShelf()
    this.shelves.push({db, shelf, bytes: 0})
  }

  header(): void {}
  record(): void {}
  database(): void {}
  copies(): boolean {
    return false
  }
  copy(): boolean {
    return false
  }

  library(code: Uint8Array): void {
    this.libraries.push(code)
  }

  begin(entry: Entry): ValueVisitor {
    return this.entries.begin(entry)
  }

  end(): boolean {
    return this.entries.end()
  }

  finish(): void {
    this.endShelf()
    this.entries.finish()
  }

  private endShelf(): void {
    const {written} = this.entries
    const last = this.shelves.at(-1)
    if (last) last.bytes = written - this.began
    this.began = written
  }
}

function nothing(): Entries {
  const visit = new IgnoringVisitor()
  return {begin: () => visit, end: () => true, written: 0, finish() {}}
}

function commands(sink: Sink, options: Target & {drop: ReadonlySet<Feature>}): Entries {
  let written = 0
  const counting: Sink = {
    write(memory, start, end) {
      written += end - start
      sink.write(memory, start, end)
    },
  }
  const writer = new AofEntryWriter(new AofRewriter(counting, options))
  return {
    begin: (entry) => writer.begin(entry),
    end: () => writer.end(),
    get written() {
      return written
    },
    finish() {},
  }
}

function rdbEntries(writer: RdbWriter): Entries {
  return {
    begin: (entry) => writer.beginEntry(entry),
    end: () => writer.hasEntry,
    get written() {
      return writer.out.written
    },
    // Eight bytes in place of a checksum come behind the last entry; nobody reads them.
    finish: () => writer.out.finish(),
  }
}
