/** Commands that read hashes. A field whose time is over is not there. Source: t_hash.c. */
import {ENTRY_VALUE} from '../../formats/kernel/layout.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {findHash, isFieldOver} from '../apply/hash-lookup.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {pick, randomCount} from '../apply/random.ts'
import {CommandError, syntaxError} from '../call.ts'
import {eachPackedField, fieldCount, findField, findValue, tableOf} from '../values/hash-fields.ts'
import {valueField} from '../values/kinds.ts'
import {spanEnd, spanStart} from '../values/packed-block.ts'
import type {TakeSpan} from '../values/set-members.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

/** Where the field in argument `i` is, 0 when it is not there. */
function liveField(call: ReadCall, entry: number, i: number): number {
  const {keyspace, memory, starts, ends} = call
  const field = findField(keyspace, entry, memory, starts[i], ends[i])
  return field === 0 || isFieldOver(call, entry, field) ? 0 : field
}

function putField(call: ReadCall, reply: ReplyWriter, entry: number, i: number): void {
  const {keyspace} = call
  const field = entry === 0 ? 0 : liveField(call, entry, i)
  if (field === 0) return reply.nothing()
  findValue(keyspace, entry, field)
  reply.bulk(keyspace.arena.memory, spanStart(keyspace), spanEnd(keyspace))
}

function hmget(call: ReadCall, reply: ReplyWriter): void {
  const entry = findHash(call)
  reply.array(call.argc - 2)
  for (let i = 2; i < call.argc; i++) putField(call, reply, entry, i)
}

function hstrlen(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const entry = findHash(call)
  const field = entry === 0 ? 0 : liveField(call, entry, 2)
  if (field === 0) return reply.integer(0)
  findValue(keyspace, entry, field)
  reply.integer(spanEnd(keyspace) - spanStart(keyspace))
}

/** Give every field that is there, then its value. */
export function eachField(
  call: ReadCall,
  entry: number,
  takeField: TakeSpan,
  takeValue: TakeSpan,
): void {
  const {keyspace} = call
  const {arena} = keyspace
  const table = tableOf(keyspace, entry)
  if (!table) return eachPackedField(keyspace, valueField(keyspace, entry), takeField, takeValue)
  for (const field of table.entries()) {
    if (table.expires > 0 && call.hasPassed(table.expiresAtMs(field))) continue
    const end = table.keyEnd(field)
    takeField(arena.memory, table.keyStart(field), end)
    takeValue(arena.memory, end, end + arena.view.getUint32(field + ENTRY_VALUE, true))
  }
}

/** How many fields are there. */
function liveCount(call: ReadCall, entry: number): number {
  const {keyspace} = call
  const table = tableOf(keyspace, entry)
  if (!table || table.expires === 0) return fieldCount(keyspace, entry)
  let count = 0
  for (const field of table.entries()) if (!call.hasPassed(table.expiresAtMs(field))) count++
  return count
}

const nothing: TakeSpan = () => {}

function all(call: ReadCall, reply: ReplyWriter, fields: boolean, values: boolean): void {
  const entry = findHash(call)
  const count = entry === 0 ? 0 : liveCount(call, entry)
  if (fields && values) reply.map(count)
  else reply.array(count)
  if (count === 0) return
  const put: TakeSpan = (memory, start, end) => reply.bulk(memory, start, end)
  eachField(call, entry, fields ? put : nothing, values ? put : nothing)
}

/** HRANDFIELD key [count [WITHVALUES]] */
function hrandfield(call: ReadCall, reply: ReplyWriter): void {
  const withValues = call.argc === 4 && call.is(3, 'WITHVALUES')
  if (call.argc > 4 || (call.argc === 4 && !withValues)) throw syntaxError()
  const wanted = call.argc > 2 ? randomCount(call, 2, withValues) : null
  const entry = findHash(call)
  if (entry === 0) return wanted === null ? reply.nothing() : reply.array(0)
  const fields: Uint8Array[] = []
  const values: Uint8Array[] = []
  eachField(
    call,
    entry,
    (memory, start, end) => fields.push(memory.slice(start, end)),
    (memory, start, end) => values.push(memory.slice(start, end)),
  )
  const put = (bytes: Uint8Array) => reply.bulk(bytes, 0, bytes.length)
  if (wanted === null) {
    const [one] = pick(fields.length, 1)
    return one === undefined ? reply.nothing() : put(fields[one])
  }
  const chosen = pick(fields.length, wanted)
  reply.array(withValues && !reply.resp3 ? chosen.length * 2 : chosen.length)
  for (const i of chosen) {
    if (withValues && reply.resp3) reply.array(2)
    put(fields[i])
    if (withValues) put(values[i])
  }
}

/** HTTL key FIELDS n field...: -2 for a field that is not there, -1 for one that does not expire. */
function fieldTimes(call: ReadCall, reply: ReplyWriter, time: (expiresAtMs: number) => number) {
  if (!call.is(2, 'FIELDS')) {
    throw new CommandError('ERR Mandatory argument FIELDS is missing or not at the right position')
  }
  const entry = findHash(call)
  const count = indexArgument(call, 3)
  if (count < 1) throw new CommandError('ERR Number of fields must be a positive integer')
  if (count !== call.argc - 4) {
    throw new CommandError('ERR The `numfields` parameter must match the number of arguments')
  }
  if (entry === 0 && !reply.resp3 && count === 0) return reply.noArray()
  reply.array(count)
  const table = entry === 0 ? null : tableOf(call.keyspace, entry)
  for (let i = 4; i < call.argc; i++) {
    const field = entry === 0 ? 0 : liveField(call, entry, i)
    const expiresAtMs = field === 0 || !table ? null : table.expiresAtMs(field)
    if (field === 0) reply.integer(-2)
    else reply.integer(expiresAtMs === null ? -1 : time(expiresAtMs))
  }
}

export const HASH_READS: ReadRows = [
  ['HGET', (call, reply) => putField(call, reply, findHash(call), 2)],
  ['HMGET', hmget],
  ['HGETALL', (call, reply) => all(call, reply, true, true)],
  ['HKEYS', (call, reply) => all(call, reply, true, false)],
  ['HVALS', (call, reply) => all(call, reply, false, true)],
  [
    'HLEN',
    (call, reply) => {
      const entry = findHash(call)
      reply.integer(entry === 0 ? 0 : liveCount(call, entry))
    },
  ],
  [
    'HEXISTS',
    (call, reply) => {
      const entry = findHash(call)
      reply.integer(entry !== 0 && liveField(call, entry, 2) !== 0 ? 1 : 0)
    },
  ],
  ['HSTRLEN', hstrlen],
  ['HRANDFIELD', hrandfield],
  ['HTTL', (call, reply) => fieldTimes(call, reply, (ms) => Math.ceil((ms - call.nowMs) / 1000))],
  ['HPTTL', (call, reply) => fieldTimes(call, reply, (ms) => ms - call.nowMs)],
  ['HEXPIRETIME', (call, reply) => fieldTimes(call, reply, (ms) => Math.ceil(ms / 1000))],
  ['HPEXPIRETIME', (call, reply) => fieldTimes(call, reply, (ms) => ms)],
]
