/**
 * What module values add to our own digest: their items as they are stored, each with its place; of vector sets, which store
 * a graph that is never the same twice, what can be read back.
 */
import {DIGEST_CONTENT, DIGEST_MODULE} from '../../formats/kernel/layout.ts'
import {isVectorSet} from '../../formats/rdb/module.ts'
import type {HashMemory} from './hash-memory.ts'
import type {Note} from './note.ts'
import {VectorSetItems} from './vector-set.ts'

const PARTS = {
  name: DIGEST_MODULE,
  attributes: DIGEST_MODULE + 32,
  vector: DIGEST_MODULE + 64,
  projection: DIGEST_MODULE + 96,
} as const
const UINT = 2
const STRING = 5

export class FullModule {
  private readonly c: HashMemory
  private readonly note: Note
  private readonly vectors: VectorSetItems
  private isVectorSet = false
  private next = 0n
  private length = 0

  constructor(c: HashMemory, note: Note) {
    this.c = c
    this.note = note
    this.vectors = new VectorSetItems({
      // The second byte and the third say how many links a node has: a setting, and readable.
      head: (dimensions, elements, config) =>
        note.begin('h').u64(dimensions).u64(elements).u64(config).addTo(DIGEST_CONTENT),
      projection: () => note.begin('j').hash(PARTS.projection).addTo(DIGEST_CONTENT),
      element: (hasAttributes, scale) => {
        const element = note.begin('e').hash(PARTS.name).hash(PARTS.vector).u64(scale)
        if (hasAttributes) element.hash(PARTS.attributes)
        element.addTo(DIGEST_CONTENT)
      },
    })
  }

  begin(id: bigint): void {
    this.isVectorSet = isVectorSet(id)
    this.next = 0n
    this.vectors.begin()
    this.note.begin('d').u64(id).addTo(DIGEST_CONTENT)
  }

  piece(start: number, end: number): void {
    this.length += end - start
    this.c.kernel.sha1Update(start, end)
  }

  item(
    opcode: number,
    value: bigint | number,
    memory: Uint8Array,
    start: number,
    end: number,
  ): void {
    const {vectors, isVectorSet, note} = this
    if (opcode === STRING) return this.string(value === 1)
    if (isVectorSet) {
      if (opcode === UINT) vectors.unsigned(value as bigint)
      return
    }
    note
      .begin('v')
      .u64(this.next++)
      .u64(BigInt(opcode))
    if (typeof value === 'bigint') note.u64(value)
    else note.bytes(memory, start, end - start)
    note.addTo(DIGEST_CONTENT)
  }

  private string(begins: boolean): void {
    const {vectors, isVectorSet, note} = this
    const {kernel} = this.c
    if (begins) {
      this.length = 0
      return kernel.sha1Begin()
    }
    const to = isVectorSet ? PARTS[vectors.next] : DIGEST_MODULE
    kernel.sha1End(to)
    if (isVectorSet) return vectors.string(this.length)
    note
      .begin('v')
      .u64(this.next++)
      .u64(BigInt(STRING))
      .hash(to)
      .addTo(DIGEST_CONTENT)
  }
}
