/**
 * The keys of one side by their hashes, with about 6 bytes each for the index over them:
 *
 *     u32... hash of database and key | u32... hash of what it holds | u32 ordinal in its input | [f64 expiry, NaN for none]
 */
const ROWS = 0x8000
const FIRST_SLOTS = 0x10000
const MIX = 0x9e3779b1

/** How many words of 32 bits hashes have, as they lie one behind the other. */
export interface RowShape {
  key: 2 | 3
  content: number
  expiries: boolean
}

/**
 * SHA-1 of keys cut to 96 bits, of contents to 128: rows of FullDigest. That keys of different hashes differ is certain; that
 * those of the same hash are the same holds as far as SHA-1 does.
 */
export const DIGEST_SHAPE: RowShape = {key: 3, content: 4, expiries: true}
/** Pairs of keyed hashes of entries, 64 bits each. */
export const PAIR_SHAPE: RowShape = {key: 2, content: 2, expiries: false}

interface Chunk {
  readonly words: Uint32Array
  readonly expiries: Float64Array
  /** By row: 1 where the other side has the key. */
  readonly matched: Uint8Array
}

/** There is more than fits: the dataset has to be taken in smaller parts. */
export class TableFull extends Error {
  override readonly name = 'TableFull'
}

export class KeyTable {
  count = 0
  private readonly maxBytes: number
  private readonly keyWords: number
  /** Where in a row the ordinal is, behind the hashes. */
  private readonly ordinalWord: number
  private readonly rowWords: number
  private readonly hasExpiries: boolean
  private readonly chunkBytes: number
  private readonly chunks: Chunk[] = []
  private slots = new Uint32Array(FIRST_SLOTS)

  constructor(maxBytes: number, {key, content, expiries}: RowShape) {
    this.keyWords = key
    this.ordinalWord = key + content
    this.rowWords = key + content + 1
    this.hasExpiries = expiries
    this.chunkBytes = ROWS * (this.rowWords * 4 + (expiries ? 8 : 0) + 1)
    this.maxBytes = Math.max(maxBytes, this.chunkBytes + FIRST_SLOTS * 4)
  }

  /** Add the hashes at `at`. Returns false when the key is there already. @throws TableFull */
  add(view: DataView, at: number, ordinal: number, expiresAtMs: number | null): boolean {
    const {rowWords, ordinalWord} = this
    const slot = this.slotOf(view, at)
    if (this.slots[slot] !== 0) return false
    const {count} = this
    if (count % ROWS === 0) this.grow()
    const {words, expiries} = this.chunks[this.chunks.length - 1]
    const base = (count % ROWS) * rowWords
    for (let i = 0; i < ordinalWord; i++) words[base + i] = view.getUint32(at + i * 4, true)
    words[base + ordinalWord] = ordinal
    if (this.hasExpiries) expiries[count % ROWS] = expiresAtMs ?? Number.NaN
    this.slots[slot] = ++this.count
    if (this.count * 4 > this.slots.length * 3) this.rehash()
    return true
  }

  /** The number of the key whose hashes are at `at`, -1 when it is not there. */
  find(view: DataView, at: number): number {
    return this.slots[this.slotOf(view, at)] - 1
  }

  /** Is what the key holds the same as what the hashes at `at` say? */
  hasContent(key: number, view: DataView, at: number): boolean {
    const {words} = this.chunks[Math.floor(key / ROWS)]
    const base = (key % ROWS) * this.rowWords
    for (let i = this.keyWords; i < this.ordinalWord; i++) {
      if (words[base + i] !== view.getUint32(at + i * 4, true)) return false
    }
    return true
  }

  ordinal(key: number): number {
    return this.chunks[Math.floor(key / ROWS)].words[
      (key % ROWS) * this.rowWords + this.ordinalWord
    ]
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
    const three = this.keyWords === 3
    const c = three ? view.getUint32(at + 8, true) : 0
    const {slots} = this
    const mask = slots.length - 1
    for (let slot = slotFor(a, b, c, mask); ; slot = (slot + 1) & mask) {
      const key = slots[slot] - 1
      if (key < 0) return slot
      const {words} = this.chunks[Math.floor(key / ROWS)]
      const base = (key % ROWS) * this.rowWords
      if (words[base] !== a || words[base + 1] !== b) continue
      if (!three || words[base + 2] === c) return slot
    }
  }

  private grow(): void {
    this.refuse((this.chunks.length + 1) * this.chunkBytes + this.slots.length * 4)
    this.chunks.push({
      words: new Uint32Array(ROWS * this.rowWords),
      expiries: new Float64Array(this.hasExpiries ? ROWS : 0),
      matched: new Uint8Array(ROWS),
    })
  }

  private rehash(): void {
    // Both tables are there for a moment.
    this.refuse(this.chunks.length * this.chunkBytes + this.slots.length * 12)
    const slots = new Uint32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let key = 0; key < this.count; key++) {
      const {words} = this.chunks[Math.floor(key / ROWS)]
      const base = (key % ROWS) * this.rowWords
      const c = this.keyWords === 3 ? words[base + 2] : 0
      let slot = slotFor(words[base], words[base + 1], c, mask)
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
