/** Intsets edited in place, see intset.ts for their layout. Members come as text; `block` is where a sound intset starts. */
import {REG_AUX, REGISTERS} from '../layout'
import {readMember} from './intset'
import {spanInt} from './numbers'

const HEADER: u32 = 8
/** Results of intsetAdd() that are no size. */
const NO_ROOM: u32 = 0
const THERE: u32 = 1
const NO_INTEGER: u32 = 2

/** Make an empty intset. Returns its size. */
export function intsetInit(block: u32): u32 {
  store<u32>(block, 2)
  store<u32>(block, 0, 4)
  return HEADER
}

/** The address of the member whose text is [from, to), or 0. */
export function intsetFind(block: u32, from: u32, to: u32): u32 {
  if (!spanInt(from, to)) return 0
  const value = load<i64>(REGISTERS + REG_AUX)
  const at = lowerBound(block, value)
  const width = load<u32>(block)
  return at < endOf(block) && readMember(at, width) == value ? at : 0
}

/**
 * Add the member whose text is [from, to). Returns the new size; or, with nothing changed, 0 when it is above `capacity`, 1
 * when the member is there already, 2 when the text is no integer as servers print them.
 */
export function intsetAdd(block: u32, from: u32, to: u32, capacity: u32): u32 {
  if (!spanInt(from, to)) return NO_INTEGER
  const value = load<i64>(REGISTERS + REG_AUX)
  const width = load<u32>(block)
  const wider = widthOf(value)
  const count = load<u32>(block, 4)
  const at: u32 = wider > width ? 0 : lowerBound(block, value)
  if (at != 0 && at < endOf(block) && readMember(at, width) == value) return THERE
  const size = HEADER + (count + 1) * max<u32>(width, wider)
  if (size > capacity) return NO_ROOM
  if (wider > width) {
    widen(block, wider, value < 0 ? wider : 0)
    writeMember(value < 0 ? block + HEADER : block + size - wider, wider, value)
  } else {
    memory.copy(at + width, at, endOf(block) - at)
    writeMember(at, width, value)
  }
  store<u32>(block, count + 1, 4)
  return size
}

/** How many bytes the intset has at most with one more member, [from, to). */
export function intsetNeeds(block: u32, from: u32, to: u32): u32 {
  const wider = spanInt(from, to) ? widthOf(load<i64>(REGISTERS + REG_AUX)) : 2
  return HEADER + (load<u32>(block, 4) + 1) * max<u32>(load<u32>(block), wider)
}

/** Remove the member whose text is [from, to). Returns the new size, or 0 when it is not there. The width stays. */
export function intsetRemove(block: u32, from: u32, to: u32): u32 {
  const at = intsetFind(block, from, to)
  if (at == 0) return 0
  const width = load<u32>(block)
  const end = endOf(block)
  memory.copy(at, at + width, end - at - width)
  store<u32>(block, load<u32>(block, 4) - 1, 4)
  return end - width - block
}

/** Address of the first member that is not below `value`, or the end. */
function lowerBound(block: u32, value: i64): u32 {
  const width = load<u32>(block)
  let low: u32 = 0
  let high = load<u32>(block, 4)
  while (low < high) {
    const middle = (low + high) >> 1
    if (readMember(block + HEADER + middle * width, width) < value) low = middle + 1
    else high = middle
  }
  return block + HEADER + low * width
}

/** Give every member `wider` bytes, and leave `gap` bytes in front of them. From the last one: they move up. */
function widen(block: u32, wider: u32, gap: u32): void {
  const width = load<u32>(block)
  for (let i = load<u32>(block, 4); i > 0; i--) {
    const member = readMember(block + HEADER + (i - 1) * width, width)
    writeMember(block + HEADER + gap + (i - 1) * wider, wider, member)
  }
  store<u32>(block, wider)
}

function writeMember(at: u32, width: u32, value: i64): void {
  if (width == 2) store<i16>(at, value as i16)
  else if (width == 4) store<i32>(at, value as i32)
  else store<i64>(at, value)
}

function endOf(block: u32): u32 {
  return block + HEADER + load<u32>(block, 4) * load<u32>(block)
}

function widthOf(value: i64): u32 {
  if (value >= -0x8000 && value <= 0x7fff) return 2
  return value >= -0x80000000 && value <= 0x7fffffff ? 4 : 8
}
