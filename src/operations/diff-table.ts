/**
 * The keys of one side by their hashes, 40 bytes each and about 6 for the index over them:
 *
 *     3 x u32 hash of database and key | 4 x u32 hash of type and content | u32 ordinal in its input | f64 expiry, NaN for none
 *
 * That keys of different hashes differ is certain. That keys of the same hash are the same holds as far as SHA-1 cut to 96 bits does,
 * and of contents cut to 128.
 */
import {DIGEST_ROWS} from '../formats/kernel/layout.ts'

const ROWS = 0x8000
const WORDS = 8
const ORDINAL = 7
const FIRST_SLOTS = 0x10000
const MIX = 0x9e3779b1
const ROW_BYTES = 32

interface Chunk {
  readonly words: Uint32Array
  readonly expiries: Float64Array
  /** By row: 1 where the other side has the key. */
  readonly matched: Uint8Array
}

const CHUNK_BYTES = ROWS * (WORDS * 4 + 8 + 1)

/** There is more than fits: the dataset has to be taken in smaller parts. */
export class TableFull extends Error {
  override readonly name = 'TableFull'
}

export class KeyTable {
  count = 0
  private readonly maxBytes: number
  private readonly chunks: Chunk[] = []
  private slots = new Uint32Array(FIRST_SLOTS)

  constructor(maxBytes: number) {
    this.maxBytes = Math.max(maxBytes, CHUNK_BYTES + FIRST_SLOTS * 4)
  }

  /** Add the row at index `row` of DIGEST_ROWS. Returns false when the key is there already. @throws TableFull */
  add(view: DataView, row: number, ordinal: number, expiresAtMs: number | null): boolean {
    const at = DIGEST_ROWS + row * ROW_BYTES
    const slot = this.slotOf(view, at)
    if (this.slots[slot] !== 0) return false
    const {count} = this
    if (count % ROWS === 0) this.grow()
    const {words, expiries} = this.chunks[this.chunks.length - 1]
    const base = (count % ROWS) * WORDS
    for (let i = 0; i < ORDINAL; i++) words[base + i] = view.getUint32(at + i * 4, true)
    words[base + ORDINAL] = ordinal
    expiries[count % ROWS] = expiresAtMs ?? Number.NaN
    this.slots[slot] = ++this.count
    if (this.count * 4 > this.slots.length * 3) this.rehash()
    return true
  }

  /** The number of the key that is at index `row` of DIGEST_ROWS, -1 when it is not there. */
  find(view: DataView, row: number): number {
    return this.slots[this.slotOf(view, DIGEST_ROWS + row * ROW_BYTES)] - 1
  }

  /** Is the content the same as that at index `row` of DIGEST_ROWS? */
  hasContent(key: number, view: DataView, row: number): boolean {
    const {words} = this.chunks[Math.floor(key / ROWS)]
    const base = (key % ROWS) * WORDS
    const at = DIGEST_ROWS + row * ROW_BYTES
    for (let i = 3; i < ORDINAL; i++) {
      if (words[base + i] !== view.getUint32(at + i * 4, true)) return false
    }
    return true
  }

  ordinal(key: number): number {
    return this.chunks[Math.floor(key / ROWS)].words[(key % ROWS) * WORDS + ORDINAL]
  }

  expiresAtMs(key: number): number | null {
    const ms = this.chunks[Math.floor(key / ROWS)].expiries[key % ROWS]
    return Number.isNaN(ms) ? null : ms
  }

  /** Note that the other side has the key. Returns false when that was known. */
  match(key: number): boolean {
    const {matched} = this.chunks[Math.floor(key / ROWS)]
    if (matched[key % ROWS] === 1) return false
    matched[key % ROWS] = 1
    return true
  }

  /** Ordinals of the keys that the other side has not, in ascending order. */
  *unmatched(): Generator<number, void, undefined> {
    for (let key = 0; key < this.count; key++) {
      const {matched} = this.chunks[Math.floor(key / ROWS)]
      if (matched[key % ROWS] === 0) yield this.ordinal(key)
    }
  }

  private slotOf(view: DataView, at: number): number {
    const a = view.getUint32(at, true)
    const b = view.getUint32(at + 4, true)
    const c = view.getUint32(at + 8, true)
    const {slots} = this
    const mask = slots.length - 1
    for (let slot = slotFor(a, b, c, mask); ; slot = (slot + 1) & mask) {
      const key = slots[slot] - 1
      if (key < 0) return slot
      const {words} = this.chunks[Math.floor(key / ROWS)]
      const base = (key % ROWS) * WORDS
      if (words[base] === a && words[base + 1] === b && words[base + 2] === c) return slot
    }
  }

  private grow(): void {
    this.refuse((this.chunks.length + 1) * CHUNK_BYTES + this.slots.length * 4)
    this.chunks.push({
      words: new Uint32Array(ROWS * WORDS),
      expiries: new Float64Array(ROWS),
      matched: new Uint8Array(ROWS),
    })
  }

  private rehash(): void {
    // Both tables are there for a moment.
    this.refuse(this.chunks.length * CHUNK_BYTES + this.slots.length * 12)
    const slots = new Uint32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let key = 0; key < this.count; key++) {
      const {words} = this.chunks[Math.floor(key / ROWS)]
      const base = (key % ROWS) * WORDS
      let slot = slotFor(words[base], words[base + 1], words[base + 2], mask)
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = key + 1
    }
    this.slots = slots
  }

  private refuse(bytes: number): void {
    if (bytes > this.maxBytes) throw new TableFull()
  }
}

/** The third word too: all that tells databases apart is in it. */
function slotFor(a: number, b: number, c: number, mask: number): number {
  const mixed = Math.imul(a ^ Math.imul(b ^ c, MIX), MIX)
  return (mixed ^ (mixed >>> 15)) & mask
}
