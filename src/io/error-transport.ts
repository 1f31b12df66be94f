import {FormatError} from '../formats/errors.ts'
import {InputError, Interrupted} from './input-error.ts'

/** An error as plain data, so that it can go from one thread to another. */
export interface PackedError {
  name: string
  message: string
  stack: string
  /** Own fields: code, offset, path, exit ... */
  fields: Record<string, unknown>
}

/** Classes that come out of the other thread as themselves. Others become a plain Error with the same fields. */
const PROTOTYPES: Record<string, object> = {
  FormatError: FormatError.prototype,
  InputError: InputError.prototype,
  Interrupted: Interrupted.prototype,
  RangeError: RangeError.prototype,
  TypeError: TypeError.prototype,
}

export function packError(thrown: unknown): PackedError {
  const error = isError(thrown) ? thrown : new Error(String(thrown))
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(error)) if (isPlain(value)) fields[name] = value
  return {name: error.name, message: error.message, stack: error.stack ?? '', fields}
}

export function unpackError(packed: PackedError): Error {
  const error = new Error(packed.message)
  const prototype = PROTOTYPES[packed.name]
  if (prototype) Object.setPrototypeOf(error, prototype)
  else error.name = packed.name
  Object.assign(error, packed.fields)
  error.stack = packed.stack
  return error
}

/** Errors of another realm count too. */
function isError(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'name' in thrown
}

/** Errors carry words, numbers and lists of words; anything deeper stays behind. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string')
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)
}
