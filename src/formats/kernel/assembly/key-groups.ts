/**
 * Finds 64-bit hashes that come more than once among very many, in a memory of its own. Hashes are kept by their highest
 * byte, so that one group at a time can be searched in the processor's cache. The memory from GROUPS on:
 *
 *     256 x (u32 where the next hash goes, u32 end of its page)
 *     u32 first of the free pages, 0 for none
 *     pages: u32 address of the page before or 0, u32 unused, then up to 2047 hashes of one group
 */
import {GROUP_PAGE, GROUPS, REG_NEXT, REGISTERS} from '../layout'

const PAGE: u32 = GROUP_PAGE
const TABLE: u32 = GROUPS
const FREE: u32 = GROUPS + 0x800

/**
 * Sort the hashes [src, srcEnd) whose highest byte is in [from, to) into their groups, taking pages from the heap at REG_NEXT,
 * which ends at `heapEnd`. Returns where it stopped: at srcEnd, or where the heap was used up.
 */
export function groupHashes(src: u32, srcEnd: u32, from: u32, to: u32, heapEnd: u32): u32 {
  for (; src < srcEnd; src += 8) {
    const hash = load<u64>(src)
    const group = (hash >> 56) as u32
    if (group - from >= to - from) continue
    const entry = TABLE + (group << 3)
    let next = load<u32>(entry)
    if (next == load<u32>(entry, 4)) {
      const page = takePage(heapEnd)
      if (page == 0) return src
      store<u32>(page, next == 0 ? 0 : load<u32>(entry, 4) - PAGE)
      store<u32>(entry, page + PAGE, 4)
      next = page + 8
    }
    store<u64>(next, hash)
    store<u32>(entry, next + 8)
  }
  return src
}

function takePage(heapEnd: u32): u32 {
  const free = load<u32>(FREE)
  if (free != 0) {
    store<u32>(FREE, load<u32>(free))
    return free
  }
  const page = load<u32>(REGISTERS + REG_NEXT)
  if (page + PAGE > heapEnd) return 0
  store<u32>(REGISTERS + REG_NEXT, page + PAGE)
  return page
}

/** Forget the hashes of a group; its pages are free for others. */
export function groupDrop(group: u32): void {
  const entry = TABLE + (group << 3)
  if (load<u32>(entry) == 0) return
  let page = load<u32>(entry, 4) - PAGE
  while (page != 0) {
    const before = load<u32>(page)
    store<u32>(page, load<u32>(FREE))
    store<u32>(FREE, page)
    page = before
  }
  store<u64>(entry, 0)
}

/** How many hashes a group holds. */
export function groupSize(group: u32): u32 {
  const entry = TABLE + (group << 3)
  const next = load<u32>(entry)
  if (next == 0) return 0
  let page = load<u32>(entry, 4) - PAGE
  let count = (next - page - 8) >> 3
  for (page = load<u32>(page); page != 0; page = load<u32>(page)) count += (PAGE - 8) >> 3
  return count
}

/**
 * Put the hashes of a group that come more than once to [out, outEnd), once for each time after the first. `table` has room
 * for `slots` u64, a power of two above twice the size of the group. Returns the end of what was put.
 */
export function groupRepeats(group: u32, table: u32, slots: u32, out: u32, outEnd: u32): u32 {
  memory.fill(table, 0, (slots as usize) << 3)
  const mask = slots - 1
  const entry = TABLE + (group << 3)
  let next = load<u32>(entry)
  if (next == 0) return out
  let page = load<u32>(entry, 4) - PAGE
  while (page != 0) {
    for (let at = page + 8; at < next; at += 8) {
      const hash = load<u64>(at)
      // 0 marks a free slot.
      const value = hash == 0 ? 1 : hash
      let slot = (value as u32) & mask
      while (true) {
        const place = table + (slot << 3)
        const there = load<u64>(place)
        if (there == 0) {
          store<u64>(place, value)
          break
        }
        if (there == value) {
          if (out < outEnd) {
            store<u64>(out, value)
            out += 8
          }
          break
        }
        slot = (slot + 1) & mask
      }
    }
    page = load<u32>(page)
    next = page + PAGE
  }
  return out
}
