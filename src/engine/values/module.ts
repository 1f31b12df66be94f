/** Values of modules: nothing is known of them but the items that they are made of, which are kept. */
import type {LogicalType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, objectOf, setValue} from './kinds.ts'
import type {ValueLoader, ValueOps} from './ops.ts'

interface ModuleValue {
  id: bigint
  /** Opcode and what stands behind it: integers as bigint, floats as numbers, strings as bytes. */
  items: [opcode: number, value: bigint | number | Uint8Array][]
}

const MODULE_2 = 7
const STRING = 5
const FLOAT = 3
const NOTHING = new Uint8Array(0)

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  const {id, items} = objectOf<ModuleValue>(keyspace, entry)
  visitor.begin('module', MODULE_2, -1)
  visitor.moduleId(id)
  for (const [opcode, value] of items) {
    if (typeof value === 'bigint') visitor.moduleItem(opcode, value, NOTHING, 0, 0)
    else if (typeof value === 'number') {
      const bytes = floatBytes(opcode, value)
      visitor.moduleItem(opcode, value, bytes, 0, bytes.length)
    } else {
      visitor.moduleItem(opcode, 1, NOTHING, 0, 0)
      visitor.piece(value, 0, value.length)
      visitor.moduleItem(opcode, 0, NOTHING, 0, 0)
    }
  }
  visitor.end()
}

/** As it stands in a file. */
function floatBytes(opcode: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(opcode === FLOAT ? 4 : 8))
  if (opcode === FLOAT) view.setFloat32(0, value, true)
  else view.setFloat64(0, value, true)
  return new Uint8Array(view.buffer)
}

class ModuleLoader extends IgnoringVisitor implements ValueLoader {
  private held: ModuleValue = {id: 0n, items: []}
  private pieces: number[] = []

  override begin(_logical: LogicalType): void {
    this.held = {id: 0n, items: []}
  }

  override moduleId(id: bigint): void {
    this.held.id = id
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) this.pieces.push(memory[at])
  }

  override moduleItem(opcode: number, value: bigint | number): void {
    if (opcode !== STRING) this.held.items.push([opcode, value])
    else if (value === 1) this.pieces = []
    else this.held.items.push([opcode, Uint8Array.from(this.pieces)])
  }

  into(db: Database, entry: number): number {
    setValue(db.keyspace, entry, Kind.MODULE, db.keyspace.addObject(this.held))
    return entry
  }
}

export const MODULE_OPS: ValueOps = {
  visit,
  copy(from, entry, to, target) {
    const value = objectOf<ModuleValue>(from.keyspace, entry)
    setValue(to.keyspace, target, Kind.MODULE, to.keyspace.addObject(structuredClone(value)))
    return target
  },
  encoding: () => 'raw',
  loader: () => new ModuleLoader(),
}
