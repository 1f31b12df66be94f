/** What a string takes, with its key where both are one allocation. */
import {type Allocator, allocated} from './allocator.ts'
import {sdsBytes} from './element-sizes.ts'
import type {Encoding} from './encoding.ts'
import type {ServerLayout} from './server-layout.ts'

const OBJECT = 16
const POINTER = 8
const EXPIRY = 8
/** Header and NUL of a string that is embedded in an object. */
const EMBEDDED_SDS = 4
const EMBEDDED_LONGEST = 44
/** With its key, Valkey embeds a value up to a cache line, and from 9.0 on up to two. */
const CACHE_LINE = 64

export interface StringBytes {
  encoding: Encoding
  bytes: number
  /** The key is in it. */
  together: boolean
}

export function stringBytes(
  length: number,
  integer: boolean,
  keyLength: number,
  hasExpiry: boolean,
  layout: ServerLayout,
  allocator: Allocator,
): StringBytes {
  if (integer) return {encoding: 'int', bytes: OBJECT, together: false}
  if (layout.buckets) {
    const inObject = layout.key === 'in object'
    const key = 1 + sdsBytes(keyLength) + (hasExpiry ? EXPIRY : 0)
    // The place of the pointer is used, unless an expiry came later.
    const object = inObject && !hasExpiry ? OBJECT - POINTER : OBJECT
    const whole = object + key + length + EMBEDDED_SDS
    if (length < 0x100 && whole <= (inObject ? CACHE_LINE * 2 : CACHE_LINE)) {
      return {encoding: 'embstr', bytes: allocated(whole, allocator), together: true}
    }
  } else if (length <= EMBEDDED_LONGEST) {
    const exact = layout.exact !== 'none'
    const bytes = exact ? OBJECT + 2 + length : allocated(OBJECT + EMBEDDED_SDS + length, allocator)
    return {encoding: 'embstr', bytes, together: false}
  }
  const sds = sdsBytes(length)
  const bytes = OBJECT + (layout.exact === 'all' ? sds : allocated(sds, allocator))
  return {encoding: 'raw', bytes, together: false}
}
