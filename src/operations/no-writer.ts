import {IgnoringVisitor} from '../engine/values/ignoring.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'

/** Takes everything and writes nothing. */
export class NoWriter implements EntryWriter {
  private readonly visit = new IgnoringVisitor()

  header(): void {}
  record(): void {}
  library(): void {}
  database(): void {}
  copies(): boolean {
    return false
  }
  copy(): boolean {
    return false
  }
  begin(): ValueVisitor {
    return this.visit
  }
  end(): boolean {
    return true
  }
  finish(): void {}
}
