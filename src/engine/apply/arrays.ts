/**
 * Arrays of Redis 8.8. The insert index is the place of the last sequential insert; the next one goes behind it. No server
 * that writes them is at hand: this follows the published description of the commands.
 */
import {type Apply, type Call, CommandError, wrongType} from '../call.ts'
import {type ArrayValue, ascending} from '../values/array.ts'
import {Kind, objectOf, setValue} from '../values/kinds.ts'

const INDEX_MAX = 2n ** 64n - 2n

function indexOf(call: Call, i: number, most = INDEX_MAX): bigint {
  const text = call.text(i)
  const index = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n
  if (index < 0n || index > most) throw new CommandError('ERR invalid array index')
  return index
}

/** The array under the key, null when there is none. */
function look(call: Call): ArrayValue | null {
  const entry = call.find(1)
  if (entry === 0) return null
  if (call.db.kind(entry) !== Kind.ARRAY) throw wrongType()
  return objectOf<ArrayValue>(call.keyspace, entry)
}

function make(call: Call): ArrayValue {
  const found = look(call)
  if (found) return found
  const {db, keyspace, memory, starts, ends} = call
  const array: ArrayValue = {cells: new Map(), insertIndex: null}
  const entry = db.add(memory, starts[1], ends[1], Kind.STRING)
  setValue(keyspace, entry, Kind.ARRAY, keyspace.addObject(array))
  return array
}

function set(call: Call): void {
  const first = indexOf(call, 2)
  if (first + BigInt(call.argc - 4) > INDEX_MAX) throw new CommandError('ERR invalid array index')
  const {cells} = make(call)
  const {size} = cells
  for (let i = 3; i < call.argc; i++) cells.set(first + BigInt(i - 3), call.bytes(i))
  answer(call, call.argc - 3, cells.size - size)
}

function answer(call: Call, changes: number, reply: number | bigint): void {
  call.changes += changes
  call.reply.bigint(BigInt(reply))
}

function setMany(call: Call): void {
  if (call.argc % 2 !== 0) {
    throw new CommandError("ERR wrong number of arguments for 'armset' command")
  }
  const indexes: bigint[] = []
  for (let i = 2; i < call.argc; i += 2) indexes.push(indexOf(call, i))
  const {cells} = make(call)
  const {size} = cells
  indexes.forEach((index, k) => void cells.set(index, call.bytes(3 + 2 * k)))
  answer(call, indexes.length, cells.size - size)
}

function insert(call: Call): void {
  let index = look(call)?.insertIndex ?? -1n
  if (index + BigInt(call.argc - 2) > INDEX_MAX) throw new CommandError('ERR invalid array index')
  const array = make(call)
  for (let i = 2; i < call.argc; i++) array.cells.set(++index, call.bytes(i))
  array.insertIndex = index
  answer(call, call.argc - 2, index)
}

function seek(call: Call): void {
  const index = indexOf(call, 2, INDEX_MAX + 1n)
  const array = look(call)
  if (array) array.insertIndex = index === 0n ? null : index - 1n
  answer(call, array ? 1 : 0, array ? 1 : 0)
}

/** Write at the place behind the last one, modulo the ring's size. */
function ring(call: Call): void {
  const size = indexOf(call, 2)
  if (size === 0n) throw new CommandError('ERR invalid array size')
  const array = make(call)
  const indexes = ascending(array)
  const length = indexes.length > 0 ? indexes[indexes.length - 1] + 1n : 0n
  const wrapped = array.insertIndex !== null && array.insertIndex + 1n < length
  if (length > size || (size > length && wrapped)) compact(array, length, size)
  let index = array.insertIndex ?? -1n
  for (let i = 3; i < call.argc; i++) {
    index = (index + 1n) % size
    array.cells.set(index, call.bytes(i))
  }
  array.insertIndex = index
  answer(call, call.argc - 3, index)
}

/** Keep the newest contiguous run that fits, the oldest of it at 0. */
function compact(array: ArrayValue, length: bigint, size: bigint): void {
  const newest: Uint8Array[] = []
  let index = array.insertIndex ?? length - 1n
  while (BigInt(newest.length) < size) {
    const cell = array.cells.get(index)
    if (cell === undefined || BigInt(newest.length) === length) break
    newest.push(cell)
    index = index === 0n ? length - 1n : index - 1n
  }
  newest.reverse()
  array.cells = new Map(newest.map((cell, i) => [BigInt(i), cell]))
  array.insertIndex = newest.length === 0 ? null : BigInt(newest.length - 1)
}

function del(call: Call): void {
  const indexes: bigint[] = []
  for (let i = 2; i < call.argc; i++) indexes.push(indexOf(call, i))
  const array = look(call)
  remove(call, array, indexes)
}

function delRange(call: Call): void {
  const ranges: [bigint, bigint][] = []
  for (let i = 2; i + 1 < call.argc; i += 2) {
    const [a, b] = [indexOf(call, i), indexOf(call, i + 1)]
    ranges.push(a < b ? [a, b] : [b, a])
  }
  const array = look(call)
  const indexes = array ? ascending(array) : []
  const isIn = (index: bigint) => ranges.some(([first, last]) => index >= first && index <= last)
  remove(call, array, indexes.filter(isIn))
}

function remove(call: Call, array: ArrayValue | null, indexes: readonly bigint[]): void {
  let count = 0
  for (const index of indexes) if (array?.cells.delete(index)) count++
  if (array?.cells.size === 0) call.db.remove(call.find(1))
  answer(call, count, count)
}

export const ARRAYS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['ARSET', set],
  ['ARMSET', setMany],
  ['ARINSERT', insert],
  ['ARRING', ring],
  ['ARSEEK', seek],
  ['ARDEL', del],
  ['ARDELRANGE', delRange],
]
