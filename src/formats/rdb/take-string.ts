/** Strings, for whoever copies what lies in one piece at once. */
import {readShort} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import type {ValueVisitor} from './visitor.ts'

/**
 * Read the value of the current entry, a string. Returns true when it is the span [c.start, c.end), until the next call; a long one
 * was given to `visit`. @throws FormatError, framed when the next entry can be read.
 */
export function takeString(r: RdbReader, visit: ValueVisitor): boolean {
  visit.begin(r.logical, r.type, 1)
  let isShort = false
  try {
    isShort = readShort(r.c, visit)
  } catch (error) {
    r.reportError(error)
  }
  visit.end()
  r.throwFault()
  return isShort
}
