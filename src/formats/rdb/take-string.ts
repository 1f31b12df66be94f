/** Strings that lie in one piece, for whoever copies them at once. */
import {readString} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import {RdbType} from './types.ts'

/** First bytes of a length of more than 14 bits, of an integer, of compressed data: see primitives.ts. */
const LONG = 0x80
const INTEGER = 0xc0
const COMPRESSED = 0xc3

/**
 * Take the value of the current entry where it is a short string or an integer: [c.start, c.end), until the next call. Returns
 * false where it is anything else: then it is for `readValue()`. @throws FormatError, framed when the next entry can be read.
 */
export function takeString(r: RdbReader): boolean {
  if (r.type !== RdbType.STRING) return false
  const {c} = r
  c.ensure(1)
  const first = c.memory[c.next]
  if (first >= LONG && (first < INTEGER || first === COMPRESSED)) return false
  try {
    readString(c)
  } catch (error) {
    r.reportError(error)
  }
  r.throwFault()
  return true
}
