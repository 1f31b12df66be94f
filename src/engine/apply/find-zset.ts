import {type Call, wrongType} from '../call.ts'
import type {Builder} from '../values/builder.ts'
import {Kind} from '../values/kinds.ts'
import {isZset, zsetSize} from '../values/zset-members.ts'

/** The entry of the sorted set under the key in argument `i`, 0 when there is none. @throws CommandError. */
export function findZset(call: Call, i: number): number {
  const {db} = call
  const entry = call.find(i)
  if (entry !== 0 && !isZset(db.kind(entry))) throw wrongType()
  return entry
}

/** Where argument `i` lies in the arena's memory, until the next call. */
export function stageArgument({keyspace, memory, starts, ends}: Call, i: number): number {
  return keyspace.stage(memory, starts[i], ends[i])
}

/** Remove the key of a sorted set that has become empty. */
export function dropIfEmpty({db, keyspace}: Call, entry: number): void {
  if (zsetSize(keyspace, entry) === 0) db.remove(entry)
}

/**
 * Put the sorted set that was built in place of the key in argument `i`, or remove that when it is empty, and answer how many
 * members it has; so many `changes` it counts for.
 */
export function storeZset(call: Call, i: number, built: Builder, changes = 1): void {
  const {db, keyspace, memory, starts, ends} = call
  const size = built.entry === 0 ? 0 : zsetSize(keyspace, built.entry)
  const old = call.find(i)
  if (old !== 0) db.remove(old)
  if (size > 0) {
    built.into(db, db.add(memory, starts[i], ends[i], Kind.STRING))
    call.changes += changes
  } else {
    built.discard()
    if (old !== 0) call.changes++
  }
  call.reply.integer(size)
}
