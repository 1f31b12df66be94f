import type {LogicalType} from '../../formats/rdb/types.ts'
import {RdbType} from '../../formats/rdb/types.ts'
import type {Database} from '../database.ts'
import {takeHashPacked} from './hash.ts'
import {takeListPacked} from './list.ts'
import {takeSetIntset, takeSetPacked} from './set.ts'
import {takeZsetPacked} from './zset.ts'

/** A checked listpack or intset as it lies in an RDB. */
export interface PackedValue {
  logical: LogicalType
  type: number
  memory: Uint8Array
  start: number
  end: number
}

type Take = (db: Database, entry: number, memory: Uint8Array, start: number, end: number) => number

const TAKES: Readonly<Partial<Record<LogicalType, Take>>> = {
  list: takeListPacked,
  set: takeSetPacked,
  zset: takeZsetPacked,
  hash: takeHashPacked,
}

/** Put a packed value into an entry without a value. Returns where the entry lies now, 0 when the value is empty. */
export function takeValue(db: Database, entry: number, value: PackedValue): number {
  const {logical, type, memory, start, end} = value
  if (type === RdbType.SET_INTSET) return takeSetIntset(db, entry, memory, start, end)
  const take = TAKES[logical]
  if (!take) throw new Error(`a ${logical} is never packed`)
  return take(db, entry, memory, start, end)
}
