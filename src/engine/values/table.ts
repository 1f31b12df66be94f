import type {LogicalType} from '../../formats/rdb/types.ts'
import {ARRAY_OPS} from './array.ts'
import {HASH_OPS} from './hash.ts'
import {LIST_OPS} from './list.ts'
import {MODULE_OPS} from './module.ts'
import type {ValueOps} from './ops.ts'
import {SET_OPS} from './set.ts'
import {STREAM_OPS} from './stream.ts'
import {STRING_OPS} from './string.ts'
import {ZSET_OPS} from './zset.ts'

/** One row per type of value. */
export const VALUE_OPS: Readonly<Record<LogicalType, ValueOps>> = {
  string: STRING_OPS,
  list: LIST_OPS,
  set: SET_OPS,
  zset: ZSET_OPS,
  hash: HASH_OPS,
  stream: STREAM_OPS,
  array: ARRAY_OPS,
  module: MODULE_OPS,
}
