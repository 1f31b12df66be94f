/** Commands on lists. Source: t_list.c. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {
  expectBytes,
  insertBeside,
  listLength,
  makeList,
  pushElement,
  removeEqual,
  removeRange,
  replaceElement,
  settle,
} from '../values/list-edit.ts'
import {indexArgument} from './index-argument.ts'
import {countArgument, findList, popFrom} from './list-arguments.ts'
import {LIST_MOVES} from './list-moves.ts'

function push(head: boolean, create: boolean): Apply {
  return (call) => {
    const {db, keyspace, argc, starts, ends} = call
    let entry = findList(call, 1)
    if (entry === 0 && !create) return call.reply.integer(0)
    let bytes = 0
    for (let i = 2; i < argc; i++) bytes += ends[i] - starts[i]
    if (entry === 0) {
      entry = db.add(call.memory, starts[1], ends[1], Kind.STRING)
      makeList(keyspace, entry, bytes, argc - 2)
    }
    expectBytes(keyspace, entry, bytes)
    for (let i = 2; i < argc; i++) {
      const from = keyspace.stage(call.memory, starts[i], ends[i])
      pushElement(keyspace, entry, head, from, from + ends[i] - starts[i])
    }
    call.changes += argc - 2
    if (call.answers) call.reply.integer(listLength(keyspace, entry))
  }
}

const NEGATIVE = 'ERR value is out of range, must be positive'

function pop(head: boolean): Apply {
  return (call) => {
    if (call.argc > 3) {
      const name = head ? 'lpop' : 'rpop'
      throw new CommandError(`ERR wrong number of arguments for '${name}' command`)
    }
    const counted = call.argc === 3
    const count = counted ? countArgument(call, 2, 0, NEGATIVE) : 1
    const entry = findList(call, 1)
    const {reply} = call
    if (entry === 0) return counted ? reply.noArray() : reply.nothing()
    if (counted) reply.array(Math.min(count, listLength(call.keyspace, entry)))
    popFrom(call, entry, head, count)
  }
}

function insert(call: Call): void {
  const {keyspace, starts, ends} = call
  const after = call.is(2, 'AFTER')
  if (!after && !call.is(2, 'BEFORE')) throw syntaxError()
  const entry = findList(call, 1)
  if (entry === 0) return call.reply.integer(0)
  const pivot = keyspace.stage(call.memory, starts[3], ends[3])
  const stage = () => keyspace.stage(call.memory, starts[4], ends[4])
  const pivotEnd = pivot + ends[3] - starts[3]
  const done = insertBeside(keyspace, entry, after, pivot, pivotEnd, stage, ends[4] - starts[4])
  if (!done) return call.reply.integer(-1)
  call.changes++
  call.reply.integer(listLength(keyspace, entry))
}

function set(call: Call): void {
  const {keyspace, starts, ends} = call
  const entry = findList(call, 1)
  if (entry === 0) throw new CommandError('ERR no such key')
  const wanted = indexArgument(call, 2)
  const length = listLength(keyspace, entry)
  const index = wanted < 0 ? wanted + length : wanted
  if (index < 0 || index >= length) {
    expectBytes(keyspace, entry, ends[3] - starts[3])
    throw new CommandError('ERR index out of range')
  }
  const from = keyspace.stage(call.memory, starts[3], ends[3])
  replaceElement(keyspace, entry, index, from, from + ends[3] - starts[3])
  call.changes++
  call.reply.simple('OK')
}

function remove(call: Call): void {
  const {keyspace, starts, ends} = call
  const count = indexArgument(call, 2)
  const entry = findList(call, 1)
  if (entry === 0) return call.reply.integer(0)
  const from = keyspace.stage(call.memory, starts[3], ends[3])
  const before = listLength(keyspace, entry)
  removeEqual(keyspace, entry, count, from, from + ends[3] - starts[3])
  const removed = before - listLength(keyspace, entry)
  if (removed > 0) settle(call.db, entry)
  call.changes += removed
  call.reply.integer(removed)
}

function trim(call: Call): void {
  const first = indexArgument(call, 2)
  const last = indexArgument(call, 3)
  const entry = findList(call, 1)
  call.reply.simple('OK')
  if (entry === 0) return
  const {keyspace} = call
  const length = listLength(keyspace, entry)
  const start = Math.max(first < 0 ? first + length : first, 0)
  const end = Math.min(last < 0 ? last + length : last, length - 1)
  if (start > end || start >= length) {
    call.changes += length
    call.db.remove(entry)
    return
  }
  call.changes += length - (end + 1 - start)
  removeRange(keyspace, entry, end + 1, length - 1 - end)
  removeRange(keyspace, entry, 0, start)
  settle(call.db, entry)
}

export const LISTS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['LPUSH', push(true, true)],
  ['RPUSH', push(false, true)],
  ['LPUSHX', push(true, false)],
  ['RPUSHX', push(false, false)],
  ['LPOP', pop(true)],
  ['RPOP', pop(false)],
  ['LINSERT', insert],
  ['LSET', set],
  ['LREM', remove],
  ['LTRIM', trim],
  ...LIST_MOVES,
]
