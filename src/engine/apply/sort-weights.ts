/** What SORT compares: elements, or what other keys hold that their patterns lead to. Source: sort.c. */

import {leadingNumber} from '../../formats/rdb/scores.ts'
import {text} from '../../formats/text.ts'
import {type Call, CommandError} from '../call.ts'
import {fieldText, findField} from '../values/hash-fields.ts'
import {logicalOf} from '../values/kinds.ts'
import {stringEnd, stringStart} from '../values/string.ts'
import {isFieldOver} from './hash-lookup.ts'

export function bytesOf(latin1: string): Uint8Array {
  const bytes = new Uint8Array(latin1.length)
  for (let i = 0; i < latin1.length; i++) bytes[i] = latin1.charCodeAt(i)
  return bytes
}

/** Does a pattern name a key for each element? Servers look at patterns as C strings. */
export const isPattern = (pattern: string): boolean => cString(pattern).includes('*')

/** What C sees of it. */
export const cString = (value: string): string => value.split('\0', 1)[0]

/**
 * What a pattern leads to from an element: the element itself for `#`, a string `key_*`, a field of a hash `key_*->field`; null
 * when that is not there. Source: lookupKeyByPattern().
 */
export function lookUp(call: Call, pattern: string, element: string): string | null {
  if (pattern === '#') return element
  const star = cString(pattern).indexOf('*')
  if (star < 0) return null
  const arrow = cString(pattern).indexOf('->', star + 1)
  const isField = arrow >= 0 && arrow + 2 < cString(pattern).length
  const postfix = pattern.slice(star + 1, isField ? arrow : undefined)
  const key = bytesOf(`${pattern.slice(0, star)}${element}${postfix}`)
  const {db, keyspace} = call
  const entry = call.lookup(call.dbNumber, key, 0, key.length)
  if (entry === 0) return null
  const type = logicalOf(db.kind(entry))
  if (!isField) {
    if (type !== 'string') return null
    const {memory} = keyspace.arena
    return text(memory.subarray(stringStart(keyspace, entry), stringEnd(keyspace, entry)))
  }
  if (type !== 'hash') return null
  const name = bytesOf(pattern.slice(arrow + 2))
  const field = findField(keyspace, entry, name, 0, name.length)
  if (field === 0 || isFieldOver(call, entry, field)) return null
  return fieldText(keyspace, entry, field)
}

/** Smallest double that strtod() gives without ERANGE, unless it is written exactly. */
const NORMAL_MIN = 2 ** -1022
const NO_NUMBER = "ERR One or more scores can't be converted into double"

/** The number that an element is sorted by. @throws CommandError when it is none. */
export function weightOf(value: string): number {
  const number = cString(value)
  const [weight, length] = leadingNumber(number)
  const infinite = Math.abs(weight) === Number.POSITIVE_INFINITY && /\d/.test(number)
  const hexadecimal = /^\s*[+-]?0x/i.test(number)
  const tiny = Math.abs(weight) < NORMAL_MIN && !hexadecimal && /[1-9]/.test(mantissa(number))
  if (length !== number.length || Number.isNaN(weight) || infinite || tiny) {
    throw new CommandError(NO_NUMBER)
  }
  return weight
}

const mantissa = (number: string): string => number.split(/e/i, 1)[0]
