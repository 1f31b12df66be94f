/** Commands on strings as wholes. Those that compute are in string-numbers.ts. Source: t_string.c. */
import {type Apply, type Call, CommandError, wrongType} from '../call.ts'
import {Kind, valueField} from '../values/kinds.ts'
import {
  addString,
  appendString,
  copySpan,
  growString,
  STRING_MAX,
  setString,
  stringStart,
} from '../values/string.ts'
import {findString} from './find-string.ts'
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
  if (call.argc === 3) replace(call, 1, 2)
  else if (call.argc === 5 && call.is(3, 'PXAT'))
    setUntil(call, readExpiry(call, 4, Option.PXAT, 'set'))
  else setWith(call, readOptions(call, 3, SET_OPTIONS))
}

function setUntil(call: Call, expiresAtMs: number): void {
  const place = put(call, call.find(1), 1, 2)
  call.db.setExpiry(place, expiresAtMs)
}

function setWith(call: Call, options: Options): void {
  const {given, time} = options
  const {db} = call
  const expiresAtMs = time === 0 ? null : readExpiry(call, time, given & TIMES, 'set')
  checkDigest(call, options)
  const entry = call.find(1)
  if ((given & Option.GET) !== 0 && entry !== 0 && db.kind(entry) !== Kind.STRING) throw wrongType()
  if ((given & CONDITIONS) !== 0 && !meets(call, entry, options)) return
  if ((given & Option.NX) !== 0 && entry !== 0) return
  if ((given & Option.XX) !== 0 && entry === 0) return
  const place = put(call, entry, 1, 2)
  if ((given & Option.KEEPTTL) === 0) db.setExpiry(place, expiresAtMs)
}

function setnx(call: Call): void {
  const entry = call.find(1)
  if (entry === 0) put(call, entry, 1, 2)
}

const setex =
  (unit: number, command: string): Apply =>
  (call) => {
    const expiresAtMs = readExpiry(call, 2, unit, command)
    const place = put(call, call.find(1), 1, 3)
    call.db.setExpiry(place, expiresAtMs)
  }

function getset(call: Call): void {
  findString(call, 1)
  replace(call, 1, 2)
}

function getdel(call: Call): void {
  const entry = findString(call, 1)
  if (entry !== 0) call.db.remove(entry)
}

function getex(call: Call): void {
  const {given, time} = readOptions(call, 2, TIMES | Option.PERSIST)
  const entry = findString(call, 1)
  if (entry === 0 || given === 0) return
  const expiresAtMs = time === 0 ? null : readExpiry(call, time, given & TIMES, 'getex')
  call.db.setExpiry(entry, expiresAtMs)
}

const tooLong = () =>
  new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)')

function append(call: Call): void {
  const {db, memory, starts, ends} = call
  const entry = findString(call, 1)
  if (entry === 0) {
    put(call, entry, 1, 2)
    return
  }
  if (valueField(call.keyspace, entry) + ends[2] - starts[2] > STRING_MAX) throw tooLong()
  appendString(db, entry, memory, starts[2], ends[2])
}

function setrange(call: Call): void {
  const short = shortArgument(call, 2)
  const offset = Number.isNaN(short) ? Number(call.bigint(2)) : short
  if (offset < 0) throw new CommandError('ERR offset is out of range')
  const {db, keyspace, memory, starts, ends} = call
  const found = findString(call, 1)
  const length = ends[3] - starts[3]
  if (length === 0) return
  if (offset + length > STRING_MAX) throw tooLong()
  const entry = found === 0 ? db.add(memory, starts[1], ends[1], Kind.STRING) : found
  // Only the arena's memory may be replaced by this; the arguments may lie in it.
  const inArena = memory === keyspace.arena.memory
  const place = growString(db, entry, offset + length)
  const own = keyspace.arena.memory
  const at = stringStart(keyspace, place) + offset
  copySpan(inArena ? own : memory, starts[3], ends[3], own, at)
}

const wrongPairs = (command: string) =>
  new CommandError(`ERR wrong number of arguments for '${command}' command`)

function mset(call: Call): void {
  if (call.argc % 2 === 0) throw wrongPairs('mset')
  for (let i = 1; i < call.argc; i += 2) replace(call, i, i + 1)
}

function msetnx(call: Call): void {
  if (call.argc % 2 === 0) throw wrongPairs('msetnx')
  for (let i = 1; i < call.argc; i += 2) if (call.find(i) !== 0) return
  for (let i = 1; i < call.argc; i += 2) replace(call, i, i + 1)
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
    if (isThere ? (given & Option.NX) !== 0 : (given & Option.XX) !== 0) return
  }
  for (let i = 2; i < end; i += 2) {
    const place = put(call, call.find(i), i, i + 1)
    if ((given & Option.KEEPTTL) === 0) call.db.setExpiry(place, expiresAtMs)
  }
}

/** DELEX key [IFEQ | IFNE value] [IFDEQ | IFDNE digest]: without a condition it deletes a key of any type. */
function delex(call: Call): void {
  const {argc, db} = call
  if (argc !== 2 && argc !== 4) throw wrongPairs('delex')
  const options = readOptions(call, 2, CONDITIONS)
  checkDigest(call, options)
  const entry = call.find(1)
  if (entry === 0) return
  if (options.given !== 0) {
    if (db.kind(entry) !== Kind.STRING) {
      throw new CommandError('ERR Key should be of string type if conditions are specified')
    }
    if (!meets(call, entry, options)) return
  }
  db.remove(entry)
}

function delifeq(call: Call): void {
  const entry = findString(call, 1)
  if (entry !== 0 && valueIs(call, entry, 2)) call.db.remove(entry)
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
