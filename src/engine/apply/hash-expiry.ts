/**
 * Commands about expiries of fields, of Redis 7.4 to 8 and Valkey 9. What one of the two takes is taken; the texts of errors
 * are those of Redis. Nothing expires here: an expiry in the past is only set.
 *
 *     HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT  key time [NX | XX | GT | LT] FIELDS n field...
 *     HPERSIST key FIELDS n field...
 *     HSETEX key [NX | XX] [FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] FIELDS n (field value)...
 *     HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS n field...
 *     HGETDEL key FIELDS n field...
 *
 * NX and XX of HSETEX, about the key, are Valkey's. Source: t_hash.c of both.
 */
import {type Apply, type Call, CommandError} from '../call.ts'
import type {Database} from '../database.ts'
import {
  deleteField,
  expiringTable,
  findField,
  KEEP_EXPIRY,
  setField,
  tableOf,
} from '../values/hash-fields.ts'
import {findHash, makeHash, removeEmptyHash, wrongArity} from './hash-lookup.ts'

const NX = 1
const XX = 2
const GT = 4
const LT = 8
const FNX = 16
const FXX = 32

interface TimeForm {
  /** Milliseconds of one unit. */
  readonly unit: 1 | 1000
  readonly relative: boolean
}
const FORMS: Readonly<Record<string, TimeForm>> = {
  EX: {unit: 1000, relative: true},
  PX: {unit: 1, relative: true},
  EXAT: {unit: 1000, relative: false},
  PXAT: {unit: 1, relative: false},
}

const noFields = () =>
  new CommandError('ERR Mandatory argument FIELDS is missing or not at the right position')
const notPositive = () => new CommandError('ERR Number of fields must be a positive integer')

/** Argument `i` as an absolute time in ms. */
function timeOf(call: Call, i: number, form: TimeForm, name: string): number {
  const time = call.bigint(i)
  if (time < 0n) throw new CommandError('ERR invalid expire time, must be >= 0')
  const expiresAtMs = Number(time) * form.unit + (form.relative ? call.nowMs : 0)
  if (Number.isSafeInteger(expiresAtMs)) return expiresAtMs
  throw new CommandError(`ERR invalid expire time in '${name}' command`)
}

/** The word FIELDS stands at `at`, then the number of fields, then all of them up to the end. Returns where the first is. */
function firstField(call: Call, at: number, notANumber: () => CommandError): number {
  if (at + 1 >= call.argc || !call.is(at, 'FIELDS')) throw noFields()
  const count = countOf(call, at + 1, notANumber)
  if (count !== call.argc - at - 2) {
    throw new CommandError('ERR The `numfields` parameter must match the number of arguments')
  }
  return at + 2
}

function countOf(call: Call, i: number, notANumber: () => CommandError): number {
  const text = call.text(i)
  if (!/^[1-9]\d{0,18}$/.test(text)) throw notANumber()
  return Number(text)
}

function expire(call: Call, form: TimeForm, name: string): void {
  const entry = findHash(call)
  const expiresAtMs = timeOf(call, 2, form, name)
  let flags = 0
  let at = 3
  for (; at < call.argc && !call.is(at, 'FIELDS'); at++) flags |= conditionOf(call, at)
  const incompatible = (flags & NX && flags !== NX) || (flags & GT && flags & LT)
  if (incompatible) throw noFields()
  const first = firstField(call, at, positiveNumber)
  if (entry === 0) return
  const {memory, starts, ends} = call
  const table = expiringTable(call.keyspace, entry)
  for (let i = first; i < call.argc; i++) {
    const field = table.find(memory, starts[i], ends[i])
    if (field !== 0 && allows(flags, table.expiresAtMs(field), expiresAtMs)) {
      table.setExpiry(field, expiresAtMs)
    }
  }
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
  if (entry !== 0) clearExpiries(call, tableOf(call.keyspace, entry), first)
}

function clearExpiries(call: Call, table: Database | null, first: number): void {
  if (!table) return
  const {memory, starts, ends, argc} = call
  for (let i = first; i < argc; i++) {
    const field = table.find(memory, starts[i], ends[i])
    if (field !== 0) table.setExpiry(field, null)
  }
}

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
  const {keyspace, memory, starts, ends, argc} = call
  const {conditions, keepExpiry, expiresAtMs, first} = setOptions(call)
  const found = findHash(call)
  if (!conditionsHold(call, conditions, found, first)) return
  const entry = makeHash(call, found, (argc - first) / 2)
  const table = expiresAtMs === null ? null : expiringTable(keyspace, entry)
  for (let i = first; i < argc; i += 2) {
    const start = starts[i]
    const end = ends[i]
    const options = keepExpiry ? KEEP_EXPIRY : undefined
    setField(keyspace, entry, memory, start, end, memory, starts[i + 1], ends[i + 1], options)
    table?.setExpiry(table.find(memory, start, end), expiresAtMs)
  }
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
  const {keyspace, memory, starts, ends, argc} = call
  const entry = findHash(call)
  const form = FORMS[call.text(2).toUpperCase()]
  const expiresAtMs = form ? timeOf(call, 3, form, 'hgetex') : null
  const clear = !form && call.is(2, 'PERSIST')
  const first = firstField(call, form ? 4 : clear ? 3 : 2, notPositive)
  if (entry === 0) return
  // Unlike HPERSIST it makes Redis keep room for expiries.
  if (clear) clearExpiries(call, expiringTable(keyspace, entry), first)
  if (expiresAtMs === null) return
  const table = expiringTable(keyspace, entry)
  for (let i = first; i < argc; i++) {
    const field = table.find(memory, starts[i], ends[i])
    if (field !== 0) table.setExpiry(field, expiresAtMs)
  }
}

function getDel(call: Call): void {
  const {keyspace, memory, starts, ends, argc} = call
  const entry = findHash(call)
  const first = firstField(call, 2, notPositive)
  if (entry === 0) return
  for (let i = first; i < argc; i++) deleteField(keyspace, entry, memory, starts[i], ends[i])
  removeEmptyHash(call, entry)
}

export const HASH_EXPIRY_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['HEXPIRE', (call) => expire(call, FORMS.EX, 'hexpire')],
  ['HPEXPIRE', (call) => expire(call, FORMS.PX, 'hpexpire')],
  ['HEXPIREAT', (call) => expire(call, FORMS.EXAT, 'hexpireat')],
  ['HPEXPIREAT', (call) => expire(call, FORMS.PXAT, 'hpexpireat')],
  ['HPERSIST', persist],
  ['HSETEX', setExpiring],
  ['HGETEX', getExpiring],
  ['HGETDEL', getDel],
]
