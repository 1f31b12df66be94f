import {type Call, wrongType} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {stringEnd, stringStart} from '../values/string.ts'

/** The entry of the string in argument `i`, 0 when there is no key. @throws CommandError when it is no string. */
export function findString(call: Call, i: number): number {
  const {db} = call
  const entry = call.find(i)
  if (entry !== 0 && db.kind(entry) !== Kind.STRING) throw wrongType()
  return entry
}

/** Answer the string of an entry, 0 for none. */
export function putString({keyspace, reply}: Call, entry: number): void {
  if (entry === 0) reply.nothing()
  else reply.bulk(keyspace.arena.memory, stringStart(keyspace, entry), stringEnd(keyspace, entry))
}
