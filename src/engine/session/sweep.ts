import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {fieldCount, tableOf} from '../values/hash-fields.ts'
import {Kind} from '../values/kinds.ts'

export interface Gone {
  keys: number
  /** Fields of hashes that are still there. */
  fields: number
}

/**
 * Remove what has expired by now, keys and fields, as a server does when it loads. `going` is told of every key before it goes, by
 * the number of its database.
 */
export function expiredGo(
  keyspace: Keyspace,
  nowMs: number,
  going: (number: number, db: Database, entry: number) => void = () => {},
): Gone {
  const gone: Gone = {keys: 0, fields: 0}
  for (const number of keyspace.numbers()) {
    const db = keyspace.database(number)
    const over: number[] = []
    for (const entry of db.entries()) {
      if (isOver(db, entry, nowMs) || !hasFields(keyspace, db, entry, nowMs, gone)) over.push(entry)
    }
    for (const entry of over) {
      going(number, db, entry)
      db.remove(entry)
    }
    gone.keys += over.length
  }
  return gone
}

function isOver(db: Database, entry: number, nowMs: number): boolean {
  const expiresAtMs = db.expires === 0 ? null : db.expiresAtMs(entry)
  return expiresAtMs !== null && nowMs > expiresAtMs
}

/** Remove the fields whose time is over; false when none is left. */
function hasFields(
  keyspace: Keyspace,
  db: Database,
  entry: number,
  nowMs: number,
  gone: Gone,
): boolean {
  if (db.kind(entry) !== Kind.HASH) return true
  const table = tableOf(keyspace, entry)
  if (table === null || table.expires === 0) return true
  const over = [...table.entries()].filter((field) => isOver(table, field, nowMs))
  for (const field of over) table.drop(field)
  const isLeft = fieldCount(keyspace, entry) > 0
  if (isLeft) gone.fields += over.length
  return isLeft
}
