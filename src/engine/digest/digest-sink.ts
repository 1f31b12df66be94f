import type {Entry, EntrySink} from '../../formats/entry.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {DatasetDigest} from './dataset-digest.ts'
import {addressOf, type HashMemory} from './hash-memory.ts'

/** Digests what comes. `digest` must have been made over the memory that the source's entries lie in. */
export class DigestSink implements EntrySink {
  private readonly digest: DatasetDigest
  private readonly each: ((entry: Entry) => void) | null
  private readonly visit: ValueVisitor
  private readonly memory: HashMemory | null

  /**
   * `each` is called behind every key; values are seen through `visit`, which passes them on to the digest. `memory` is that of the
   * digest, where keys may lie elsewhere: those that were given other names.
   */
  constructor(
    digest: DatasetDigest,
    each: ((entry: Entry) => void) | null = null,
    visit: ValueVisitor = digest,
    memory: HashMemory | null = null,
  ) {
    this.digest = digest
    this.each = each
    this.visit = visit
    this.memory = memory
  }

  library(code: Uint8Array): void {
    this.digest.library(code)
  }

  entry(entry: Entry): void {
    const {digest, memory} = this
    const {db, logical, keyStart, keyEnd, expiresAtMs} = entry
    const at = memory === null ? keyStart : addressOf(memory, entry.memory, keyStart, keyEnd)
    digest.beginEntry(db, logical, at, at + keyEnd - keyStart, expiresAtMs)
    if (!entry.readValue(this.visit)) return
    digest.endEntry()
    this.each?.(entry)
  }
}
