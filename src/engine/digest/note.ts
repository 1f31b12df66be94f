import {DIGEST_TEXT} from '../../formats/kernel/layout.ts'
import type {StreamId} from '../../formats/rdb/visitor.ts'
import {type HashMemory, writeHash} from './hash-memory.ts'

const HASH_BYTES = 20
/** Notes lie behind what `addressOf` copies. */
const NOTE = DIGEST_TEXT + 0x1000

/** A fact about a value that is no element of it: a letter, then fields of fixed length, big-endian. Hashed and added. */
export class Note {
  private readonly c: HashMemory
  private end = NOTE

  constructor(c: HashMemory) {
    this.c = c
  }

  begin(letter: string): this {
    this.c.memory[NOTE] = letter.charCodeAt(0)
    this.end = NOTE + 1
    return this
  }

  hash(at: number): this {
    writeHash(this.c, at, this.end)
    this.end += HASH_BYTES
    return this
  }

  u64(value: bigint): this {
    this.c.view.setBigUint64(this.end, BigInt.asUintN(64, value))
    this.end += 8
    return this
  }

  id({ms, seq}: StreamId): this {
    return this.u64(ms).u64(seq)
  }

  bytes(memory: Uint8Array, start: number, length: number): this {
    for (let i = 0; i < length; i++) this.c.memory[this.end + i] = memory[start + i]
    this.end += length
    return this
  }

  addTo(sum: number): void {
    this.c.kernel.fullNote(NOTE, this.end, sum)
  }
}
