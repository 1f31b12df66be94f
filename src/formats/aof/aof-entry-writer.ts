/** Commands as output of a conversion: those of a server's AOF rewrite. */
import type {Entry} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import type {AofRewriter} from './rewriter.ts'

export class AofEntryWriter implements EntryWriter {
  private readonly rewriter: AofRewriter

  constructor(rewriter: AofRewriter) {
    this.rewriter = rewriter
  }

  header(): void {}

  /** Records of a file have no commands. What of them is data was refused or dropped. */
  record(): void {}

  library(code: Uint8Array): void {
    this.rewriter.functionLibrary(code)
  }

  database(db: number): void {
    this.rewriter.selectDb(db)
  }

  copies(): boolean {
    return false
  }

  copy(): boolean {
    throw new Error('commands hold no bytes of an RDB')
  }

  begin(entry: Entry): ValueVisitor {
    return this.rewriter.beginEntry(entry)
  }

  end(): boolean {
    return this.rewriter.hasEntry
  }

  finish(): void {}
}
