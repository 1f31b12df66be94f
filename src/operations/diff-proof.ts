/**
 * Applies a patch before it is published: to what A holds of the keys that it touches, on the embedded engine. What comes out has to
 * have the full digest of what B holds of them. Of a value that is overwritten or removed as a whole, it does not matter what it was.
 */
import {FullDigest} from '../engine/digest/full-digest.ts'
import {addressOf, type HashMemory} from '../engine/digest/hash-memory.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Entry} from '../formats/entry.ts'
import {FEATURES, type Feature, type TargetDialect, WRITABLE} from '../formats/rdb/features.ts'
import {LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import type {Host} from '../io/host.ts'
import {ScratchFile} from '../io/scratch-file.ts'
import {readBackCommands, unlike} from './convert-proof.ts'

const EMPTY = new Uint8Array(0)

export class PatchProof {
  private readonly lost: ReadonlySet<Feature>
  private readonly scratch: ScratchFile
  private readonly rewriter: AofRewriter
  private readonly sums: ReturnType<FullDigest['totals']>[] = []
  private readonly libraries: Uint8Array[] = []
  private memory: HashMemory | null = null
  private digest: FullDigest | null = null
  private visit: ValueVisitor | null = null
  private keys = 0
  private db = -1

  /** `lost` is what neither the patch nor the comparison knows of. */
  constructor(lost: ReadonlySet<Feature>, dialect: TargetDialect) {
    this.lost = lost
    this.scratch = new ScratchFile()
    const version = WRITABLE[dialect].at(-1)!
    const drop = new Set(Object.keys(FEATURES) as Feature[])
    this.rewriter = new AofRewriter(this.scratch, {dialect, version, drop})
  }

  begin(memory: HashMemory): void {
    this.memory = memory
    this.digest = new FullDigest(memory)
    this.visit = new LossyVisitor(this.digest, this.lost, 'ignored')
  }

  /** Entries of B are over for now: another reading may follow. */
  end(): void {
    this.sums.push(this.digest!.totals())
  }

  library(before: Uint8Array | undefined, after: Uint8Array | undefined): void {
    if (before) this.rewriter.functionLibrary(before)
    if (after) this.libraries.push(after)
  }

  /** Make the key of A that the patch will find. Where its value matters, that goes to the visitor. */
  before(entry: Entry, matters: boolean): ValueVisitor | null {
    const {rewriter} = this
    this.clear(entry)
    const visit = rewriter.beginEntry(entry)
    if (matters) return visit
    placeholder(visit)
    return null
  }

  /** A value of B goes to the visitor. */
  value(entry: Entry): ValueVisitor {
    this.beginDigest(entry)
    return this.visit!
  }

  endValue(): void {
    this.digest!.endEntry()
    this.keys++
  }

  /** Only the expiry of a key is another one: its value does not matter either. */
  expiry(entry: Entry, aExpiresAtMs: number | null): void {
    const {rewriter} = this
    const {db, memory, keyStart, keyEnd, expiresAtMs} = entry
    this.clear(entry)
    placeholder(rewriter.beginEntry({memory, keyStart, keyEnd, expiresAtMs: aExpiresAtMs}))
    this.beginDigest({db, logical: 'string', memory, keyStart, keyEnd, expiresAtMs})
    placeholder(this.digest!)
    this.endValue()
  }

  /** Apply the patch at `path`. Returns what it comes to. @throws RespiteError `UNLIKE` */
  prove(host: Host, path: string): {keys: number; digest: string} {
    const {scratch, lost, keys} = this
    scratch.finish()
    const expected = new FullDigest(new Cursor(host.kernel))
    for (const code of this.libraries) expected.library(code)
    for (const totals of this.sums) expected.addTotals(totals)
    const digest = expected.finish()
    const files = [scratch.path, path].map((each) => ({path: each, name: each}))
    const back = readBackCommands(host, files, lost)
    host.settle(scratch.path)
    if (back.entries !== keys) throw unlike(path, `${back.entries} keys instead of ${keys}`)
    if (back.digest !== digest) throw unlike(path, `digest ${back.digest} instead of ${digest}`)
    return {keys, digest}
  }

  discard(): void {
    this.scratch.remove()
  }

  /** A value that did not fit may come again. */
  private clear({db, memory, keyStart, keyEnd}: Entry): void {
    const {rewriter} = this
    if (db !== this.db) rewriter.selectDb(db)
    this.db = db
    rewriter.record.addText('DEL')
    rewriter.record.add(memory, keyStart, keyEnd)
    rewriter.record.end()
  }

  private beginDigest(
    entry: Pick<Entry, 'db' | 'logical' | 'memory' | 'keyStart' | 'keyEnd' | 'expiresAtMs'>,
  ): void {
    const {db, logical, memory, keyStart, keyEnd, expiresAtMs} = entry
    const at = addressOf(this.memory!, memory, keyStart, keyEnd)
    this.digest!.beginEntry(db, logical, at, at + keyEnd - keyStart, expiresAtMs)
  }
}

/** A string of no bytes. */
function placeholder(visit: ValueVisitor): void {
  visit.begin('string', 0, 0)
  visit.piece(EMPTY, 0, 0)
  visit.end()
}
