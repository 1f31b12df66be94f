/** Commands that read lists. Source: t_list.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {countArgument, findList} from '../apply/list-arguments.ts'
import {CommandError, syntaxError} from '../call.ts'
import {listLength} from '../values/list-edit.ts'
import {eachElement} from '../values/list-elements.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

function lrange(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const first = indexArgument(call, 2)
  const last = indexArgument(call, 3)
  const entry = findList(call, 1)
  if (entry === 0) return reply.array(0)
  const length = listLength(keyspace, entry)
  const start = Math.max(first < 0 ? first + length : first, 0)
  const end = Math.min((last < 0 ? last + length : last) + 1, length)
  if (start >= end) return reply.array(0)
  reply.array(end - start)
  eachElement(keyspace, entry, start, end, (memory, from, to) => reply.bulk(memory, from, to))
}

function lindex(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const entry = findList(call, 1)
  if (entry === 0) return reply.nothing()
  const wanted = indexArgument(call, 2)
  const length = listLength(keyspace, entry)
  const index = wanted < 0 ? wanted + length : wanted
  if (index < 0 || index >= length) return reply.nothing()
  eachElement(keyspace, entry, index, index + 1, (memory, from, to) => reply.bulk(memory, from, to))
}

interface Search {
  rank: number
  /** How many are wanted, 0 for all; -1 for one, which is no array. */
  count: number
  maxlen: number
}

const RANK_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"

function searchOf(call: ReadCall): Search {
  const search = {rank: 1, count: -1, maxlen: 0}
  for (let i = 3; i < call.argc; i += 2) {
    if (i + 1 >= call.argc) throw syntaxError()
    if (call.is(i, 'RANK')) {
      search.rank = indexArgument(call, i + 1)
      if (search.rank === 0) throw new CommandError(RANK_ZERO)
      if (search.rank <= -(2 ** 63))
        throw new CommandError(
          'ERR value is out of range, must be greater than -9223372036854775808',
        )
    } else if (call.is(i, 'COUNT')) {
      search.count = countArgument(call, i + 1, 0, "ERR COUNT can't be negative")
    } else if (call.is(i, 'MAXLEN')) {
      search.maxlen = countArgument(call, i + 1, 0, "ERR MAXLEN can't be negative")
    } else throw syntaxError()
  }
  return search
}

/** Indexes of the elements that are equal to argument 2, in the order of the search. */
function matches(call: ReadCall, entry: number, {rank, count, maxlen}: Search): number[] {
  const {keyspace, memory: own, starts, ends} = call
  const length = listLength(keyspace, entry)
  const looked = maxlen === 0 ? length : Math.min(maxlen, length)
  const from = rank < 0 ? length - looked : 0
  const all: number[] = []
  let index = from
  eachElement(keyspace, entry, from, from + looked, (memory, start, end) => {
    let same = end - start === ends[2] - starts[2]
    for (let k = 0; same && k < end - start; k++) same = memory[start + k] === own[starts[2] + k]
    if (same) all.push(index)
    index++
  })
  if (rank < 0) all.reverse()
  const skipped = all.slice(Math.abs(rank) - 1)
  return count === 0 ? skipped : skipped.slice(0, Math.abs(count))
}

function lpos(call: ReadCall, reply: ReplyWriter): void {
  const search = searchOf(call)
  const entry = findList(call, 1)
  const isArray = search.count >= 0
  if (entry === 0) return isArray ? reply.array(0) : reply.nothing()
  const found = matches(call, entry, search)
  if (isArray) {
    reply.array(found.length)
    for (const index of found) reply.integer(index)
  } else if (found.length === 0) reply.nothing()
  else reply.integer(found[0])
}

export const LIST_READS: ReadRows = [
  ['LRANGE', lrange],
  ['LINDEX', lindex],
  [
    'LLEN',
    (call, reply) => {
      const entry = findList(call, 1)
      reply.integer(entry === 0 ? 0 : listLength(call.keyspace, entry))
    },
  ],
  ['LPOS', lpos],
]
