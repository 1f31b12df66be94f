import {type Call, CommandError, wrongType} from '../call.ts'
import {addLongDouble, isLongDouble} from '../long-double.ts'
import {Kind} from '../values/kinds.ts'
import {listLength, removeRange, settle} from '../values/list-edit.ts'
import {indexArgument} from './index-argument.ts'

/** The list in argument `i`, 0 when there is no key. @throws CommandError when it is no list. */
export function findList(call: Call, i: number): number {
  const {db} = call
  const entry = call.find(i)
  if (entry === 0) return 0
  const kind = db.kind(entry)
  if (kind !== Kind.LIST_PACKED && kind !== Kind.LIST) throw wrongType()
  return entry
}

/** Remove up to `count` elements from one end, and the key with the last one. */
export function popFrom(call: Call, entry: number, head: boolean, count: number): void {
  const length = listLength(call.keyspace, entry)
  const some = Math.min(count, length)
  removeRange(call.keyspace, entry, head ? 0 : length - some, some)
  settle(call.db, entry)
}

/** Argument `i` as a count of at least `least`. @throws CommandError with this text. */
export function countArgument(call: Call, i: number, least: number, text: string): number {
  try {
    const count = indexArgument(call, i)
    if (count >= least) return count
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
  }
  throw new CommandError(text)
}

/** Seconds whose milliseconds are no 64-bit integer. */
const TIMEOUT_END = 2 ** 63 / 1000

/** Argument `i` is how long to wait, in seconds. @throws CommandError as Redis 7.0 does. */
export function checkTimeout(call: Call, i: number): void {
  const text = call.text(i)
  if (!isLongDouble(text)) throw new CommandError('ERR timeout is not a float or out of range')
  const seconds = Number(addLongDouble(text, '0')?.replace('inf', 'Infinity'))
  // What overflows comes out negative.
  if (!(seconds >= 0 && seconds < TIMEOUT_END)) throw new CommandError('ERR timeout is negative')
}
