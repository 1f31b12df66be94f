/** Commands that read sets. Source: t_set.c. */
import {Growable} from '../../formats/packed/growable.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {countArgument} from '../apply/list-arguments.ts'
import {pick, randomCount} from '../apply/random.ts'
import {findSet} from '../apply/set-algebra.ts'
import {CommandError, syntaxError} from '../call.ts'
import {randomMembers} from '../values/random-members.ts'
import {eachMember, hasMember, memberCount} from '../values/set-members.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

const sizeOf = (call: ReadCall, entry: number) =>
  entry === 0 ? 0 : memberCount(call.keyspace, entry)

function hasArgument(call: ReadCall, entry: number, i: number): number {
  const {keyspace, memory, starts, ends} = call
  return entry !== 0 && hasMember(keyspace, entry, memory, starts[i], ends[i]) ? 1 : 0
}

function smembers(call: ReadCall, reply: ReplyWriter): void {
  const entry = findSet(call, 1)
  reply.set(sizeOf(call, entry))
  if (entry === 0) return
  eachMember(call.keyspace, entry, (memory, start, end) => reply.bulk(memory, start, end))
}

function smismember(call: ReadCall, reply: ReplyWriter): void {
  const entry = findSet(call, 1)
  reply.array(call.argc - 2)
  for (let i = 2; i < call.argc; i++) reply.integer(hasArgument(call, entry, i))
}

function srandmember(call: ReadCall, reply: ReplyWriter): void {
  if (call.argc > 3) throw syntaxError()
  const wanted = call.argc > 2 ? randomCount(call, 2, false) : null
  const entry = findSet(call, 1)
  if (entry === 0) return wanted === null ? reply.nothing() : reply.array(0)
  const count = wanted ?? 1
  const chosen = randomMembers(call.keyspace, entry, count, (size) => pick(size, count))
  if (wanted !== null) reply.array(chosen.length)
  for (const member of chosen) reply.bulk(member, 0, member.length)
}

/** The entries of the sets in arguments [from, to). */
function sources(call: ReadCall, from: number, to: number): number[] {
  const found: number[] = []
  for (let i = from; i < to; i++) found.push(findSet(call, i))
  return found
}

/** Give the members of a set that `keep` wants, copied out of where kernels work. */
function eachKept(
  call: ReadCall,
  entry: number,
  keep: (bytes: Uint8Array, length: number) => boolean,
  take: (bytes: Uint8Array, length: number) => boolean,
): void {
  const {keyspace} = call
  const member = new Growable()
  let more = true
  eachMember(keyspace, entry, (memory, start, end) => {
    if (!more) return
    member.clear()
    member.append(memory, start, end)
    if (keep(member.bytes, member.length)) more = take(member.bytes, member.length)
  })
}

/** Give what is in all sets. */
function intersect(
  call: ReadCall,
  sets: number[],
  take: (bytes: Uint8Array, length: number) => boolean,
): void {
  if (sets.includes(0)) return
  const {keyspace} = call
  const [smallest, ...others] = sets.sort((a, b) => sizeOf(call, a) - sizeOf(call, b))
  const inAll = (bytes: Uint8Array, length: number) =>
    others.every((other) => hasMember(keyspace, other, bytes, 0, length))
  eachKept(call, smallest, inAll, take)
}

/** Write a set whose size is known when its members have been written. */
function putSet(
  reply: ReplyWriter,
  fill: (put: (bytes: Uint8Array, length: number) => boolean) => void,
): void {
  const members: Uint8Array[] = []
  fill((bytes, length) => {
    members.push(bytes.slice(0, length))
    return true
  })
  reply.set(members.length)
  for (const member of members) reply.bulk(member, 0, member.length)
}

function sinter(call: ReadCall, reply: ReplyWriter): void {
  const sets = sources(call, 1, call.argc)
  putSet(reply, (put) => intersect(call, sets, put))
}

function sdiff(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const [first, ...others] = sources(call, 1, call.argc)
  const rest = others.filter((other) => other !== 0)
  const isOnly = (bytes: Uint8Array, length: number) =>
    !rest.some((other) => hasMember(keyspace, other, bytes, 0, length))
  putSet(reply, (put) => {
    if (first !== 0) eachKept(call, first, isOnly, put)
  })
}

function sunion(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace} = call
  const sets = sources(call, 1, call.argc).filter((set) => set !== 0)
  putSet(reply, (put) => {
    sets.forEach((set, i) => {
      const isNew = (bytes: Uint8Array, length: number) =>
        !sets.slice(0, i).some((other) => hasMember(keyspace, other, bytes, 0, length))
      eachKept(call, set, isNew, put)
    })
  })
}

/** SINTERCARD n key... [LIMIT n] */
function sintercard(call: ReadCall, reply: ReplyWriter): void {
  const count = countArgument(call, 1, 1, 'ERR numkeys should be greater than 0')
  if (count > call.argc - 2) {
    throw new CommandError("ERR Number of keys can't be greater than number of args")
  }
  let limit = 0
  for (let i = 2 + count; i < call.argc; i += 2) {
    if (!call.is(i, 'LIMIT') || i + 1 >= call.argc) throw syntaxError()
    limit = countArgument(call, i + 1, 0, "ERR LIMIT can't be negative")
  }
  let found = 0
  intersect(call, sources(call, 2, 2 + count), () => ++found !== limit)
  reply.integer(found)
}

export const SET_READS: ReadRows = [
  ['SMEMBERS', smembers],
  ['SISMEMBER', (call, reply) => reply.integer(hasArgument(call, findSet(call, 1), 2))],
  ['SMISMEMBER', smismember],
  ['SCARD', (call, reply) => reply.integer(sizeOf(call, findSet(call, 1)))],
  ['SRANDMEMBER', srandmember],
  ['SINTER', sinter],
  ['SUNION', sunion],
  ['SDIFF', sdiff],
  ['SINTERCARD', sintercard],
]
