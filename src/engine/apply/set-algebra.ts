/**
 * SUNIONSTORE, SINTERSTORE, SDIFFSTORE: the result is built aside, since the destination may be among the sources. In which
 * form it is held follows from how servers get there. Source: sinterGenericCommand() and sunionDiffGenericCommand() in t_set.c.
 */
import {ENTRY_KIND} from '../../formats/kernel/layout.ts'
import {Growable} from '../../formats/packed/growable.ts'
import {type Call, wrongType} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {Builder} from '../values/builder.ts'
import {Kind} from '../values/kinds.ts'
import {
  addMember,
  beginSet,
  eachMember,
  hasMember,
  INTSET_MAX,
  memberCount,
  removeMember,
} from '../values/set-members.ts'

const isSet = (kind: number): boolean =>
  kind === Kind.SET_PACKED || kind === Kind.SET_INTSET || kind === Kind.SET

/** The entry of the set under the key in argument `i`, 0 when there is none. */
export function findSet(call: Call, i: number): number {
  const entry = call.find(i)
  if (entry !== 0 && !isSet(call.db.kind(entry))) throw wrongType()
  return entry
}

/** Entries of the sources, 0 for those that are not there. */
function findSources(call: Call): number[] {
  const sources: number[] = []
  for (let i = 2; i < call.argc; i++) sources.push(findSet(call, i))
  return sources
}

/** A result that is being built. Members are copied before they are added: adding uses the areas that they lie in. */
class Result {
  private readonly keyspace: Keyspace
  private readonly builder: Builder
  private readonly member = new Growable()

  constructor(keyspace: Keyspace, kind: number) {
    this.keyspace = keyspace
    this.builder = new Builder(keyspace)
    beginSet(keyspace, this.builder.begin(), kind)
  }

  get entry(): number {
    return this.builder.entry
  }

  /** Do something with every member of a set, copied. */
  each(source: number, take: (bytes: Uint8Array, length: number) => void): void {
    const {member} = this
    eachMember(this.keyspace, source, (memory, start, end) => {
      member.clear()
      member.append(memory, start, end)
      take(member.bytes, member.length)
    })
  }

  add = (bytes: Uint8Array, length: number): void => {
    addMember(this.keyspace, this.entry, bytes, 0, length)
  }

  remove = (bytes: Uint8Array, length: number): void => {
    removeMember(this.keyspace, this.entry, bytes, 0, length)
  }

  /** Put the result where argument 1 says, in place of what is there, and answer its size. */
  store(call: Call): void {
    const {db, memory, starts, ends} = call
    const old = call.find(1)
    if (old !== 0) db.remove(old)
    const size = memberCount(this.keyspace, this.entry)
    if (size === 0) this.builder.discard()
    else this.builder.into(db, db.add(memory, starts[1], ends[1], Kind.STRING))
    if (size > 0 || old !== 0) call.changes++
    call.reply.integer(size)
  }

  /** An intset after all, if it can be one. Source: maybeConvertToIntset(). */
  preferIntset(): Result {
    const {keyspace, entry} = this
    const {kernel, view} = keyspace.arena
    if (view.getUint8(entry + ENTRY_KIND) === Kind.SET_INTSET) return this
    if (memberCount(keyspace, entry) > INTSET_MAX) return this
    let integers = true
    eachMember(keyspace, entry, (_, start, end) => {
      integers = integers && kernel.spanInt(start, end) !== 0
    })
    if (!integers) return this
    const intset = new Result(keyspace, Kind.SET_INTSET)
    intset.each(entry, intset.add)
    this.builder.discard()
    return intset
  }
}

export function storeUnion(call: Call): void {
  const {keyspace} = call
  const sources = findSources(call)
  const result = new Result(keyspace, Kind.SET_INTSET)
  for (const source of sources) if (source !== 0) result.each(source, result.add)
  result.store(call)
}

export function storeIntersection(call: Call): void {
  const {keyspace, db} = call
  const sources = findSources(call)
  if (sources.includes(0)) {
    new Result(keyspace, Kind.SET_INTSET).store(call)
    return
  }
  const [smallest, ...others] = sources.sort(
    (a, b) => memberCount(keyspace, a) - memberCount(keyspace, b),
  )
  const packed = db.kind(smallest) === Kind.SET_PACKED
  const result = new Result(keyspace, packed ? Kind.SET_PACKED : Kind.SET_INTSET)
  result.each(smallest, (bytes, length) => {
    if (others.every((other) => hasMember(keyspace, other, bytes, 0, length))) {
      result.add(bytes, length)
    }
  })
  result.preferIntset().store(call)
}

export function storeDifference(call: Call): void {
  const {keyspace} = call
  const [first, ...others] = findSources(call)
  const result = new Result(keyspace, Kind.SET_INTSET)
  const rest = others.filter((other) => other !== 0)
  if (first !== 0 && !rest.includes(first)) {
    // What is added and taken out again can leave a larger form behind, so the servers' choice of method shows.
    const size = memberCount(keyspace, first)
    const total = rest.reduce((sum, other) => sum + memberCount(keyspace, other), size)
    if (Math.floor((size * (rest.length + 1)) / 2) <= total)
      addMissing(keyspace, result, first, rest)
    else subtract(keyspace, result, first, rest)
  }
  result.store(call)
}

function addMissing(keyspace: Keyspace, result: Result, first: number, rest: number[]): void {
  result.each(first, (bytes, length) => {
    if (!rest.some((other) => hasMember(keyspace, other, bytes, 0, length))) {
      result.add(bytes, length)
    }
  })
}

function subtract(keyspace: Keyspace, result: Result, first: number, rest: number[]): void {
  result.each(first, result.add)
  for (const other of rest) {
    if (memberCount(keyspace, result.entry) === 0) return
    result.each(other, result.remove)
  }
}
