/** Commands on sets. Source: t_set.c of 7.2. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {roomFor} from '../values/packed-block.ts'
import {randomMembers} from '../values/random-members.ts'
import {
  addMember,
  beginSet,
  hasMember,
  INTSET_HEADER,
  INTSET_MAX,
  LISTPACK_MAX,
  memberCount,
  removeMember,
  toTable,
} from '../values/set-members.ts'
import {pick} from './random.ts'
import {findSet, storeDifference, storeIntersection, storeUnion} from './set-algebra.ts'

/** Add a key with an empty set, in the form that servers begin with: argument `member` is the first of `count`. */
function createSet(call: Call, i: number, member: number, count: number): number {
  const {keyspace, memory, starts, ends} = call
  const entry = call.db.add(memory, starts[i], ends[i], Kind.STRING)
  let kind: number = count > LISTPACK_MAX ? Kind.SET : Kind.SET_PACKED
  if (count <= INTSET_MAX) {
    const from = keyspace.stage(memory, starts[member], ends[member])
    const to = from + ends[member] - starts[member]
    if (keyspace.arena.kernel.spanInt(from, to) !== 0) kind = Kind.SET_INTSET
  }
  beginSet(keyspace, entry, kind, roomOf(call, kind, member, count))
  return entry
}

function roomOf(call: Call, kind: number, member: number, count: number): number {
  if (kind === Kind.SET) return count
  return kind === Kind.SET_INTSET ? INTSET_HEADER + 2 * count : roomFor(call, member)
}

function sadd(call: Call): void {
  const {keyspace, memory, starts, ends, argc} = call
  let entry = findSet(call, 1)
  if (entry === 0) entry = createSet(call, 1, 2, argc - 2)
  else if (argc - 2 > LISTPACK_MAX) convertFor(call, entry, argc - 2)
  let added = 0
  for (let i = 2; i < argc; i++) {
    if (addMember(keyspace, entry, memory, starts[i], ends[i])) added++
  }
  call.changes += added
  call.reply.integer(added)
}

/** Servers make a table at once when so many members come. Source: setTypeMaybeConvert(). */
function convertFor({keyspace, db}: Call, entry: number, count: number): void {
  const kind = db.kind(entry)
  if (kind === Kind.SET_PACKED || (kind === Kind.SET_INTSET && count > INTSET_MAX)) {
    toTable(keyspace, entry)
  }
}

function srem(call: Call): void {
  const {keyspace, memory, starts, ends, argc} = call
  const entry = findSet(call, 1)
  if (entry === 0) return call.reply.integer(0)
  let removed = 0
  for (let i = 2; i < argc; i++) {
    if (removeMember(keyspace, entry, memory, starts[i], ends[i])) removed++
  }
  removeEmpty(call, entry)
  call.changes += removed
  call.reply.integer(removed)
}

function removeEmpty(call: Call, entry: number): void {
  if (memberCount(call.keyspace, entry) === 0) call.db.remove(entry)
}

function smove(call: Call): void {
  const {keyspace, memory, starts, ends, reply} = call
  const source = call.find(1)
  if (source === 0) return reply.integer(0)
  findSet(call, 1)
  let target = findSet(call, 2)
  if (source === target) {
    return reply.integer(hasMember(keyspace, source, memory, starts[3], ends[3]) ? 1 : 0)
  }
  if (!removeMember(keyspace, source, memory, starts[3], ends[3])) return reply.integer(0)
  removeEmpty(call, source)
  if (target === 0) target = createSet(call, 2, 3, 1)
  call.changes += addMember(keyspace, target, memory, starts[3], ends[3]) ? 2 : 1
  reply.integer(1)
}

/** Logs are told which members went. */
function spop(call: Call): void {
  if (call.argc > 3) throw syntaxError()
  const counted = call.argc === 3
  const count = counted ? popCount(call) : 1
  const entry = findSet(call, 1)
  const {reply} = call
  if (entry === 0 || count === 0) return counted ? reply.set(0) : reply.nothing()
  const size = memberCount(call.keyspace, entry)
  if (call.answers) return popAtRandom(call, entry, count, counted)
  // What has been chosen at random is only known where nothing is left.
  if (size > count) {
    throw new CommandError('ERR SPOP takes members at random: what is left cannot be known')
  }
  call.db.remove(entry)
}

/** So many members are told in one SREM at most. Source: spopWithCountCommand(). */
const TOLD_AT_ONCE = 1024

function popAtRandom(call: Call, entry: number, count: number, counted: boolean): void {
  const {keyspace, reply} = call
  const popped = randomMembers(keyspace, entry, count, (size) => pick(size, count))
  const all = popped.length === memberCount(keyspace, entry)
  if (counted) reply.set(popped.length)
  for (const member of popped) {
    reply.bulk(member, 0, member.length)
    if (!all) removeMember(keyspace, entry, member, 0, member.length)
  }
  if (all) call.db.remove(entry)
  call.changes += popped.length
  if (all && counted) return call.tell('DEL', call.bytes(1))
  for (let i = 0; i < popped.length; i += TOLD_AT_ONCE) {
    call.tell('SREM', call.bytes(1), ...popped.slice(i, i + TOLD_AT_ONCE))
  }
}

function popCount(call: Call): number {
  const text = call.text(2)
  if (/^(0|[1-9]\d*)$/.test(text) && BigInt(text) < 2n ** 63n) return Number(text)
  throw new CommandError('ERR value is out of range, must be positive')
}

export const SETS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['SADD', sadd],
  ['SREM', srem],
  ['SMOVE', smove],
  ['SPOP', spop],
  ['SUNIONSTORE', storeUnion],
  ['SINTERSTORE', storeIntersection],
  ['SDIFFSTORE', storeDifference],
]
