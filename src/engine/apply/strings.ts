/** Commands on strings as wholes. Those that compute are in string-numbers.ts. Source: t_string.c. */
import {type Apply, type Call, CommandError, wrongType} from '../call.ts'
import {Kind, valueField} from '../values/kinds.ts'
import {
  addString,
  appendString,
  growString,
  STRING_MAX,
  setString,
  stringStart,
} from '../values/string.ts'
import {findString, putString} from './find-string.ts'
import {isPast} from './is-past.ts'
import {shortArgument} from './numbers.ts'
import {NUMBERS_APPLY} from './string-numbers.ts'
import {
  CONDITIONS,
  checkDigest,
  meets,
  Option,
  type Options,
  readCount,
  readExpiry,
  readOptions,
  TIMES,
  valueIs,
} from './string-options.ts'

/** Set the key in argument `key`, whose entry is `entry` or 0, to argument `value`. Returns its entry; the expiry stays. */
function put(call: Call, entry: number, key: number, value: number): number {
  const {db, memory, starts, ends} = call
  if (entry !== 0) return setString(db, entry, memory, starts[value], ends[value])
  return addString(db, memory, starts[key], ends[key], starts[value], ends[value])
}

/** The same, and the expiry is gone. */
function replace(call: Call, key: number, value: number): void {
  const {db} = call
  const entry = call.find(key)
  const place = put(call, entry, key, value)
  if (entry !== 0 && db.expires !== 0) db.setExpiry(place, null)
}

const SET_OPTIONS = TIMES | CONDITIONS | Option.NX | Option.XX | Option.GET | Option.KEEPTTL

function set(call: Call): void {
  if (call.argc === 3) {
    replace(call, 1, 2)
    call.changes++
    call.reply.simple('OK')
  } else if (call.argc === 5 && call.is(3, 'PXAT'))
    setUntil(call, 2, readExpiry(call, 4, Option.PXAT, 'set'))
  else setWith(call, readOptions(call, 3, SET_OPTIONS))
}

function setUntil(call: Call, value: number, expiresAtMs: number): void {
  const place = put(call, call.find(1), 1, value)
  call.db.setExpiry(place, expiresAtMs)
  call.changes++
  call.reply.simple('OK')
  tellUntil(call, value, expiresAtMs)
}

/** Logs are told when a key expires, not how long it lives. */
function tellUntil(call: Call, value: number, expiresAtMs: number): void {
  if (call.answers) call.tell('SET', call.bytes(1), call.bytes(value), 'PXAT', expiresAtMs)
}

/** They are not told that the old value was asked for. */
function tellWithoutGet(call: Call): void {
  if (!call.answers) return
  const words = Array.from({length: call.argc}, (_, i) => i).filter(
    (i) => i < 3 || !call.is(i, 'GET'),
  )
  call.tell(...words.map((i) => call.bytes(i)))
}

function setWith(call: Call, options: Options): void {
  const {given, time} = options
  const {db} = call
  const expiresAtMs = time === 0 ? null : readExpiry(call, time, given & TIMES, 'set')
  checkDigest(call, options)
  const entry = call.find(1)
  const gets = (given & Option.GET) !== 0
  if (gets && entry !== 0 && db.kind(entry) !== Kind.STRING) throw wrongType()
  const wanted = mayBeSet(call, entry, options)
  if (gets) putString(call, entry)
  else if (wanted) call.reply.simple('OK')
  else call.reply.nothing()
  if (!wanted) return
  const place = put(call, entry, 1, 2)
  if ((given & Option.KEEPTTL) === 0) db.setExpiry(place, expiresAtMs)
  call.changes++
  if (expiresAtMs !== null) tellUntil(call, 2, expiresAtMs)
  else if (gets) tellWithoutGet(call)
}

function mayBeSet(call: Call, entry: number, options: Options): boolean {
  const {given} = options
  if ((given & CONDITIONS) !== 0 && !meets(call, entry, options)) return false
  return entry === 0 ? (given & Option.XX) === 0 : (given & Option.NX) === 0
}

function setnx(call: Call): void {
  const entry = call.find(1)
  call.reply.integer(entry === 0 ? 1 : 0)
  if (entry !== 0) return
  put(call, entry, 1, 2)
  call.changes++
}

const setex =
  (unit: number, command: string): Apply =>
  (call) => {
    setUntil(call, 3, readExpiry(call, 2, unit, command))
  }

function getset(call: Call): void {
  putString(call, findString(call, 1))
  replace(call, 1, 2)
  call.changes++
  if (call.answers) call.tell('SET', call.bytes(1), call.bytes(2))
}

function getdel(call: Call): void {
  const entry = findString(call, 1)
  putString(call, entry)
  if (entry !== 0) removeKey(call, entry)
}

/** Remove the key in argument 1; logs are told that alone. */
function removeKey(call: Call, entry: number): void {
  call.db.remove(entry)
  call.changes++
  if (call.answers) call.tell('DEL', call.bytes(1))
}

function getex(call: Call): void {
  const {given, time} = readOptions(call, 2, TIMES | Option.PERSIST)
  const entry = findString(call, 1)
  if (entry === 0 || given === 0) return putString(call, entry)
  const expiresAtMs = time === 0 ? null : readExpiry(call, time, given & TIMES, 'getex')
  putString(call, entry)
  const {db, answers} = call
  if (expiresAtMs === null) {
    if (db.expiresAtMs(entry) === null) return
    if (answers) call.tell('PERSIST', call.bytes(1))
  } else if (isPast(call, expiresAtMs)) return removeKey(call, entry)
  else if (answers) call.tell('PEXPIREAT', call.bytes(1), expiresAtMs)
  db.setExpiry(entry, expiresAtMs)
  call.changes++
}

const tooLong = () =>
  new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)')

function append(call: Call): void {
  const {db, memory, starts, ends} = call
  const entry = findString(call, 1)
  const length = (entry === 0 ? 0 : valueField(call.keyspace, entry)) + ends[2] - starts[2]
  if (length > STRING_MAX) throw tooLong()
  if (entry === 0) put(call, entry, 1, 2)
  else appendString(db, entry, memory, starts[2], ends[2])
  call.changes++
  call.reply.integer(length)
}

function setrange(call: Call): void {
  const short = shortArgument(call, 2)
  const offset = Number.isNaN(short) ? Number(call.bigint(2)) : short
  if (offset < 0) throw new CommandError('ERR offset is out of range')
  const {db, keyspace, memory, starts, ends} = call
  const found = findString(call, 1)
  const length = ends[3] - starts[3]
  const old = found === 0 ? 0 : valueField(keyspace, found)
  if (length === 0) return call.reply.integer(old)
  if (offset + length > STRING_MAX) throw tooLong()
  const entry = found === 0 ? db.add(memory, starts[1], ends[1], Kind.STRING) : found
  // Only the arena's memory may be replaced by this; the arguments may lie in it.
  const inArena = memory === keyspace.arena.memory
  const place = growString(db, entry, offset + length)
  const at = stringStart(keyspace, place) + offset
  keyspace.arena.put(inArena ? keyspace.arena.memory : memory, starts[3], ends[3], at)
  call.changes++
  call.reply.integer(Math.max(old, offset + length))
}

const wrongPairs = (command: string) =>
  new CommandError(`ERR wrong number of arguments for '${command}' command`)

function mset(call: Call): void {
  if (call.argc % 2 === 0) throw wrongPairs('mset')
  replacePairs(call)
  call.reply.simple('OK')
}

function replacePairs(call: Call): void {
  for (let i = 1; i < call.argc; i += 2) replace(call, i, i + 1)
  call.changes += (call.argc - 1) / 2
}

function msetnx(call: Call): void {
  if (call.argc % 2 === 0) throw wrongPairs('msetnx')
  for (let i = 1; i < call.argc; i += 2) if (call.find(i) !== 0) return call.reply.integer(0)
  replacePairs(call)
  call.reply.integer(1)
}

const MSETEX_OPTIONS = TIMES | Option.NX | Option.XX | Option.KEEPTTL

/** MSETEX numkeys key value [key value ...] [NX | XX] [a time | KEEPTTL] */
function msetex(call: Call): void {
  const end = 2 + 2 * readCount(call, 1, 'ERR invalid numkeys value')
  if (end > call.argc) throw new CommandError('ERR wrong number of key-value pairs')
  const {given, time} = readOptions(call, end, MSETEX_OPTIONS)
  const expiresAtMs = time === 0 ? null : readExpiry(call, time, given & TIMES, 'msetex')
  for (let i = 2; i < end; i += 2) {
    const isThere = call.find(i) !== 0
    if (isThere ? (given & Option.NX) !== 0 : (given & Option.XX) !== 0) {
      return call.reply.integer(0)
    }
  }
  for (let i = 2; i < end; i += 2) {
    const place = put(call, call.find(i), i, i + 1)
    if ((given & Option.KEEPTTL) === 0) call.db.setExpiry(place, expiresAtMs)
  }
  call.changes += (end - 2) / 2
  call.reply.integer(1)
  if (expiresAtMs === null || !call.answers) return
  const pairs = Array.from({length: end}, (_, i) => call.bytes(i))
  call.tell(...pairs, 'PXAT', expiresAtMs)
}

/** DELEX key [IFEQ | IFNE value] [IFDEQ | IFDNE digest]: without a condition it deletes a key of any type. */
function delex(call: Call): void {
  const {argc, db} = call
  if (argc !== 2 && argc !== 4) throw wrongPairs('delex')
  const options = readOptions(call, 2, CONDITIONS)
  checkDigest(call, options)
  const entry = call.find(1)
  if (entry === 0) return call.reply.integer(0)
  if (options.given !== 0) {
    if (db.kind(entry) !== Kind.STRING) {
      throw new CommandError('ERR Key should be of string type if conditions are specified')
    }
    if (!meets(call, entry, options)) return call.reply.integer(0)
  }
  removeKey(call, entry)
  call.reply.integer(1)
}

function delifeq(call: Call): void {
  const entry = findString(call, 1)
  const wanted = entry !== 0 && valueIs(call, entry, 2)
  if (wanted) removeKey(call, entry)
  call.reply.integer(wanted ? 1 : 0)
}

export const STRINGS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['SET', set],
  ['SETNX', setnx],
  ['SETEX', setex(Option.EX, 'setex')],
  ['PSETEX', setex(Option.PX, 'psetex')],
  ['GETSET', getset],
  ['GETDEL', getdel],
  ['GETEX', getex],
  ['APPEND', append],
  ['SETRANGE', setrange],
  ['MSET', mset],
  ['MSETNX', msetnx],
  ['MSETEX', msetex],
  ['DELEX', delex],
  ['DELIFEQ', delifeq],
  ...NUMBERS_APPLY,
]
