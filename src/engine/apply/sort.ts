/** SORT. Source: sortCommandGeneric() in sort.c. */

import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {text} from '../../formats/text.ts'
import {type Apply, type Call, syntaxError, wrongType} from '../call.ts'
import {partialSort} from '../partial-sort.ts'
import {IgnoringVisitor} from '../values/ignoring.ts'
import {Kind, logicalOf} from '../values/kinds.ts'
import {LIST_OPS} from '../values/list.ts'
import {VALUE_OPS} from '../values/table.ts'
import {packedToTable} from '../values/zset-packed.ts'
import {indexArgument} from './index-argument.ts'
import {bytesOf, cString, isPattern, lookUp, weightOf} from './sort-weights.ts'

interface SortOptions {
  descending: boolean
  alpha: boolean
  /** LIMIT: first, and how many, negative for all. */
  offset: number
  count: number
  by: string | null
  get: string[]
  /** Argument with the key to store to, 0 when there is none. */
  store: number
}

function optionsOf(call: Call, stores: boolean): SortOptions {
  const options: SortOptions = {
    descending: false,
    alpha: false,
    offset: 0,
    count: -1,
    by: null,
    get: [],
    store: 0,
  }
  for (let i = 2; i < call.argc; i++) {
    const left = call.argc - i - 1
    if (call.is(i, 'ASC')) options.descending = false
    else if (call.is(i, 'DESC')) options.descending = true
    else if (call.is(i, 'ALPHA')) options.alpha = true
    else if (call.is(i, 'LIMIT') && left >= 2) {
      options.offset = indexArgument(call, ++i)
      options.count = indexArgument(call, ++i)
    } else if (stores && call.is(i, 'STORE') && left >= 1) options.store = ++i
    else if (call.is(i, 'BY') && left >= 1) options.by = call.text(++i)
    else if (call.is(i, 'GET') && left >= 1) options.get.push(call.text(++i))
    else throw syntaxError()
  }
  return options
}

class Members extends IgnoringVisitor {
  readonly members: string[] = []
  readonly scores: number[] = []

  override member(memory: Uint8Array, start: number, end: number): void {
    this.members.push(text(memory.subarray(start, end)))
  }

  override score(score: number): void {
    this.scores.push(score)
  }
}

/** The elements of a list, set or sorted set, in its order where it has one. */
function elementsOf(call: Call, entry: number): string[] {
  const {db, keyspace} = call
  const type = logicalOf(db.kind(entry))
  // A server needs it so, and leaves it so.
  if (db.kind(entry) === Kind.ZSET_PACKED) packedToTable(keyspace, entry)
  const found = new Members()
  VALUE_OPS[type].visit(keyspace, entry, found)
  if (type !== 'zset') return found.members
  const scored = found.members.map((member, i) => ({member, score: found.scores[i]}))
  scored.sort((a, b) => a.score - b.score || compareTexts(a.member, b.member))
  return scored.map(({member}) => member)
}

/** Texts of one character per byte, as memcmp() has them. */
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

type Compare = (i: number, k: number) => number

/** How elements compare by byte, or by number with bytes for a tie. @throws CommandError when one has no number. */
function comparison(call: Call, elements: string[], options: SortOptions): Compare {
  const {by, alpha, store} = options
  let weights = by === null ? elements : elements.map((each) => lookUp(call, by, each))
  if (alpha) {
    // What is only answered is compared by strcoll(), here in the C locale: up to a NUL.
    if (store === 0) weights = weights.map((each) => each && cString(each))
    // What is missing comes first.
    const rank = (i: number) => (weights[i] === null ? 0 : 1)
    return (i, k) => rank(i) - rank(k) || compareTexts(weights[i] ?? '', weights[k] ?? '')
  }
  const numbers = weights.map((each) => (each === null ? 0 : weightOf(each)))
  return (i, k) => {
    // Not the difference: two infinities have none.
    if (numbers[i] !== numbers[k]) return numbers[i] < numbers[k] ? -1 : 1
    return compareTexts(elements[i], elements[k])
  }
}

function sorted(call: Call, elements: string[], options: SortOptions): string[] {
  const compare = comparison(call, elements, options)
  const order = elements.map((_, i) => i)
  const directed: Compare = options.descending ? (i, k) => -compare(i, k) : compare
  const part = limited(order, options)
  // Both leave ties of a list as a server does.
  if (options.by === null || part.length === order.length) order.sort(directed)
  else if (part.length > 0) partialSort(order, part[part.length - 1] + 1, directed)
  return order.map((i) => elements[i])
}

/** The part that LIMIT leaves. */
function limited<T>(elements: T[], {offset, count}: SortOptions): T[] {
  const start = Math.max(offset, 0)
  return elements.slice(start, count < 0 ? elements.length : start + count)
}

function store(call: Call, i: number, values: readonly (string | null)[]): void {
  const {db, memory, starts, ends} = call
  const there = call.find(i)
  if (there !== 0) db.remove(there)
  call.reply.integer(values.length)
  call.changes += values.length
  if (values.length === 0) {
    if (there !== 0) call.changes++
    return
  }
  const loader = LIST_OPS.loader(call.keyspace)
  loader.begin('list', 1, values.length)
  for (const value of values) {
    const bytes = bytesOf(value ?? '')
    loader.member(bytes, 0, bytes.length)
  }
  loader.end()
  loader.into(db, db.add(memory, starts[i], ends[i], Kind.STRING))
}

function sort(call: Call): void {
  const options = optionsOf(call, true)
  const values = sortedValues(call, options)
  if (options.store === 0) putValues(call.reply, values)
  else store(call, options.store, values)
}

/** SORT_RO, which has no STORE. */
export function sortReadOnly(call: Call, reply: ReplyWriter): void {
  putValues(reply, sortedValues(call, optionsOf(call, false)))
}

function putValues(reply: ReplyWriter, values: readonly (string | null)[]): void {
  reply.array(values.length)
  for (const value of values) {
    if (value === null) reply.nothing()
    else reply.text(value)
  }
}

/** The elements in their order, or what GET makes of them: null for what is not there. */
function sortedValues(call: Call, options: SortOptions): (string | null)[] {
  const entry = call.find(1)
  const type = entry === 0 ? 'list' : logicalOf(call.db.kind(entry))
  if (type !== 'list' && type !== 'set' && type !== 'zset') throw wrongType()
  let isSorted = options.by === null || isPattern(options.by)
  if (!isSorted && type === 'set' && options.store !== 0) {
    // A set has no order of its own, and replicas must agree on one.
    isSorted = true
    options.alpha = true
    options.by = null
  }
  let elements = entry === 0 ? [] : elementsOf(call, entry)
  if (isSorted) elements = sorted(call, elements, options)
  else if (options.descending && type !== 'set') elements.reverse()
  const {get} = options
  const part = limited(elements, options)
  if (get.length === 0) return part
  return part.flatMap((each) => get.map((pattern) => lookUp(call, pattern, each)))
}

export const SORT_APPLY: readonly (readonly [name: string, apply: Apply])[] = [['SORT', sort]]
