/** Commands that take from the first list that has something, or move from list to list, and those that wait for it. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {
  ElementCopy,
  expectBytes,
  listLength,
  makeList,
  pushElement,
  removeRange,
  settle,
} from '../values/list-edit.ts'
import {indexArgument} from './index-argument.ts'
import {countArgument, findAwaited, findList, popFrom, putElements} from './list-arguments.ts'
import {timeoutArgument} from './timeout.ts'

/** Is argument `i` LEFT? @throws CommandError when it is not RIGHT either. */
function isLeft(call: Call, i: number): boolean {
  if (call.is(i, 'LEFT')) return true
  if (call.is(i, 'RIGHT')) return false
  throw syntaxError()
}

interface Ends {
  fromHead: boolean
  toHead: boolean
}

/**
 * Move `count` elements, which are there, one by one, and answer each; from the inner end of them if `inner`. `to` is 0 when there is no such key
 * yet.
 */
function moveElements(
  call: Call,
  from: number,
  to: number,
  {fromHead, toHead}: Ends,
  count: number,
  inner: boolean,
): void {
  const {db, keyspace, memory} = call
  let target = to
  if (target === 0) {
    target = db.add(memory, call.starts[2], call.ends[2], Kind.STRING)
    makeList(keyspace, target, 0, 0)
  }
  const element = new ElementCopy()
  for (let left = count; left > 0; left--) {
    const depth = inner ? left : 1
    const index = fromHead ? depth - 1 : listLength(keyspace, from) - depth
    element.take(keyspace, from, index)
    removeRange(keyspace, from, index, 1)
    expectBytes(keyspace, target, element.integer ? 0 : element.end - element.start)
    pushElement(keyspace, target, toHead, element.start, element.end)
    element.free(keyspace)
  }
  answerMoved(call, target, toHead, count)
  settle(db, from)
  call.changes++
}

/** In the order of the destination, at the end of which they now are. */
function answerMoved(call: Call, target: number, toHead: boolean, count: number): void {
  if (!call.answers) return
  const first = toHead ? 0 : listLength(call.keyspace, target) - count
  putElements(call, target, first, count)
}

const RPOPLPUSH: Ends = {fromHead: false, toHead: true}

function endsOf(call: Call): Ends {
  const fromHead = isLeft(call, 3)
  return {fromHead, toHead: isLeft(call, 4)}
}

function move(call: Call, ends: Ends): void {
  const from = findList(call, 1)
  if (from === 0) call.reply.nothing()
  else moveElements(call, from, findList(call, 2), ends, 1, false)
}

/** The same, or wait for it. Logs are told the command that does not wait. */
function moveOrWait(call: Call, ends: Ends, timeoutMs: number, name: string): void {
  const from = findAwaited(call, 1)
  if (from === 0) {
    const over = (reply: ReplyWriter) => reply.nothing()
    if (!call.waitFor({firstKey: 1, lastKey: 1, timeoutMs, over})) call.reply.nothing()
    return
  }
  moveElements(call, from, findList(call, 2), ends, 1, false)
  tellAs(call, name)
}

/** The command by another name, without the timeout that is its last word. */
function tellAs(call: Call, name: string): void {
  if (!call.answers) return
  call.tell(name, ...Array.from({length: call.argc - 2}, (_, i) => call.bytes(i + 1)))
}

function blmove(call: Call): void {
  const ends = endsOf(call)
  moveOrWait(call, ends, timeoutArgument(call, 5), 'LMOVE')
}

/**
 * LMOVEM, and BLMOVEM with a timeout before the options. OBO moves one element after the other; BULK keeps the order that they
 * had in the source. Source: the command's page of Redis 8.10; that BULK means this order follows from its examples.
 */
function moveMany(first: number): Apply {
  return (call) => {
    const {fromHead, toHead} = endsOf(call)
    const timeoutMs = first === 6 ? timeoutArgument(call, 5) : 0
    const {wanted, exactly, bulk} = manyOf(call, first)
    const from = first === 6 ? findAwaited(call, 1) : findList(call, 1)
    const to = from === 0 ? 0 : findList(call, 2)
    const length = from === 0 ? 0 : listLength(call.keyspace, from)
    if (length === 0 || (exactly && wanted > length)) {
      const waits = first === 6 && call.waitFor({firstKey: 1, lastKey: 1, timeoutMs})
      if (!waits) call.reply.noArray()
      return
    }
    const count = Math.min(wanted, length)
    const inner = bulk && fromHead === toHead
    call.reply.array(count)
    // On one list nothing changes then.
    if (inner && from === to) answerMoved(call, to, toHead, count)
    else moveElements(call, from, to, {fromHead, toHead}, count, inner)
    if (first === 6) tellWithoutTimeout(call)
  }
}

interface Many {
  wanted: number
  exactly: boolean
  bulk: boolean
}

/** [COUNT | EXACTLY n OBO | BULK], the first in argument `i` */
function manyOf(call: Call, i: number): Many {
  if (call.argc !== i && call.argc !== i + 3) throw syntaxError()
  if (call.argc === i) return {wanted: 1, exactly: false, bulk: false}
  const exactly = call.is(i, 'EXACTLY')
  if (!exactly && !call.is(i, 'COUNT')) throw syntaxError()
  const wanted = indexArgument(call, i + 1)
  if (wanted <= 0) throw new CommandError('ERR count should be greater than 0')
  const bulk = call.is(i + 2, 'BULK')
  if (!bulk && !call.is(i + 2, 'OBO')) throw syntaxError()
  return {wanted, exactly, bulk}
}

function tellWithoutTimeout(call: Call): void {
  if (!call.answers) return
  const words = Array.from({length: call.argc}, (_, i) => i).filter((i) => i > 0 && i !== 5)
  call.tell('LMOVEM', ...words.map((i) => call.bytes(i)))
}

/** LMPOP, and BLMPOP with a timeout before all. */
function popMany(first: number): Apply {
  return (call) => {
    const keys = countArgument(call, first, 1, 'ERR numkeys should be greater than 0')
    const where = first + keys + 1
    if (where >= call.argc) throw syntaxError()
    const head = isLeft(call, where)
    let count = -1
    for (let i = where + 1; i < call.argc; i += 2) {
      if (count !== -1 || !call.is(i, 'COUNT') || i + 1 >= call.argc) throw syntaxError()
      count = countArgument(call, i + 1, 1, 'ERR count should be greater than 0')
    }
    const timeoutMs = first === 2 ? timeoutArgument(call, 1) : 0
    if (popFirst(call, first + 1, where, head, count === -1 ? 1 : count)) return
    const wanted = {firstKey: first + 1, lastKey: where - 1, timeoutMs}
    if (first === 1 || !call.waitFor(wanted)) call.reply.noArray()
  }
}

/** Pop from the first list among the keys in arguments [first, end); false when there is none. `count` 0: one, not in an array. */
function popFirst(call: Call, first: number, end: number, head: boolean, count: number): boolean {
  const {keyspace, reply} = call
  for (let i = first; i < end; i++) {
    const entry = findAwaited(call, i)
    if (entry === 0) continue
    const some = Math.min(count, listLength(keyspace, entry))
    reply.array(2)
    reply.bulk(call.memory, call.starts[i], call.ends[i])
    if (count > 0) reply.array(some)
    popFrom(call, entry, head, count || 1)
    const name = head ? 'LPOP' : 'RPOP'
    if (call.answers) call.tell(name, call.bytes(i), ...(count > 0 ? [some] : []))
    return true
  }
  return false
}

function blockingPop(head: boolean): Apply {
  return (call) => {
    const last = call.argc - 1
    const timeoutMs = timeoutArgument(call, last)
    if (popFirst(call, 1, last, head, 0)) return
    if (!call.waitFor({firstKey: 1, lastKey: last - 1, timeoutMs})) call.reply.noArray()
  }
}

export const LIST_MOVES: readonly (readonly [name: string, apply: Apply])[] = [
  ['RPOPLPUSH', (call) => move(call, RPOPLPUSH)],
  ['BRPOPLPUSH', (call) => moveOrWait(call, RPOPLPUSH, timeoutArgument(call, 3), 'RPOPLPUSH')],
  ['LMOVE', (call) => move(call, endsOf(call))],
  ['BLMOVE', blmove],
  ['LMOVEM', moveMany(5)],
  ['BLMOVEM', moveMany(6)],
  ['LMPOP', popMany(1)],
  ['BLMPOP', popMany(2)],
  ['BLPOP', blockingPop(true)],
  ['BRPOP', blockingPop(false)],
]
