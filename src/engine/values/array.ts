/** Arrays of Redis 8.8: cells by 64-bit index, with gaps, and the place of the last sequential insert. */
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, objectOf, setValue} from './kinds.ts'
import type {ValueLoader, ValueOps} from './ops.ts'

export interface ArrayValue {
  cells: Map<bigint, Uint8Array>
  /** Null when nothing was inserted sequentially. */
  insertIndex: bigint | null
}

const ARRAY = 28

export const ascending = ({cells}: ArrayValue): bigint[] =>
  [...cells.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  const array = objectOf<ArrayValue>(keyspace, entry)
  visitor.begin('array', ARRAY, array.cells.size)
  visitor.arrayMeta(array.insertIndex)
  for (const index of ascending(array)) {
    const bytes = array.cells.get(index) as Uint8Array
    visitor.cell(index)
    visitor.value(bytes, 0, bytes.length)
  }
  visitor.end()
}

class ArrayLoader extends IgnoringVisitor implements ValueLoader {
  private array: ArrayValue = {cells: new Map(), insertIndex: null}
  private index = 0n

  override begin(): void {
    this.array = {cells: new Map(), insertIndex: null}
  }

  override arrayMeta(insertIndex: bigint | null): void {
    this.array.insertIndex = insertIndex
  }

  override cell(index: bigint): void {
    this.index = index
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    this.array.cells.set(this.index, memory.slice(start, end))
  }

  into(db: Database, entry: number): number {
    if (this.array.cells.size === 0) return 0
    setValue(db.keyspace, entry, Kind.ARRAY, db.keyspace.addObject(this.array))
    return entry
  }
}

export const ARRAY_OPS: ValueOps = {
  visit,
  copy(from, entry, to, target) {
    const {cells, insertIndex} = objectOf<ArrayValue>(from.keyspace, entry)
    const array: ArrayValue = {cells: new Map(cells), insertIndex}
    setValue(to.keyspace, target, Kind.ARRAY, to.keyspace.addObject(array))
    return target
  },
  encoding: () => 'sliced-array',
  loader: () => new ArrayLoader(),
}
