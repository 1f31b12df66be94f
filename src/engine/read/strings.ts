/** Commands that read strings. Source: t_string.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {findString, putString} from '../apply/find-string.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {Kind} from '../values/kinds.ts'
import {stringEnd, stringStart} from '../values/string.ts'
import {lcs} from './lcs.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

function get(call: ReadCall): void {
  putString(call, findString(call, 1))
}

function mget(call: ReadCall, reply: ReplyWriter): void {
  reply.array(call.argc - 1)
  for (let i = 1; i < call.argc; i++) {
    const entry = call.find(i)
    putString(call, entry === 0 || call.db.kind(entry) !== Kind.STRING ? 0 : entry)
  }
}

function strlen(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const entry = findString(call, 1)
  reply.integer(entry === 0 ? 0 : stringEnd(keyspace, entry) - stringStart(keyspace, entry))
}

function getrange(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const first = indexArgument(call, 2)
  const last = indexArgument(call, 3)
  const entry = findString(call, 1)
  if (entry === 0) return reply.text('')
  const from = stringStart(keyspace, entry)
  const length = stringEnd(keyspace, entry) - from
  if (first < 0 && last < 0 && first > last) return reply.text('')
  const start = Math.max(first < 0 ? first + length : first, 0)
  const end = Math.min(Math.max(last < 0 ? last + length : last, 0), length - 1)
  if (start > end || length === 0) return reply.text('')
  reply.bulk(keyspace.arena.memory, from + start, from + end + 1)
}

/** The digest that conditions of SET compare with, as Redis 8.4 has it. */
function digest(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const entry = findString(call, 1)
  if (entry === 0) return reply.nothing()
  const {kernel} = keyspace.arena
  const value = kernel.xxh3(stringStart(keyspace, entry), stringEnd(keyspace, entry))
  reply.text(BigInt.asUintN(64, value).toString(16).padStart(16, '0'))
}

export const STRING_READS: ReadRows = [
  ['GET', get],
  ['MGET', mget],
  ['STRLEN', strlen],
  ['GETRANGE', getrange],
  ['SUBSTR', getrange],
  ['LCS', lcs],
  ['DIGEST', digest],
]
