/**
 * Commands that read or write fields and their expiries at once, of Redis 8 and Valkey 9. What one of the two takes is taken; the
 * texts of errors are those of Redis. Nothing expires while a log is replayed: an expiry in the past is only set.
 *
 *     HSETEX key [NX | XX] [FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] FIELDS n (field value)...
 *     HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS n field...
 *     HGETDEL key FIELDS n field...
 *
 * NX and XX of HSETEX, about the key, are Valkey's. Source: t_hash.c of both.
 */
import {type Apply, type Call, CommandError} from '../call.ts'
import {
  deleteField,
  expiringTable,
  findField,
  findValue,
  KEEP_EXPIRY,
  setField,
} from '../values/hash-fields.ts'
import {spanEnd, spanStart} from '../values/packed-block.ts'
import {expireFields, findHash, makeHash, removeEmptyHash, wrongArity} from './hash-lookup.ts'
import {
  countOf,
  FORMS,
  fieldsFrom,
  firstField,
  NX,
  notPositive,
  tellDeleted,
  tellExpiry,
  timeOf,
  XX,
} from './hash-times.ts'
import {isPast} from './is-past.ts'

const FNX = 16
const FXX = 32

interface SetOptions {
  conditions: number
  keepExpiry: boolean
  expiresAtMs: number | null
  /** Argument of the first field. */
  first: number
}

function setOptions(call: Call): SetOptions {
  const options: SetOptions = {conditions: 0, keepExpiry: false, expiresAtMs: null, first: 0}
  let i = 2
  for (; i < call.argc && !call.is(i, 'FIELDS'); i++) {
    const condition = setCondition(call, i)
    const form = FORMS[call.text(i).toUpperCase()]
    if (condition !== 0) addCondition(options, condition)
    else {
      if (!form && !call.is(i, 'KEEPTTL')) {
        throw new CommandError(`ERR unknown argument: ${call.text(i)}`)
      }
      if (options.keepExpiry || options.expiresAtMs !== null) throw twoTimes()
      if (!form) options.keepExpiry = true
      else if (++i < call.argc) options.expiresAtMs = timeOf(call, i, form, 'hsetex')
    }
  }
  if (i + 1 >= call.argc) throw wrongArity('hsetex')
  const count = countOf(call, i + 1, () => new CommandError('ERR invalid number of fields'))
  if (count * 2 !== call.argc - i - 2) throw wrongArity('hsetex')
  return {...options, first: i + 2}
}

const twoTimes = () =>
  new CommandError('ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified')

function setCondition(call: Call, i: number): number {
  if (call.is(i, 'FNX')) return FNX
  if (call.is(i, 'FXX')) return FXX
  if (call.is(i, 'NX')) return NX
  return call.is(i, 'XX') ? XX : 0
}

function addCondition(options: SetOptions, condition: number): void {
  const group = condition & (FNX | FXX) ? FNX | FXX : NX | XX
  if (options.conditions & group) {
    const names = group & NX ? 'XX or NX' : 'FXX or FNX'
    throw new CommandError(`ERR Only one of ${names} arguments can be specified`)
  }
  options.conditions |= condition
}

function setExpiring(call: Call): void {
  const options = setOptions(call)
  const {expiresAtMs, first} = options
  const found = findHash(call)
  if (found !== 0) expireFields(call, found, first, 2)
  if (!conditionsHold(call, options.conditions, found, first)) {
    if (found !== 0) removeEmptyHash(call, found)
    return call.reply.integer(0)
  }
  call.reply.integer(1)
  if (expiresAtMs !== null && isPast(call, expiresAtMs)) {
    if (found !== 0) deletePairs(call, found, first)
    return
  }
  setFields(call, found, options)
  call.changes += (call.argc - first) / 2
  if (expiresAtMs !== null && call.answers) tellSet(call, expiresAtMs, first)
}

function setFields(call: Call, found: number, options: SetOptions): void {
  const {keyspace, memory, starts, ends, argc} = call
  const {keepExpiry, expiresAtMs, first} = options
  const entry = makeHash(call, found, (argc - first) / 2)
  const table = expiresAtMs === null ? null : expiringTable(keyspace, entry)
  const kept = keepExpiry ? KEEP_EXPIRY : undefined
  for (let i = first; i < argc; i += 2) {
    const start = starts[i]
    const end = ends[i]
    setField(keyspace, entry, memory, start, end, memory, starts[i + 1], ends[i + 1], kept)
    table?.setExpiry(table.find(memory, start, end), expiresAtMs)
  }
}

/** The command with its time as PXAT. */
function tellSet(call: Call, expiresAtMs: number, first: number): void {
  const options: Uint8Array[] = []
  for (let i = 2; i < first - 2; i++) {
    if (FORMS[call.text(i).toUpperCase()]) i++
    else options.push(call.bytes(i))
  }
  const fields = fieldsFrom(call, first)
  call.tell(
    ...['HSETEX', call.bytes(1), ...options, 'PXAT', expiresAtMs],
    ...['FIELDS', fields.length / 2, ...fields],
  )
}

function conditionsHold(call: Call, conditions: number, entry: number, first: number): boolean {
  if (conditions & NX && entry !== 0) return false
  if (conditions & XX && entry === 0) return false
  if (!(conditions & (FNX | FXX))) return true
  const {keyspace, memory, starts, ends, argc} = call
  for (let i = first; i < argc; i += 2) {
    const there = entry !== 0 && findField(keyspace, entry, memory, starts[i], ends[i]) !== 0
    if (there !== (conditions & FXX) > 0) return false
  }
  return true
}

function getExpiring(call: Call): void {
  const entry = findHash(call)
  const form = FORMS[call.text(2).toUpperCase()]
  const expiresAtMs = form ? timeOf(call, 3, form, 'hgetex') : null
  const clear = !form && call.is(2, 'PERSIST')
  const first = firstField(call, form ? 4 : clear ? 3 : 2, notPositive)
  if (expiresAtMs !== null && isPast(call, expiresAtMs)) return takeValues(call, entry, first)
  if (call.answers) answerValues(call, entry, first, false)
  if (entry === 0) return
  if (clear || expiresAtMs !== null) changeExpiries(call, entry, first, expiresAtMs)
  removeEmptyHash(call, entry)
}

/** Unlike HPERSIST it makes Redis keep room for expiries. */
function changeExpiries(
  call: Call,
  entry: number,
  first: number,
  expiresAtMs: number | null,
): void {
  const {memory, starts, ends, argc, changes} = call
  const table = expiringTable(call.keyspace, entry)
  for (let i = first; i < argc; i++) {
    const field = table.find(memory, starts[i], ends[i])
    if (field === 0 || (expiresAtMs === null && table.expiresAtMs(field) === null)) continue
    table.setExpiry(field, expiresAtMs)
    call.changes++
  }
  if (call.changes === changes || !call.answers) return
  const fields = fieldsFrom(call, first)
  if (expiresAtMs !== null) tellExpiry(call, expiresAtMs, fields)
  else call.tell('HPERSIST', call.bytes(1), 'FIELDS', fields.length, ...fields)
}

/** Answer the values of the fields from argument `first` on. Those whose time is over go, and all if `deletes`, one by one. */
function answerValues(call: Call, entry: number, first: number, deletes: boolean): void {
  const {keyspace, memory, starts, ends, argc, reply} = call
  reply.array(argc - first)
  if (entry !== 0) expireFields(call, entry, first)
  for (let i = first; i < argc; i++) {
    const field = entry === 0 ? 0 : findField(keyspace, entry, memory, starts[i], ends[i])
    if (field === 0) {
      reply.nothing()
      continue
    }
    findValue(keyspace, entry, field)
    reply.bulk(keyspace.arena.memory, spanStart(keyspace), spanEnd(keyspace))
    if (deletes && deleteField(keyspace, entry, memory, starts[i], ends[i])) call.changes++
  }
}

/** Answer them and delete them, and the key with the last one. */
function takeValues(call: Call, entry: number, first: number): void {
  const {changes} = call
  answerValues(call, entry, first, true)
  if (entry === 0) return
  if (call.changes > changes && call.answers) tellDeleted(call, fieldsFrom(call, first))
  removeEmptyHash(call, entry)
}

/** Delete the fields of the pairs from argument `first` on, and the key with the last one. */
function deletePairs(call: Call, entry: number, first: number): void {
  const {keyspace, memory, starts, ends, argc, changes} = call
  for (let i = first; i < argc; i += 2) {
    if (deleteField(keyspace, entry, memory, starts[i], ends[i])) call.changes++
  }
  if (call.changes > changes && call.answers) tellDeleted(call, fieldsFrom(call, first, 2))
  removeEmptyHash(call, entry)
}

function getDel(call: Call): void {
  const entry = findHash(call)
  takeValues(call, entry, firstField(call, 2, notPositive))
}

export const HASH_EXPIRING_VALUES: readonly (readonly [name: string, apply: Apply])[] = [
  ['HSETEX', setExpiring],
  ['HGETEX', getExpiring],
  ['HGETDEL', getDel],
]
