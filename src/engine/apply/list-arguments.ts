import {type Call, CommandError, wrongType} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {listLength, removeRange, settle} from '../values/list-edit.ts'
import {eachElement} from '../values/list-elements.ts'
import {indexArgument} from './index-argument.ts'

/** The list in argument `i`, 0 when there is no key. @throws CommandError when it is no list. */
export function findList(call: Call, i: number): number {
  const {db} = call
  const entry = call.find(i)
  if (entry === 0) return 0
  if (!isList(db.kind(entry))) throw wrongType()
  return entry
}

const isList = (kind: number): boolean => kind === Kind.LIST_PACKED || kind === Kind.LIST

/** The same for a client that may have waited for it: then a key of another type is none. */
export function findAwaited(call: Call, i: number): number {
  const entry = call.find(i)
  return entry !== 0 && call.hasWaited && !isList(call.db.kind(entry)) ? 0 : findList(call, i)
}

/** Remove up to `count` elements from one end, and the key with the last one. Each is answered, without a header. */
export function popFrom(call: Call, entry: number, head: boolean, count: number): void {
  const {keyspace} = call
  const length = listLength(keyspace, entry)
  const some = Math.min(count, length)
  if (some === 0) return
  const first = head ? 0 : length - some
  if (call.answers) putElements(call, entry, first, some, !head)
  removeRange(keyspace, entry, first, some)
  settle(call.db, entry)
  call.changes += some
}

/** Answer `count` elements from the index `first` on, without a header; from the last one on if `reverse`. */
export function putElements(
  {keyspace, reply}: Call,
  entry: number,
  first: number,
  count: number,
  reverse = false,
): void {
  if (!reverse || count === 1) {
    eachElement(keyspace, entry, first, first + count, (memory, start, end) =>
      reply.bulk(memory, start, end),
    )
    return
  }
  const elements: Uint8Array[] = []
  eachElement(keyspace, entry, first, first + count, (memory, start, end) =>
    elements.push(memory.slice(start, end)),
  )
  for (const element of elements.reverse()) reply.bulk(element, 0, element.length)
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
