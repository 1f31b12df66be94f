/** The longest element of packed encodings that were found right, integers as their decimal text. */
import {intsetEnds} from './intset'
import {listpackInt, listpackIsText, listpackStep, listpackTextEnd, listpackTextStart} from './listpack'
import {ziplistEncoding, ziplistInt, ziplistIsText, ziplistSize, ziplistTextStart} from './ziplist'

/** Of every `tuple` entries the first `columns` are looked at; with 0 columns all that are no integers. */
export function listpackLongest(start: u32, end: u32, tuple: u32, columns: u32): u32 {
  const limit = end - 1
  let longest: u32 = 0
  let column: u32 = 0
  for (let at = start + 6; at < limit; ) {
    const first: u32 = load<u8>(at)
    if (column < columns || (columns == 0 && listpackIsText(first))) {
      const length = listpackIsText(first)
        ? listpackTextEnd(at) - listpackTextStart(at)
        : textLength(listpackInt(at))
      if (length > longest) longest = length
    }
    if (++column == tuple) column = 0
    // Short strings and integers below 128, which are most of all: no need to look at what leads backward.
    at = first < 0x80 ? at + 2 : first < 0xc0 ? at + 2 + (first & 63) : listpackStep(at, limit)
  }
  return longest
}

export function ziplistLongest(start: u32, end: u32, tuple: u32, columns: u32): u32 {
  const limit = end - 1
  let longest: u32 = 0
  let column: u32 = 0
  for (let at = start + 10; at < limit; ) {
    const encoding = ziplistEncoding(at, limit)
    const size = ziplistSize(encoding, limit)
    if (column < columns) {
      const length = ziplistIsText(load<u8>(encoding))
        ? encoding + size - ziplistTextStart(encoding)
        : textLength(ziplistInt(encoding))
      if (length > longest) longest = length
    }
    if (++column == tuple) column = 0
    at = encoding + size
  }
  return longest
}

/** They ascend: the longest is at an end. */
export function intsetLongest(start: u32, end: u32): u32 {
  return max<u32>(textLength(intsetEnds(start, end, false)), textLength(intsetEnds(start, end, true)))
}

/** Digits, and the sign. */
export function textLength(value: i64): u32 {
  let length: u32 = 1
  let rest = value as u64
  if (value < 0) {
    length = 2
    rest = 0 - rest
  }
  for (; rest >= 10; rest /= 10) length++
  return length
}
