/**
 * Commands about expiries of fields, of Redis 7.4 and Valkey 9. What one of the two takes is taken; the texts of errors are those
 * of Redis. Nothing expires while a log is replayed: an expiry in the past is only set.
 *
 *     HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT  key time [NX | XX | GT | LT] FIELDS n field...
 *     HPERSIST key FIELDS n field...
 *
 * Source: t_hash.c of both.
 */
import {type Apply, type Call, CommandError} from '../call.ts'
import {expiringTable, findField, tableOf} from '../values/hash-fields.ts'
import {HASH_EXPIRING_VALUES} from './hash-expiring-values.ts'
import {expireFields, findHash, removeEmptyHash} from './hash-lookup.ts'
import {
  FORMS,
  fieldsFrom,
  firstField,
  NX,
  noFields,
  notPositive,
  type TimeForm,
  tellDeleted,
  tellExpiry,
  timeOf,
  XX,
} from './hash-times.ts'
import {isPast} from './is-past.ts'

const GT = 4
const LT = 8

/** What is answered for a field. */
const MISSING = -2
const NO_EXPIRY = -1
const REFUSED = 0
const DONE = 1
const DELETED = 2

function expire(call: Call, form: TimeForm, name: string): void {
  const entry = findHash(call)
  const expiresAtMs = timeOf(call, 2, form, name)
  let flags = 0
  let at = 3
  for (; at < call.argc && !call.is(at, 'FIELDS'); at++) flags |= conditionOf(call, at)
  const incompatible = (flags & NX && flags !== NX) || (flags & GT && flags & LT)
  if (incompatible) throw noFields()
  const first = firstField(call, at, positiveNumber)
  call.reply.array(call.argc - first)
  if (entry === 0) return answerAll(call, first, MISSING)
  const past = isPast(call, expiresAtMs)
  const changed = setExpiries(call, entry, first, (old) => allows(flags, old, expiresAtMs), {
    expiresAtMs,
    past,
  })
  if (past) tellDeleted(call, changed)
  else tellExpiry(call, expiresAtMs, changed, fieldsFrom(call, 3).slice(0, at - 3))
  removeEmptyHash(call, entry)
}

interface Expiry {
  expiresAtMs: number
  /** Then fields go at once. */
  past: boolean
}

/** Set the expiry of the fields from argument `first` on, and answer what became of each. Returns those that it was set of. */
function setExpiries(
  call: Call,
  entry: number,
  first: number,
  allowed: (old: number | null) => boolean,
  {expiresAtMs, past}: Expiry,
): Uint8Array[] {
  const {memory, starts, ends, reply} = call
  expireFields(call, entry, first)
  const table = expiringTable(call.keyspace, entry)
  const changed: Uint8Array[] = []
  for (let i = first; i < call.argc; i++) {
    const field = table.find(memory, starts[i], ends[i])
    const missing = field === 0
    if (missing || !allowed(table.expiresAtMs(field))) {
      reply.integer(missing ? MISSING : REFUSED)
      continue
    }
    if (past) table.drop(field)
    else table.setExpiry(field, expiresAtMs)
    call.changes++
    reply.integer(past ? DELETED : DONE)
    if (call.answers) changed.push(call.bytes(i))
  }
  return changed
}

function answerAll({reply, argc}: Call, first: number, value: number): void {
  for (let i = first; i < argc; i++) reply.integer(value)
}

const positiveNumber = () => new CommandError('ERR Parameter `numFields` should be greater than 0')

function conditionOf(call: Call, i: number): number {
  if (call.is(i, 'NX')) return NX
  if (call.is(i, 'XX')) return XX
  if (call.is(i, 'GT')) return GT
  if (call.is(i, 'LT')) return LT
  throw noFields()
}

/** No expiry counts as one that never comes. */
function allows(flags: number, old: number | null, expiresAtMs: number): boolean {
  if (flags & NX) return old === null
  if (flags & XX && old === null) return false
  if (flags & GT) return old !== null && expiresAtMs > old
  if (flags & LT) return old === null || expiresAtMs < old
  return true
}

function persist(call: Call): void {
  const entry = findHash(call)
  const first = firstField(call, 2, notPositive)
  const {memory, starts, ends, argc, reply} = call
  reply.array(argc - first)
  if (entry === 0) return answerAll(call, first, MISSING)
  expireFields(call, entry, first)
  const table = tableOf(call.keyspace, entry)
  for (let i = first; i < argc; i++) {
    const field = findField(call.keyspace, entry, memory, starts[i], ends[i])
    if (field === 0) reply.integer(MISSING)
    else if (!table || table.expiresAtMs(field) === null) reply.integer(NO_EXPIRY)
    else {
      table.setExpiry(field, null)
      call.changes++
      reply.integer(DONE)
    }
  }
  removeEmptyHash(call, entry)
}

export const HASH_EXPIRY_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['HEXPIRE', (call) => expire(call, FORMS.EX, 'hexpire')],
  ['HPEXPIRE', (call) => expire(call, FORMS.PX, 'hpexpire')],
  ['HEXPIREAT', (call) => expire(call, FORMS.EXAT, 'hexpireat')],
  ['HPEXPIREAT', (call) => expire(call, FORMS.PXAT, 'hpexpireat')],
  ['HPERSIST', persist],
  ...HASH_EXPIRING_VALUES,
]
