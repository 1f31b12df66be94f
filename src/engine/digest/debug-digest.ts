/**
 * DEBUG DIGEST and DEBUG DIGEST-VALUE, as the servers compute them; the kernel digest.ts has the rules.
 *
 *     final = 0; for each database with keys, ascending: mix(final, u32be database), then xor the digests of its keys
 *
 * Keys of several databases may come in any order: each database has a total of its own, and they are combined in the end.
 * Source: computeDatasetDigest() in debug.c.
 */
import {FormatError} from '../../formats/errors.ts'
import {
  DIGEST_CHAIN,
  DIGEST_CONTENT,
  DIGEST_MARKS,
  DIGEST_TEMP,
  DIGEST_TEXT,
  DIGEST_TOTAL,
  DIGEST_TYPES,
  DIGEST_VALUE,
} from '../../formats/kernel/layout.ts'
import {type LogicalType, RdbType} from '../../formats/rdb/types.ts'
import {fillScorePowers, writeScore} from '../../formats/score-text.ts'
import type {DatasetDigest, Totals} from './dataset-digest.ts'
import {DebugModule} from './debug-module.ts'
import {
  addressOf,
  HASH_WORDS,
  type HashMemory,
  hashHex,
  readHash,
  writeDecimal,
  writeText,
} from './hash-memory.ts'
import type {DigestRules} from './rules.ts'

/** How the kernel puts elements together. */
const TEXT = 0
const MEMBERS = 1
const PAIRS = 2
const CHAIN = 3

/** Number of each type in the digest, and how its elements come together. */
const TYPES: Readonly<Record<LogicalType, readonly [type: number, how: number]>> = {
  string: [0, TEXT],
  list: [1, CHAIN],
  set: [2, MEMBERS],
  zset: [3, PAIRS],
  hash: [4, PAIRS],
  // What a module adds is its own secret, but for vector sets.
  module: [5, MEMBERS],
  stream: [6, CHAIN],
  array: [7, CHAIN],
}
const TYPE_COUNT = 9

/** Up to these, loaders make a listpack of a sorted set: zset-max-listpack-entries and -value. */
const SMALL_COUNT = 128
const SMALL_BYTES = 64
/** DEBUG DIGEST walks over the gaps of an array, some 200 ns each. */
const MOST_GAPS = 0x10000000n

export class DebugDigest implements DatasetDigest {
  private readonly c: HashMemory
  private readonly rules: DigestRules
  private readonly eachValue: number
  private readonly sums = new Map<number, Uint32Array>()
  private db = -1
  private logical: LogicalType = 'string'
  private expires = 0
  /** The sorted set being read would be made a listpack, as far as can be told. */
  private small = false
  private hadZero = false
  private readonly module: DebugModule
  private nextCell = 0n
  private gaps = 0n

  constructor(c: HashMemory, rules: DigestRules, eachValue = false) {
    this.c = c
    this.module = new DebugModule(c)
    this.rules = rules
    this.eachValue = eachValue ? 1 : 0
    const {kernel, view} = c
    for (let type = 0; type < TYPE_COUNT; type++) {
      view.setUint32(DIGEST_TEXT, type)
      kernel.sha1(DIGEST_TEXT, DIGEST_TEXT + 4, DIGEST_TYPES + type * 32)
    }
    this.hashText('!!expire!!', DIGEST_MARKS)
    this.hashText('!!hexpire!!', DIGEST_MARKS + 32)
    fillScorePowers(view)
    kernel.digestStart(this.eachValue)
  }

  beginEntry(
    db: number,
    logical: LogicalType,
    keyStart: number,
    keyEnd: number,
    expiresAtMs: number | null,
  ): void {
    if (db !== this.db) this.select(db)
    const [number, how] = TYPES[logical]
    this.logical = logical
    this.expires = expiresAtMs === null ? 0 : 1
    this.small = false
    this.hadZero = false
    this.nextCell = 0n
    this.gaps = 0n
    this.c.kernel.digestBegin(how, number, keyStart, keyEnd)
  }

  endEntry(): void {
    const {kernel} = this.c
    if (this.hadZero && !this.small) kernel.digestOther()
    kernel.digestEnd(this.expires)
  }

  library(): void {}

  valueHex(): string {
    return hashHex(this.c, DIGEST_VALUE)
  }

  totals(): Totals {
    if (this.db >= 0) this.select(-1)
    return this.sums
  }

  addTotals(totals: Totals): void {
    for (const [db, total] of totals) this.addTotal(db, total)
  }

  finish(): string {
    this.totals()
    const {c} = this
    const {kernel} = c
    for (let i = 0; i < HASH_WORDS; i++) c.view.setUint32(DIGEST_CHAIN + i * 4, 0)
    for (const [db, total] of [...this.sums].sort(([a], [b]) => a - b)) {
      c.view.setUint32(DIGEST_TEXT, db)
      kernel.sha1(DIGEST_TEXT, DIGEST_TEXT + 4, DIGEST_TEMP)
      kernel.sha1Mix(DIGEST_CHAIN, DIGEST_TEMP)
      for (let i = 0; i < HASH_WORDS; i++) {
        const at = DIGEST_CHAIN + i * 4
        c.view.setUint32(at, c.view.getUint32(at, true) ^ total[i], true)
      }
    }
    return hashHex(c, DIGEST_CHAIN)
  }

  begin(_logical: LogicalType, type: number, count: number): void {
    // A packed one is kept as it is.
    const isPlain = type === RdbType.ZSET || type === RdbType.ZSET_2
    this.small = isPlain && this.rules.smallZeros && count <= SMALL_COUNT
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    const at = addressOf(c, memory, start, end)
    if (this.logical === 'string') c.kernel.digestPiece(at, at + end - start)
    else this.module.piece(at, at + end - start)
  }

  member(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    const at = addressOf(c, memory, start, end)
    if (end - start > SMALL_BYTES) this.small = false
    c.kernel.digestFirst(at, at + end - start)
  }

  score(score: number): void {
    const {c} = this
    const signedZero = this.small && Object.is(score, -0)
    const end = writeScore(c, signedZero ? 0 : score, this.rules.scores, DIGEST_TEXT)
    c.kernel.digestSecond(DIGEST_TEXT, end)
    if (!signedZero) return
    this.hadZero = true
    c.kernel.digestEither(DIGEST_TEXT, writeText(c, '-0', DIGEST_TEXT))
  }

  field(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    const at = addressOf(c, memory, start, end)
    c.kernel.digestFirst(at, at + end - start)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    const {c} = this
    const at = addressOf(c, memory, start, end)
    if (this.logical === 'hash') c.kernel.digestSecond(at, at + end - start)
    else c.kernel.digestFirst(at, at + end - start)
  }

  fieldExpiry(): void {
    if (this.rules.fieldExpiry) this.c.kernel.digestMark()
  }

  entry(memory: Uint8Array, idStart: number): void {
    const {c} = this
    const point = writeDecimal(c, u32(memory, idStart), u32(memory, idStart + 4), DIGEST_TEXT)
    c.memory[point] = 0x2e
    const [high, low] = [u32(memory, idStart + 8), u32(memory, idStart + 12)]
    c.kernel.digestFirst(DIGEST_TEXT, writeDecimal(c, high, low, point + 1))
  }

  cell(index: bigint): void {
    const gap = index - this.nextCell
    this.nextCell = index + 1n
    this.gaps += gap
    if (gap < 0n) this.refuse('RDB_ARRAY', 'the cells of an array do not ascend')
    if (this.gaps > MOST_GAPS) {
      this.refuse('LIMIT', 'DEBUG DIGEST of an array with more than 2^28 gaps takes too long')
    }
    if (gap === 0n) return
    this.hashText('(null)', DIGEST_TEMP + 64)
    this.c.kernel.digestRepeat(DIGEST_TEMP + 64, Number(gap))
  }

  // Not part of DEBUG DIGEST.
  streamEnd(): void {}
  group(): void {}
  pending(): void {}
  consumer(): void {}
  owned(): void {}
  nacked(): void {}
  idmp(): void {}
  producer(): void {}
  iid(): void {}
  arrayMeta(): void {}

  moduleId(id: bigint): void {
    this.module.begin(id)
  }

  moduleItem(opcode: number, value: bigint | number): void {
    this.module.item(opcode, value)
  }

  end(): void {
    if (this.logical === 'module') this.module.end(DIGEST_CONTENT)
  }

  private hashText(text: string, out: number): void {
    const {c} = this
    c.kernel.sha1(DIGEST_TEXT, writeText(c, text, DIGEST_TEXT), out)
  }

  private addTotal(db: number, total: Uint32Array): void {
    const sum = this.sums.get(db) ?? new Uint32Array(HASH_WORDS)
    for (let i = 0; i < HASH_WORDS; i++) sum[i] ^= total[i]
    this.sums.set(db, sum)
  }

  private refuse(code: 'RDB_ARRAY' | 'LIMIT', detail: string): never {
    throw new FormatError(code, 0, detail)
  }

  /** Put what was added up to the totals, and go on with another database. */
  private select(db: number): void {
    const {c} = this
    if (this.db >= 0) {
      c.kernel.digestSettle()
      this.addTotal(this.db, readHash(c, DIGEST_TOTAL))
    }
    c.kernel.digestStart(this.eachValue)
    this.db = db
  }
}

/** Big-endian, in whatever memory a visitor was given. */
function u32(memory: Uint8Array, at: number): number {
  return memory[at] * 0x1000000 + ((memory[at + 1] << 16) | (memory[at + 2] << 8) | memory[at + 3])
}
