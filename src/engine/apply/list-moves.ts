/** Commands that take from the first list that has something, or move from list to list; those that wait do not. */
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
import {checkTimeout, countArgument, findList, popFrom} from './list-arguments.ts'

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
 * Move `count` elements, which are there, one by one; from the inner end of them if `inner`. `to` is 0 when there is no such key
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
  settle(db, from)
}

function move(call: Call, fromHead: boolean, toHead: boolean): void {
  const from = findList(call, 1)
  if (from === 0) return
  moveElements(call, from, findList(call, 2), {fromHead, toHead}, 1, false)
}

function popPush(call: Call): void {
  move(call, false, true)
}

function lmove(call: Call): void {
  const fromHead = isLeft(call, 3)
  move(call, fromHead, isLeft(call, 4))
}

function blmove(call: Call): void {
  const fromHead = isLeft(call, 3)
  const toHead = isLeft(call, 4)
  checkTimeout(call, 5)
  move(call, fromHead, toHead)
}

/**
 * LMOVEM, and BLMOVEM with a timeout before the options. OBO moves one element after the other; BULK keeps the order that they
 * had in the source. Source: the command's page of Redis 8.10; that BULK means this order follows from its examples.
 */
function moveMany(first: number): Apply {
  return (call) => {
    const fromHead = isLeft(call, 3)
    const toHead = isLeft(call, 4)
    if (first === 6) checkTimeout(call, 5)
    if (call.argc !== first && call.argc !== first + 3) throw syntaxError()
    const many = call.argc > first
    const exactly = many && call.is(first, 'EXACTLY')
    if (many && !exactly && !call.is(first, 'COUNT')) throw syntaxError()
    const wanted = many ? indexArgument(call, first + 1) : 1
    if (wanted <= 0) throw new CommandError('ERR count should be greater than 0')
    const bulk = many && call.is(first + 2, 'BULK')
    if (many && !bulk && !call.is(first + 2, 'OBO')) throw syntaxError()
    const from = findList(call, 1)
    if (from === 0) return
    const to = findList(call, 2)
    const length = listLength(call.keyspace, from)
    if (exactly && wanted > length) return
    const count = Math.min(wanted, length)
    const inner = bulk && fromHead === toHead
    // On one list nothing changes then.
    if (!inner || from !== to) moveElements(call, from, to, {fromHead, toHead}, count, inner)
  }
}

/** LMPOP, and BLMPOP with a timeout before all. */
function popMany(first: number): Apply {
  return (call) => {
    const keys = countArgument(call, first, 1, 'ERR numkeys should be greater than 0')
    const where = first + keys + 1
    if (where >= call.argc) throw syntaxError()
    const head = isLeft(call, where)
    let count = 1
    if (call.argc > where + 1) {
      if (call.argc !== where + 3 || !call.is(where + 1, 'COUNT')) throw syntaxError()
      count = countArgument(call, where + 2, 1, 'ERR count should be greater than 0')
    }
    if (first === 2) checkTimeout(call, 1)
    popFirst(call, first + 1, where, head, count)
  }
}

/** Pop from the first list among the keys in arguments [first, end). */
function popFirst(call: Call, first: number, end: number, head: boolean, count: number): void {
  for (let i = first; i < end; i++) {
    const entry = findList(call, i)
    if (entry === 0) continue
    popFrom(call, entry, head, count)
    return
  }
}

function blockingPop(head: boolean): Apply {
  return (call) => {
    checkTimeout(call, call.argc - 1)
    popFirst(call, 1, call.argc - 1, head, 1)
  }
}

function blockingPopPush(call: Call): void {
  checkTimeout(call, 3)
  popPush(call)
}

export const LIST_MOVES: readonly (readonly [name: string, apply: Apply])[] = [
  ['RPOPLPUSH', popPush],
  ['BRPOPLPUSH', blockingPopPush],
  ['LMOVE', lmove],
  ['BLMOVE', blmove],
  ['LMOVEM', moveMany(5)],
  ['BLMOVEM', moveMany(6)],
  ['LMPOP', popMany(1)],
  ['BLMPOP', popMany(2)],
  ['BLPOP', blockingPop(true)],
  ['BRPOP', blockingPop(false)],
]
