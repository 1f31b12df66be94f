/** Commands on keys whatever they hold: expiry, renaming, copying, moving, removing. Source: db.c, expire.c. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {logicalOf} from '../values/kinds.ts'
import {moveValue} from '../values/move.ts'
import {VALUE_OPS} from '../values/table.ts'
import {isPast} from './is-past.ts'

const INT64_MAX = 9223372036854775807n

function del(call: Call): void {
  const {db} = call
  let count = 0
  for (let i = 1; i < call.argc; i++) {
    const entry = call.find(i)
    if (entry === 0) continue
    db.remove(entry)
    count++
  }
  call.changes += count
  call.reply.integer(count)
}

interface ExpireForm {
  /** Milliseconds of one unit. */
  unit: 1 | 1000
  relative: boolean
}

/** NX, XX, GT, LT as bits; XX may stand with GT or LT. */
const NX = 1
const XX = 2
const GT = 4
const LT = 8

function expireFlags(call: Call): number {
  let flags = 0
  for (let i = 3; i < call.argc; i++) {
    if (call.is(i, 'NX')) flags |= NX
    else if (call.is(i, 'XX')) flags |= XX
    else if (call.is(i, 'GT')) flags |= GT
    else if (call.is(i, 'LT')) flags |= LT
    else throw new CommandError(`ERR Unsupported option ${call.text(i)}`)
  }
  if (flags & NX && flags & (XX | GT | LT)) {
    throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible')
  }
  if (flags & GT && flags & LT) {
    throw new CommandError('ERR GT and LT options at the same time are not compatible')
  }
  return flags
}

/** The absolute time in ms that argument `i` says. @throws CommandError where the server's arithmetic would overflow. */
export function expiryOf(
  call: Call,
  i: number,
  {unit, relative}: ExpireForm,
  name: string,
): number {
  const value = call.bigint(i)
  const invalid = () => new CommandError(`ERR invalid expire time in '${name}' command`)
  if (unit === 1000 && (value > INT64_MAX / 1000n || value < -INT64_MAX / 1000n)) throw invalid()
  const ms = value * BigInt(unit) + (relative ? BigInt(call.nowMs) : 0n)
  if (ms > INT64_MAX) throw invalid()
  return Number(ms)
}

function expire(form: ExpireForm): Apply {
  return (call) => {
    const flags = call.argc > 3 ? expireFlags(call) : 0
    const at = expiryOf(call, 2, form, call.text(0).toLowerCase())
    const entry = call.find(1)
    const {db, reply} = call
    if (entry === 0 || !allows(flags, db.expiresAtMs(entry), at)) return reply.integer(0)
    const past = isPast(call, at)
    if (past) db.remove(entry)
    else db.setExpiry(entry, at)
    call.changes++
    reply.integer(1)
    if (call.answers) tellExpiry(call, past ? null : at)
  }
}

/** May an expiry, null for none, be replaced? */
function allows(flags: number, now: number | null, at: number): boolean {
  if (flags & NX && now !== null) return false
  if (flags & XX && now === null) return false
  if (flags & GT && (now === null || at <= now)) return false
  return !(flags & LT && now !== null && at >= now)
}

/** Logs are told an absolute time, or that the key went. */
function tellExpiry(call: Call, at: number | null): void {
  if (at === null) return call.tell('DEL', call.bytes(1))
  const options = Array.from({length: call.argc - 3}, (_, i) => call.bytes(i + 3))
  call.tell('PEXPIREAT', call.bytes(1), at, ...options)
}

function persist(call: Call): void {
  const entry = call.find(1)
  const had = entry !== 0 && call.db.expiresAtMs(entry) !== null
  call.reply.integer(had ? 1 : 0)
  if (!had) return
  call.db.setExpiry(entry, null)
  call.changes++
}

/** A new, empty entry under the key in argument `i`, in place of what was there. */
function replace(call: Call, number: number, i: number): number {
  const {memory, starts, ends} = call
  const db = call.keyspace.database(number)
  const old = call.lookup(number, memory, starts[i], ends[i])
  if (old !== 0) db.remove(old)
  return db.add(memory, starts[i], ends[i], 0)
}

function rename(call: Call): void {
  renameTo(call, true)
}

function renameNx(call: Call): void {
  renameTo(call, false)
}

function renameTo(call: Call, overwrite: boolean): void {
  const {db} = call
  if (call.find(1) === 0) throw new CommandError('ERR no such key')
  const same = call.text(1) === call.text(2)
  if (same || (!overwrite && call.find(2) !== 0)) return putRenamed(call, overwrite, 0)
  const target = replace(call, call.dbNumber, 2)
  const source = call.find(1)
  const expiresAtMs = db.expiresAtMs(source)
  const moved = moveValue(db, source, db, target)
  db.setExpiry(moved, expiresAtMs)
  db.drop(call.find(1))
  call.changes++
  putRenamed(call, overwrite, 1)
}

function putRenamed({reply}: Call, overwrite: boolean, count: number): void {
  if (overwrite) reply.simple('OK')
  else reply.integer(count)
}

function databaseOf(call: Call, i: number): number {
  const text = call.text(i)
  if (!/^-?\d{1,10}$/.test(text))
    throw new CommandError('ERR value is not an integer or out of range')
  const number = Number(text)
  if (number < 0 || number >= call.databases) throw new CommandError('ERR DB index is out of range')
  return number
}

function move(call: Call): void {
  const number = databaseOf(call, 2)
  if (number === call.dbNumber) {
    throw new CommandError('ERR source and destination objects are the same')
  }
  const {db, memory, starts, ends} = call
  const to = call.keyspace.database(number)
  if (call.find(1) === 0 || call.lookup(number, memory, starts[1], ends[1]) !== 0) {
    return call.reply.integer(0)
  }
  const target = to.add(memory, starts[1], ends[1], 0)
  const source = call.find(1)
  const moved = moveValue(db, source, to, target)
  to.setExpiry(moved, db.expiresAtMs(source))
  db.drop(call.find(1))
  call.changes++
  call.reply.integer(1)
}

function copy(call: Call): void {
  let number = call.dbNumber
  let overwrite = false
  for (let i = 3; i < call.argc; i++) {
    if (call.is(i, 'REPLACE')) overwrite = true
    else if (call.is(i, 'DB') && i + 1 < call.argc) number = databaseOf(call, ++i)
    else throw syntaxError()
  }
  const to = call.keyspace.database(number)
  if (number === call.dbNumber && call.text(1) === call.text(2)) {
    throw new CommandError('ERR source and destination objects are the same')
  }
  const {db, memory, starts, ends} = call
  const isFree = () => overwrite || call.lookup(number, memory, starts[2], ends[2]) === 0
  if (call.find(1) === 0 || !isFree()) return call.reply.integer(0)
  const target = replace(call, number, 2)
  const source = call.find(1)
  const ops = VALUE_OPS[logicalOf(db.kind(source))]
  const expiresAtMs = db.expiresAtMs(source)
  to.setExpiry(ops.copy(db, source, to, target), expiresAtMs)
  call.changes++
  call.reply.integer(1)
}

function swapDb(call: Call): void {
  const indexes = ['first', 'second'].map((which, i) => {
    const text = call.text(i + 1)
    if (!/^-?\d{1,10}$/.test(text)) throw new CommandError(`ERR invalid ${which} DB index`)
    return Number(text)
  })
  if (indexes.some((index) => index < 0 || index >= call.databases)) {
    throw new CommandError('ERR DB index is out of range')
  }
  call.keyspace.swap(indexes[0], indexes[1])
  call.changes++
  call.reply.simple('OK')
}

function flushOptions(call: Call): void {
  if (call.argc > 2 || (call.argc === 2 && !call.is(1, 'ASYNC') && !call.is(1, 'SYNC'))) {
    throw syntaxError()
  }
}

function flushDb(call: Call): void {
  flushOptions(call)
  // Told to logs even where nothing was there.
  call.changes += Math.max(1, call.db.size)
  call.db.flush()
  call.reply.simple('OK')
}

function flushAll(call: Call): void {
  flushOptions(call)
  const {keyspace} = call
  for (const number of keyspace.numbers()) call.changes += keyspace.database(number).size
  call.changes++
  keyspace.flushAll()
  call.reply.simple('OK')
}

export const KEYSPACE_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['DEL', del],
  ['UNLINK', del],
  ['EXPIRE', expire({unit: 1000, relative: true})],
  ['PEXPIRE', expire({unit: 1, relative: true})],
  ['EXPIREAT', expire({unit: 1000, relative: false})],
  ['PEXPIREAT', expire({unit: 1, relative: false})],
  ['PERSIST', persist],
  ['RENAME', rename],
  ['RENAMENX', renameNx],
  ['MOVE', move],
  ['COPY', copy],
  ['SWAPDB', swapDb],
  ['FLUSHDB', flushDb],
  ['FLUSHALL', flushAll],
]
