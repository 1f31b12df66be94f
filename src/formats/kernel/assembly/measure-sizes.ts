/**
 * What the elements of one value take, in each form that they may end up in: engine/memory/element-sizes.ts as a kernel, which that
 * must agree with to the byte.
 */
import {
  MEASURE_EXACT_ALL,
  MEASURE_EXACT_PACKED,
  MEASURE_PAIRS,
  REG_AUX,
  REGISTERS,
} from '../layout'
import {spanInt} from './numbers'

const EMBEDDED_MAX: u32 = 128

let allocator: u32 = 0
let options: u32 = 0
export let count: u32 = 0
export let longest: u32 = 0
export let integers: bool = true
export let listpack: u64 = 0
export let strings: u64 = 0
export let pairs: u64 = 0
export let width: u32 = 2
let field: u32 = 0

/** `how`: MEASURE_ options, and above them the allocator by its place in ALLOCATORS. */
export function sizesConfigure(how: u32): void {
  options = how & 0xff
  allocator = how >> 8
}

export function sizesClear(): void {
  count = 0
  longest = 0
  integers = true
  listpack = 7
  strings = 0
  pairs = 0
  width = 2
}

/** Bytes that `size` bytes take. */
export function allocated(size: u32): u32 {
  if (allocator == 2) return max<u32>(24, ((size + 8 + 15) & ~15) - 8)
  if (allocator == 3) return ((size + 7) & ~7) + 8
  if (size <= 64) {
    if (allocator == 0) return (max<u32>(size, 1) + 7) & ~7
    return size <= 8 ? 8 : (size + 15) & ~15
  }
  // Four classes to each doubling.
  const step: u32 = (1 << (32 - clz<u32>(size - 1))) >> 3
  return (size + step - 1) & ~(step - 1)
}

export function packedBytes(size: u32): u32 {
  return (options & (MEASURE_EXACT_ALL | MEASURE_EXACT_PACKED)) != 0 ? size : allocated(size)
}

function sdsBytes(length: u32): u32 {
  if (length < 32 && length > 0) return length + 2
  return length + (length < 0x100 ? 4 : length < 0x10000 ? 6 : 10)
}

function stringBytes(length: u32): u32 {
  const bytes = sdsBytes(length)
  return (options & MEASURE_EXACT_ALL) != 0 ? bytes : allocated(bytes)
}

function integerEntry(value: i64): u32 {
  if (value >= 0 && value < 128) return 1
  if (value >= -4096 && value < 4096) return 2
  if (value >= -0x8000 && value < 0x8000) return 3
  if (value >= -0x800000 && value < 0x800000) return 4
  return value >= -0x80000000 && value < 0x80000000 ? 5 : 9
}

/** A member, field or value. */
function add(start: u32, end: u32): void {
  const length = end - start
  let bytes: u32 = length + (length < 64 ? 1 : length < 4096 ? 2 : 5)
  if (spanInt(start, end)) {
    const value = load<i64>(REGISTERS + REG_AUX)
    bytes = integerEntry(value)
    if (value < -0x8000 || value >= 0x8000) {
      width = max<u32>(width, value >= -0x80000000 && value < 0x80000000 ? 4 : 8)
    }
  } else integers = false
  listpack += bytes + (bytes < 0x80 ? 1 : bytes < 0x4000 ? 2 : bytes < 0x200000 ? 3 : 4)
  strings += stringBytes(length)
  if (length > longest) longest = length
}

export function sizesMember(start: u32, end: u32): void {
  count++
  add(start, end)
}

export function sizesField(start: u32, end: u32): void {
  count++
  add(start, end)
  field = sdsBytes(end - start)
}

export function sizesValue(start: u32, end: u32): void {
  add(start, end)
  if ((options & MEASURE_PAIRS) == 0) return
  const length = end - start
  const both = field + length + (length < 0x100 ? 4 : 6)
  pairs += both <= EMBEDDED_MAX ? allocated(both) : allocated(field + 8) + stringBytes(length)
}
