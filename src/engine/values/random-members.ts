/** Members of sets at random. */
import {ENTRY_KIND, HASH_LOG, REG_NEXT, REGISTERS} from '../../formats/kernel/layout.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, objectOf} from './kinds.ts'
import {eachMember} from './set-members.ts'

/** After so many empty places whatever is behind the next one is taken. */
const TRIES = 32
/** In tables so many times as large as what is wanted of them it is looked for, in others all is gathered. */
const SPARSE = 4

/** An entry of a table that is not empty, each about as likely as the others. */
export function randomEntry(table: Database): number {
  const {arena} = table.keyspace
  for (let tries = 1; ; tries++) {
    const slot = Math.floor(Math.random() * table.slots)
    const found = arena.kernel.dictRead(table.table, slot, HASH_LOG, 1) > 0
    const next = arena.view.getUint32(REGISTERS + REG_NEXT, true)
    if (found && (next === slot + 1 || tries > TRIES)) return arena.view.getUint32(HASH_LOG, true)
  }
}

/**
 * Members of the set under an entry, copied: those that `pick` chooses, by number, of as many as there are. Where `few` are wanted
 * of many, different ones, it is not asked.
 */
export function randomMembers(
  keyspace: Keyspace,
  entry: number,
  few: number,
  pick: (size: number) => number[],
): Uint8Array[] {
  const {arena} = keyspace
  if (arena.view.getUint8(entry + ENTRY_KIND) === Kind.SET) {
    const table = objectOf<Database>(keyspace, entry)
    if (few >= 0 && few * SPARSE <= table.size) return randomOf(table, few)
  }
  const members: Uint8Array[] = []
  eachMember(keyspace, entry, (memory, start, end) => members.push(memory.slice(start, end)))
  return pick(members.length).map((i) => members[i])
}

function randomOf(table: Database, count: number): Uint8Array[] {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(randomEntry(table))
  const {memory} = table.keyspace.arena
  return [...chosen].map((entry) => memory.slice(table.keyStart(entry), table.keyEnd(entry)))
}
