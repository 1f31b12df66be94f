/** ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE, ZRANGESTORE: the result is built aside, its key may be among the sources. Source: t_zset.c. */
import type {Apply, Call} from '../call.ts'
import {Builder} from '../values/builder.ts'
import {zsetAdd, zsetBegin, zsetEach} from '../values/zset-members.ts'
import type {SortedTable} from '../values/zset-table.ts'
import {findZset, storeZset} from './find-zset.ts'
import {
  type Combine,
  difference,
  intersection,
  readOperands,
  type Takes,
  union,
} from './zset-algebra.ts'
import {readRange} from './zset-range-options.ts'

function storer(combine: Combine, takes: Takes): Apply {
  return (call) => storeTable(call, combine(call.keyspace, readOperands(call, 2, takes)))
}

/** Store what was computed under the key in argument 1. Source: zsetConvertToListpackIfNeeded(). */
function storeTable(call: Call, table: SortedTable): void {
  const {keyspace} = call
  const members = table.entries(0, table.size)
  const longest = members.reduce((size, at) => Math.max(size, table.end(at) - table.start(at)), 0)
  const built = new Builder(keyspace)
  zsetBegin(keyspace, built.begin(), members.length, longest)
  for (const at of members) {
    zsetAdd(keyspace, built.entry, table.start(at), table.end(at), table.score(at), 0)
  }
  table.release()
  storeZset(call, 1, built)
}

/** ZRANGESTORE destination source min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] */
function storeRange(call: Call): void {
  const {keyspace} = call
  const {find, byRank, reverse} = readRange(call, 3, {by: null, reverse: null, stores: true})
  const source = findZset(call, 2)
  const built = new Builder(keyspace)
  if (source !== 0) {
    const {start, end} = find(keyspace, source)
    zsetBegin(keyspace, built.begin(), byRank ? end - start : 0, 0)
    // In the order of the command: a score of -0 lasts only once the set is no listpack any more.
    zsetEach(keyspace, source, start, end, reverse, (memory, from, to, score) => {
      const at = keyspace.stage(memory.slice(from, to), 0, to - from)
      zsetAdd(keyspace, built.entry, at, at + to - from, score, 0)
    })
  }
  storeZset(call, 1, built)
}

export const ZSET_STORES_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['ZUNIONSTORE', storer(union, {weights: true})],
  ['ZINTERSTORE', storer(intersection, {weights: true})],
  ['ZDIFFSTORE', storer(difference, {})],
  ['ZRANGESTORE', storeRange],
]
