import {DigestSink} from '../engine/digest/digest-sink.ts'
import type {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {IgnoringVisitor} from '../engine/values/ignoring.ts'
import type {Entry} from '../formats/entry.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {canCopy} from '../formats/rdb/features.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import type {Holder} from './convert-plan.ts'

/**
 * Writes nothing: digests what another writer would copy. What that would write anew is digested by the ConvertSink before it, which
 * shows both without what is lost.
 */
export class DigestingWriter implements EntryWriter {
  private readonly visit = new IgnoringVisitor()
  private readonly sink: DigestSink
  private readonly holder: Holder
  private counted = false

  /** `memory` is that of the digest. */
  constructor(digest: FullDigest, holder: Holder, memory: HashMemory) {
    this.holder = holder
    this.sink = new DigestSink(digest, () => void (this.counted = true), digest, memory)
  }

  header(): void {}
  record(): void {}
  library(): void {}
  database(): void {}

  copies({from, type}: Entry): boolean {
    const {copies, target} = this.holder
    return copies && from !== null && canCopy(type, from, target)
  }

  copy(entry: Entry): boolean {
    this.counted = false
    this.sink.entry(entry)
    return this.counted
  }

  begin(): ValueVisitor {
    return this.visit
  }

  end(): boolean {
    return true
  }

  finish(): void {}
}
