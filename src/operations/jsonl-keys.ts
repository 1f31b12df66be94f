/** Keys that come twice in lines of JSON: by their hashes, then by their bytes. */
import {addressOf} from '../engine/digest/hash-memory.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {JsonlReader} from '../formats/json/jsonl-reader.ts'
import {HASH_LOG, HASH_LOG_MAX, REG_HASH, REG_HASHES, REGISTERS} from '../formats/kernel/layout.ts'
import {KeyHashes} from './key-hashes.ts'

/** Hashes that are held at a time; the lines are read once more for what goes beyond. */
const MAX_BYTES = 1 << 27
/** So many are compared: one that is there twice is enough. */
const LOOKUPS = 10_000

export class JsonlKeys {
  private readonly c: Cursor
  private readonly hashes: KeyHashes
  /** Keys with hashes that repeat, and their lines. */
  private readonly met = new Map<bigint, {key: Buffer; line: number}[]>()
  private repeated = new Set<bigint>()

  constructor(c: Cursor) {
    this.c = c
    this.hashes = new KeyHashes(c.kernel.module, MAX_BYTES)
    c.view.setUint32(REGISTERS + REG_HASHES, 0)
  }

  /** Remember the key of a line. */
  add(r: JsonlReader): void {
    const {c} = this
    const at = addressOf(c, r.memory, r.keyStart, r.keyEnd)
    c.kernel.hashAppend(at, at + r.keyEnd - r.keyStart, r.db)
    if (c.view.getUint32(REGISTERS + REG_HASHES, true) === HASH_LOG_MAX) this.flush()
  }

  /** All lines were read. Returns whether they have to be read again, to see with `compare` which keys are the same. */
  mayRepeat(): boolean {
    this.flush()
    this.repeated = this.hashes.repeated(LOOKUPS)
    return this.repeated.size > 0
  }

  /** Returns whether they have to be read again, with `add`. */
  nextPass(): boolean {
    return this.hashes.nextPass()
  }

  /** @throws FormatError `JSON_DUPLICATE` at the second line of a key. */
  compare(r: JsonlReader): void {
    const {c, met} = this
    const at = addressOf(c, r.memory, r.keyStart, r.keyEnd)
    c.kernel.hash(at, at + r.keyEnd - r.keyStart, r.db)
    const hash = c.view.getBigUint64(REGISTERS + REG_HASH, true)
    if (!this.repeated.has(hash)) return
    const key = Buffer.from(r.memory.slice(r.keyStart, r.keyEnd))
    const others = met.get(hash) ?? []
    const twin = others.find((other) => other.key.equals(key))
    if (twin) {
      const what = `this key is in line ${twin.line} already`
      const error = new FormatError('JSON_DUPLICATE', r.offset, what)
      error.path.push(`line ${r.j.line}`)
      throw error
    }
    met.set(hash, [...others, {key, line: r.j.line}])
  }

  private flush(): void {
    const {view, memory} = this.c
    this.hashes.add(memory, HASH_LOG, view.getUint32(REGISTERS + REG_HASHES, true))
    view.setUint32(REGISTERS + REG_HASHES, 0)
  }
}
