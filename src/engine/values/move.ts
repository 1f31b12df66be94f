import {ENTRY_KIND} from '../../formats/kernel/layout.ts'
import type {Database} from '../database.ts'
import {Kind, setValue, valueField} from './kinds.ts'

/**
 * Give the value of one entry to another, which has none of its own. The first then holds an empty string and is for the
 * caller to drop. Returns where the second lies now; the first may have moved only if both are in one database.
 */
export function moveValue(from: Database, entry: number, to: Database, target: number): number {
  const {keyspace} = from
  const {arena} = keyspace
  const kind = from.kind(entry)
  const flags = arena.view.getUint8(entry + ENTRY_KIND + 1)
  const field = valueField(keyspace, entry)
  let place = target
  if (kind === Kind.STRING) {
    place = to.resize(target, field)
    const start = from.keyEnd(entry)
    arena.memory.copyWithin(to.keyEnd(place), start, start + field)
  }
  setValue(keyspace, place, kind, field)
  arena.view.setUint8(place + ENTRY_KIND + 1, flags)
  setValue(keyspace, entry, Kind.STRING, 0)
  return place
}
