/** Times and fields in the arguments of commands about expiries of fields. Source: t_hash.c of Redis 8. */
import {type Call, CommandError} from '../call.ts'

/** Conditions: bits, to which commands add their own. */
export const NX = 1
export const XX = 2

export interface TimeForm {
  /** Milliseconds of one unit. */
  readonly unit: 1 | 1000
  readonly relative: boolean
}
export const FORMS: Readonly<Record<string, TimeForm>> = {
  EX: {unit: 1000, relative: true},
  PX: {unit: 1, relative: true},
  EXAT: {unit: 1000, relative: false},
  PXAT: {unit: 1, relative: false},
}

export const noFields = () =>
  new CommandError('ERR Mandatory argument FIELDS is missing or not at the right position')
export const notPositive = () => new CommandError('ERR Number of fields must be a positive integer')

/** Argument `i` as an absolute time in ms. */
export function timeOf(call: Call, i: number, form: TimeForm, name: string): number {
  const time = call.bigint(i)
  if (time < 0n) throw new CommandError('ERR invalid expire time, must be >= 0')
  const expiresAtMs = Number(time) * form.unit + (form.relative ? call.nowMs : 0)
  if (Number.isSafeInteger(expiresAtMs)) return expiresAtMs
  throw new CommandError(`ERR invalid expire time in '${name}' command`)
}

/** The word FIELDS stands at `at`, then the number of fields, then all of them up to the end. Returns where the first is. */
export function firstField(call: Call, at: number, notANumber: () => CommandError): number {
  if (at + 1 >= call.argc || !call.is(at, 'FIELDS')) throw noFields()
  const count = countOf(call, at + 1, notANumber)
  if (count !== call.argc - at - 2) {
    throw new CommandError('ERR The `numfields` parameter must match the number of arguments')
  }
  return at + 2
}

export function countOf(call: Call, i: number, notANumber: () => CommandError): number {
  const text = call.text(i)
  if (!/^[1-9]\d{0,18}$/.test(text)) throw notANumber()
  return Number(text)
}

/** Fields in arguments from `first` on, each `step` arguments further, copied. */
export function fieldsFrom(call: Call, first: number, step = 1): Uint8Array[] {
  const fields: Uint8Array[] = []
  for (let i = first; i < call.argc; i += step) fields.push(call.bytes(i))
  return fields
}

/** Logs are told when fields expire, not how long they live. `conditions` stand between the time and the fields. */
export function tellExpiry(
  call: Call,
  expiresAtMs: number,
  fields: Uint8Array[],
  conditions: Uint8Array[] = [],
): void {
  if (fields.length === 0) return
  call.tell(
    ...['HPEXPIREAT', call.bytes(1), expiresAtMs, ...conditions],
    ...['FIELDS', fields.length, ...fields],
  )
}

/** They are told that fields went, not why. */
export function tellDeleted(call: Call, fields: Uint8Array[]): void {
  if (fields.length > 0) call.tell('HDEL', call.bytes(1), ...fields)
}
