/**
 * Pending entries of a group in the order of their ids: blocks of records of ten words each, at most BLOCK_RECORDS in one.
 *
 *     id (4 words)  delivery time ms (high, low)  deliveries (high, low)  consumer  unused
 */
import {compareIds, copyId} from './stream-id.ts'

const BLOCK_RECORDS = 128
const FIRST_RECORDS = 4
export const RECORD_WORDS = 10
export const TIME = 4
export const DELIVERIES = 6
export const CONSUMER = 8
/** In place of a consumer: nobody owns the entry (Redis 8.8). */
export const NOBODY = 0xffffffff

interface Block {
  words: Uint32Array
  count: number
}

/** Stands at one record: `words` from `at` on. It moves by `seek` and `step`, and is invalid after others change the list. */
export class Pel {
  size = 0
  words: Uint32Array = new Uint32Array(0)
  at = 0
  private blocks: Block[] = []
  private block = 0

  /** Stand at the first record whose id is not below that at `i` of `ids`. True when it is that id. */
  seek(ids: Uint32Array, i: number): boolean {
    this.block = this.blockOf(ids, i)
    const block = this.blocks[this.block]
    if (block === undefined) {
      this.at = 0
      this.words = NOTHING
      return false
    }
    this.words = block.words
    this.at = placeIn(block, ids, i)
    if (this.at === block.count * RECORD_WORDS) this.toBlock(this.block + 1)
    return this.exists && compareIds(this.words, this.at, ids, i) === 0
  }

  /** Stand at the first record. */
  rewind(): void {
    this.toBlock(0)
  }

  /** False behind the last record. */
  get exists(): boolean {
    return this.block < this.blocks.length
  }

  step(): void {
    this.at += RECORD_WORDS
    if (this.at >= this.blocks[this.block].count * RECORD_WORDS) this.toBlock(this.block + 1)
  }

  /** Add a record for an id that is not there, and stand at it; all but the id is 0. */
  insert(ids: Uint32Array, i: number): void {
    let index = this.blockOf(ids, i)
    if (this.blocks.length === 0) this.blocks.push(newBlock(FIRST_RECORDS))
    index = Math.min(index, this.blocks.length - 1)
    if (this.blocks[index].count === BLOCK_RECORDS) index = this.split(index, ids, i)
    const block = this.blocks[index]
    const at = placeIn(block, ids, i)
    const end = block.count * RECORD_WORDS
    if (end === block.words.length) grow(block)
    block.words.copyWithin(at + RECORD_WORDS, at, end)
    block.words.fill(0, at, at + RECORD_WORDS)
    copyId(ids, i, block.words, at)
    block.count++
    this.size++
    this.block = index
    this.words = block.words
    this.at = at
  }

  /** Remove the record at hand, and stand at the one behind it. */
  remove(): void {
    const block = this.blocks[this.block]
    block.words.copyWithin(this.at, this.at + RECORD_WORDS, block.count * RECORD_WORDS)
    block.count--
    this.size--
    if (block.count === 0) {
      this.blocks.splice(this.block, 1)
      this.toBlock(this.block)
    } else if (this.at >= block.count * RECORD_WORDS) this.toBlock(this.block + 1)
  }

  clone(): Pel {
    const pel = new Pel()
    pel.size = this.size
    pel.blocks = this.blocks.map(({words, count}) => ({words: words.slice(), count}))
    return pel
  }

  private toBlock(index: number): void {
    this.block = index
    this.at = 0
    this.words = this.blocks[index]?.words ?? NOTHING
  }

  /** The first block whose last id is not below the given one; behind the last when there is none. */
  private blockOf(ids: Uint32Array, i: number): number {
    const {blocks} = this
    let low = 0
    let high = blocks.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const {words, count} = blocks[middle]
      if (compareIds(words, (count - 1) * RECORD_WORDS, ids, i) < 0) low = middle + 1
      else high = middle - 1
    }
    return low
  }

  /** Make room in a full block. Returns the block that takes the id. */
  private split(index: number, ids: Uint32Array, i: number): number {
    const {blocks} = this
    const block = blocks[index]
    const isBehindAll = index === blocks.length - 1 && placeIn(block, ids, i) === block.words.length
    const half = isBehindAll ? BLOCK_RECORDS : BLOCK_RECORDS / 2
    const behind = newBlock(BLOCK_RECORDS)
    behind.words.set(block.words.subarray(half * RECORD_WORDS))
    behind.count = block.count - half
    block.count = half
    blocks.splice(index + 1, 0, behind)
    if (isBehindAll) return index + 1
    return placeIn(block, ids, i) === half * RECORD_WORDS ? index + 1 : index
  }
}

const NOTHING = new Uint32Array(0)

const newBlock = (records: number): Block => ({
  words: new Uint32Array(records * RECORD_WORDS),
  count: 0,
})

function grow(block: Block): void {
  const words = new Uint32Array(Math.min(block.words.length * 2, BLOCK_RECORDS * RECORD_WORDS))
  words.set(block.words)
  block.words = words
}

/** Where the first record of a block is that is not below the id. */
function placeIn({words, count}: Block, ids: Uint32Array, i: number): number {
  let low = 0
  let high = count - 1
  // Most ids come behind all others.
  if (count > 0 && compareIds(words, high * RECORD_WORDS, ids, i) < 0) return count * RECORD_WORDS
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (compareIds(words, middle * RECORD_WORDS, ids, i) < 0) low = middle + 1
    else high = middle - 1
  }
  return low * RECORD_WORDS
}
