import type {Entry, EntrySink} from '../../formats/entry.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {DatasetDigest} from './dataset-digest.ts'

/** Digests what comes. `digest` must have been made over the memory that the source's entries lie in. */
export class DigestSink implements EntrySink {
  private readonly digest: DatasetDigest
  private readonly each: ((entry: Entry) => void) | null
  private readonly visit: ValueVisitor

  /** `each` is called behind every key; values are seen through `visit`, which passes them on to the digest. */
  constructor(
    digest: DatasetDigest,
    each: ((entry: Entry) => void) | null = null,
    visit: ValueVisitor = digest,
  ) {
    this.digest = digest
    this.each = each
    this.visit = visit
  }

  library(code: Uint8Array): void {
    this.digest.library(code)
  }

  entry(entry: Entry): void {
    const {digest} = this
    const {db, logical, keyStart, keyEnd, expiresAtMs} = entry
    digest.beginEntry(db, logical, keyStart, keyEnd, expiresAtMs)
    if (!entry.readValue(this.visit)) return
    digest.endEntry()
    this.each?.(entry)
  }
}
