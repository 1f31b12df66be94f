/** Commands on hashes; those about expiries of fields are in hash-expiry.ts. Source: t_hash.c. */
import {type Apply, type Call, CommandError, canonicalInteger, notFloat} from '../call.ts'
import {addLongDouble, isLongDouble, isNotFinite} from '../long-double.ts'
import {
  deleteField,
  fieldText,
  findField,
  findValue,
  KEEP_EXPIRY,
  setField,
  tableOf,
} from '../values/hash-fields.ts'
import {spanEnd, spanStart} from '../values/packed-block.ts'
import {HASH_EXPIRY_APPLY} from './hash-expiry.ts'
import {expireFields, findHash, makeHash, removeEmptyHash, wrongArity} from './hash-lookup.ts'
import {shortArgument, shortInteger} from './numbers.ts'

const INT64_MAX = 9223372036854775807n
const INT64_MIN = -9223372036854775808n

function setPairs(call: Call, name: string): void {
  const {keyspace, memory, starts, ends, argc} = call
  if (argc % 2 !== 0) throw wrongArity(name)
  const found = findHash(call)
  if (found !== 0) expireFields(call, found, 2, 2)
  const entry = makeHash(call, found, (argc - 2) / 2)
  let created = 0
  for (let i = 2; i < argc; i += 2) {
    const start = starts[i + 1]
    const end = ends[i + 1]
    if (setField(keyspace, entry, memory, starts[i], ends[i], memory, start, end)) created++
  }
  call.changes += (argc - 2) / 2
  if (name === 'hset') call.reply.integer(created)
  else call.reply.simple('OK')
}

/** The entry of the hash, in which the field of argument 2 is gone when its time is over. */
function findLive(call: Call): number {
  const found = findHash(call)
  if (found !== 0) expireFields(call, found, 2, call.argc)
  return found
}

function hsetnx(call: Call): void {
  const {keyspace, memory, starts, ends} = call
  const found = findLive(call)
  if (found !== 0 && findField(keyspace, found, memory, starts[2], ends[2]) !== 0) {
    return call.reply.integer(0)
  }
  const entry = makeHash(call, found, 1)
  setField(keyspace, entry, memory, starts[2], ends[2], memory, starts[3], ends[3])
  call.changes++
  call.reply.integer(1)
}

/** Text of the field in argument 2, null when it is not there. */
function currentText({keyspace, memory, starts, ends}: Call, entry: number): string | null {
  if (entry === 0) return null
  const field = findField(keyspace, entry, memory, starts[2], ends[2])
  return field === 0 ? null : fieldText(keyspace, entry, field)
}

/** Set the field in argument 2 to a number; its expiry stays. */
function putNumber(call: Call, found: number, text: string): void {
  const {keyspace, memory, starts, ends} = call
  const entry = makeHash(call, found, 1)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  setField(keyspace, entry, memory, starts[2], ends[2], bytes, 0, bytes.length, KEEP_EXPIRY)
  call.changes++
}

function hincrby(call: Call): void {
  const {keyspace, memory, starts, ends} = call
  const small = shortArgument(call, 3)
  const increment = Number.isNaN(small) ? call.bigint(3) : small
  const found = findLive(call)
  const field = found === 0 ? 0 : findField(keyspace, found, memory, starts[2], ends[2])
  if (field === 0) {
    putInteger(call, found, increment)
    return
  }
  findValue(keyspace, found, field)
  const current = shortInteger(keyspace.arena.memory, spanStart(keyspace), spanEnd(keyspace))
  // Numbers of up to 15 digits add up exactly.
  if (typeof increment === 'number' && !Number.isNaN(current)) {
    putInteger(call, found, current + increment)
  } else addLarge(call, found, BigInt(increment))
}

function addLarge(call: Call, found: number, increment: bigint): void {
  const current = canonicalInteger(currentText(call, found) ?? '0')
  if (current === null) throw new CommandError('ERR hash value is not an integer')
  const sum = current + increment
  if (sum > INT64_MAX || sum < INT64_MIN) {
    throw new CommandError('ERR increment or decrement would overflow')
  }
  putInteger(call, found, sum)
}

function putInteger(call: Call, found: number, value: number | bigint): void {
  putNumber(call, found, String(value))
  if (typeof value === 'number') call.reply.integer(value)
  else call.reply.bigint(value)
}

function hincrbyfloat(call: Call): void {
  const increment = call.text(3)
  if (!isLongDouble(increment)) throw notFloat()
  if (isNotFinite(increment)) throw new CommandError('ERR value is NaN or Infinity')
  const found = findLive(call)
  const sum = addLongDouble(currentText(call, found) ?? '0', increment)
  if (sum === null) throw new CommandError('ERR hash value is not a float')
  if (isNotFinite(sum)) throw new CommandError('ERR increment would produce NaN or Infinity')
  putNumber(call, found, sum)
  call.reply.text(sum)
  if (call.answers) tellNumber(call, sum)
}

/** Logs are told what came of it: other machines may round in another way. */
function tellNumber(call: Call, sum: string): void {
  const [key, field] = [call.bytes(1), call.bytes(2)]
  const entry = findHash(call)
  const table = tableOf(call.keyspace, entry)
  const expires = table !== null && table.expiresAtMs(table.find(field, 0, field.length)) !== null
  if (expires) call.tell('HSETEX', key, 'KEEPTTL', 'FIELDS', 1, field, sum)
  else call.tell('HSET', key, field, sum)
}

function hdel(call: Call): void {
  const {keyspace, memory, starts, ends, argc} = call
  const entry = findHash(call)
  if (entry === 0) return call.reply.integer(0)
  expireFields(call, entry, 2)
  let deleted = 0
  for (let i = 2; i < argc; i++) {
    if (deleteField(keyspace, entry, memory, starts[i], ends[i])) deleted++
  }
  removeEmptyHash(call, entry)
  call.changes += deleted
  call.reply.integer(deleted)
}

export const HASHES_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['HSET', (call) => setPairs(call, 'hset')],
  ['HMSET', (call) => setPairs(call, 'hmset')],
  ['HSETNX', hsetnx],
  ['HINCRBY', hincrby],
  ['HINCRBYFLOAT', hincrbyfloat],
  ['HDEL', hdel],
  ...HASH_EXPIRY_APPLY,
]
