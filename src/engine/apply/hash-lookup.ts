/** Finding and making hashes, for the commands on them. */
import {type Call, CommandError, wrongType} from '../call.ts'
import {beginHash, FIELDS_MAX, fieldCount, makeLarge, tableOf} from '../values/hash-fields.ts'
import {Kind} from '../values/kinds.ts'
import {roomFor} from '../values/packed-block.ts'

/** The entry of the hash under the key in argument 1, 0 when there is none. */
export function findHash(call: Call): number {
  const entry = call.find(1)
  if (entry === 0) return 0
  const kind = call.db.kind(entry)
  if (kind !== Kind.HASH_PACKED && kind !== Kind.HASH) throw wrongType()
  return entry
}

/**
 * The entry of the hash under the key in argument 1, made when it is not there (`entry` is what findHash() gave). When more
 * fields come than servers pack, it is a table from the start. Source: hashTypeTryConversion().
 */
export function makeHash(call: Call, entry: number, fields: number): number {
  const {keyspace, db, memory, starts, ends} = call
  const large = fields > FIELDS_MAX
  if (entry === 0) {
    const made = db.add(memory, starts[1], ends[1], Kind.STRING)
    if (large) beginHash(keyspace, made, Kind.HASH, fields)
    else beginHash(keyspace, made, Kind.HASH_PACKED, roomFor(call, 2))
    return made
  }
  if (large) makeLarge(keyspace, entry)
  return entry
}

/** Is the time of a field over? Nothing is while a log is replayed. */
export function isFieldOver(call: Call, entry: number, field: number): boolean {
  const table = tableOf(call.keyspace, entry)
  return table !== null && table.expires > 0 && call.hasPassed(table.expiresAtMs(field))
}

/**
 * Remove those of the fields from argument `first` on whose time is over, each `step` arguments further; logs are told, since
 * nothing goes by itself there. The hash may be empty afterwards.
 */
export function expireFields(call: Call, entry: number, first: number, step = 1): void {
  if (!call.answers) return
  const {memory, starts, ends, argc} = call
  const table = tableOf(call.keyspace, entry)
  if (table === null || table.expires === 0) return
  for (let i = first; i < argc; i += step) {
    const field = table.find(memory, starts[i], ends[i])
    if (field === 0 || !call.hasPassed(table.expiresAtMs(field))) continue
    table.drop(field)
    call.fieldWent(i)
  }
}

export function removeEmptyHash(call: Call, entry: number): void {
  if (fieldCount(call.keyspace, entry) === 0) call.db.remove(entry)
}

export const wrongArity = (name: string): CommandError =>
  new CommandError(`ERR wrong number of arguments for '${name}' command`)
