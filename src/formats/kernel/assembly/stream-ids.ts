/** Ids of streams: 16 bytes at an address, ms and seq u64be, as files have them. */

const ID_BYTES: u32 = 16

/** Is the id at `a` above that at `b`? */
export function idFollows(a: u32, b: u32): bool {
  const high = bswap<u64>(load<u64>(a))
  const other = bswap<u64>(load<u64>(b))
  return high > other || (high == other && bswap<u64>(load<u64>(a, 8)) > bswap<u64>(load<u64>(b, 8)))
}

export function idSame(a: u32, b: u32): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8)
}

/** The number of an id among `count` ascending ones at `ids`; `count` for one that is not there. */
export function idNumber(id: u32, ids: u32, count: u32): u32 {
  let low: u32 = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (idFollows(id, ids + middle * ID_BYTES)) low = middle + 1
    else high = middle
  }
  return low < count && idSame(id, ids + low * ID_BYTES) ? low : count
}
