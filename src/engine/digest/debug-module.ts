/**
 * What module values add to DEBUG DIGEST. A module gives sequences of texts, each of which is mixed together; sequences may come
 * in any order:
 *
 *     o = 0, mix each text; x = x xor SHA1(o) at its end; at last the value's state is xored with SHA1(x)
 *
 * Known are vector sets: (elements, dimensions), then for each element (vector, name, attributes if any).
 * Source: RM_DigestAddStringBuffer() and RM_DigestEndSequence() in module.c, VectorSetDigest() in vset.c.
 */
import {FormatError} from '../../formats/errors.ts'
import {DIGEST_MODULE, DIGEST_TEMP, DIGEST_TEXT} from '../../formats/kernel/layout.ts'
import {isVectorSet, moduleName} from '../../formats/rdb/module.ts'
import {HASH_WORDS, type HashMemory, writeText} from './hash-memory.ts'
import {VectorSetItems} from './vector-set.ts'

const SEQUENCES = DIGEST_MODULE
const SEQUENCE = DIGEST_TEMP + 32
const PARTS = {
  name: DIGEST_MODULE + 32,
  attributes: DIGEST_MODULE + 64,
  vector: DIGEST_MODULE + 96,
  projection: DIGEST_TEMP,
} as const
const UINT = 2
const STRING = 5

export class DebugModule {
  private readonly c: HashMemory
  private readonly items: VectorSetItems
  private length = 0

  constructor(c: HashMemory) {
    this.c = c
    this.items = new VectorSetItems({
      head: (dimensions, elements) => this.sequence(elements, dimensions),
      projection() {},
      element: (hasAttributes) => this.element(hasAttributes),
    })
  }

  /** @throws FormatError `UNSUPPORTED` for a module that nobody here knows. */
  begin(id: bigint): void {
    if (!isVectorSet(id)) {
      const [name] = moduleName(Number(id >> 32n), Number(id & 0xffffffffn))
      const detail = `only the module ${name} knows what its values add to DEBUG DIGEST; --full digests them as they are stored`
      throw new FormatError('UNSUPPORTED', 0, detail)
    }
    this.items.begin()
    this.clear(SEQUENCES)
  }

  piece(start: number, end: number): void {
    this.length += end - start
    this.c.kernel.sha1Update(start, end)
  }

  item(opcode: number, value: bigint | number): void {
    const {items} = this
    const {kernel} = this.c
    if (opcode === UINT) items.unsigned(value as bigint)
    if (opcode !== STRING) return
    if (value === 1) {
      this.length = 0
      return kernel.sha1Begin()
    }
    kernel.sha1End(PARTS[items.next])
    items.string(this.length)
  }

  /** Add all sequences to the state at `state`. */
  end(state: number): void {
    this.c.kernel.sha1Xor(state, SEQUENCES)
  }

  private sequence(...numbers: bigint[]): void {
    const {c} = this
    this.clear(SEQUENCE)
    for (const number of numbers) {
      const end = writeText(c, BigInt.asIntN(64, number).toString(), DIGEST_TEXT)
      c.kernel.sha1(DIGEST_TEXT, end, DIGEST_TEMP)
      c.kernel.sha1Mix(SEQUENCE, DIGEST_TEMP)
    }
    c.kernel.sha1Xor(SEQUENCES, SEQUENCE)
  }

  private element(hasAttributes: boolean): void {
    const {kernel} = this.c
    this.clear(SEQUENCE)
    kernel.sha1Mix(SEQUENCE, PARTS.vector)
    kernel.sha1Mix(SEQUENCE, PARTS.name)
    if (hasAttributes) kernel.sha1Mix(SEQUENCE, PARTS.attributes)
    kernel.sha1Xor(SEQUENCES, SEQUENCE)
  }

  private clear(at: number): void {
    for (let i = 0; i < HASH_WORDS; i++) this.c.view.setUint32(at + i * 4, 0)
  }
}
