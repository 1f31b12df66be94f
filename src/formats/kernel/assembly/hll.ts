/**
 * HyperLogLogs as servers hold them, in a string: 2^14 registers, each the longest run of zeros that a hash began with.
 *
 *     "HYLL" | u8 encoding | 3 bytes | u64le cardinality, its top bit set when it is stale | registers
 *     0, dense     6 bits each, the first in the lowest bits of the first byte
 *     1, sparse    see hll-sparse.ts
 *
 * Whoever calls has looked at magic, encoding and the length of a dense one. Source: hyperloglog.c.
 */
import {
  HLL_CORRUPT,
  HLL_DENSE_BYTES,
  HLL_HEADER,
  HLL_PROMOTE,
  HLL_REGISTERS,
  HLL_STAY,
  HLL_CHANGED,
  REG_OUT,
  REGISTERS,
  SPANS,
} from '../layout'
import {opcodeBytes, runLength, runValue, sparseSet} from './hll-sparse'

const COUNT: u32 = HLL_REGISTERS
/** Bits of the hash that name the register, and the others. */
const INDEX_BITS: u32 = 14
const RUN_BITS: u32 = 50
const FACTOR: u64 = 0xc6a4a7935bd1e995
const SEED: u64 = 0xadc83b19
/** 1 / (2 ln 2) */
const ALPHA: f64 = 0.721347520444481703680

/**
 * Add the element [element, elementEnd). Returns one of HLL_; REG_OUT is where the value ends then. A sparse one needs room for
 * four more bytes: it may grow by three, and a long run that the value ends in counts one more.
 */
export function hllAdd(start: u32, end: u32, element: u32, elementEnd: u32): u32 {
  const hash = murmur(element, elementEnd)
  const index = (hash as u32) & (COUNT - 1)
  const run = (ctz<u64>((hash >> INDEX_BITS) | ((1 as u64) << RUN_BITS)) as u32) + 1
  store<u32>(REGISTERS + REG_OUT, end)
  if (load<u8>(start, 4) != 0) return sparseSet(start, end, index, run)
  return denseSet(start + HLL_HEADER, index, run) ? HLL_CHANGED : HLL_STAY
}

/** Raise the registers at `registers`, a byte each, to those of the value. HLL_STAY or HLL_CORRUPT. */
export function hllMerge(registers: u32, start: u32, end: u32): u32 {
  const first = start + HLL_HEADER
  if (load<u8>(start, 4) == 0) {
    for (let i: u32 = 0; i < COUNT; i++) raise(registers + i, denseGet(first, i))
    return HLL_STAY
  }
  let index: u32 = 0
  for (let at = first; at < end; at += opcodeBytes(at)) {
    const run = runLength(at, end)
    const value = runValue(at)
    if (run + index > COUNT) return HLL_CORRUPT
    if (value != 0) for (let i: u32 = 0; i < run; i++) raise(registers + index + i, value)
    index += run
  }
  return index == COUNT ? HLL_STAY : HLL_CORRUPT
}

/**
 * Raise the registers of the value to those at `registers`, from register `index` on. Returns HLL_REGISTERS, or the first register
 * for which the value must become dense; REG_OUT is where the value ends. A sparse one has room for all that it may grow.
 */
export function hllStore(start: u32, end: u32, registers: u32, index: u32): u32 {
  const dense = load<u8>(start, 4) == 0
  store<u32>(REGISTERS + REG_OUT, end)
  for (; index < COUNT; index++) {
    const value: u32 = load<u8>(registers + index)
    if (value == 0) continue
    if (dense) denseSet(start + HLL_HEADER, index, value)
    else if (sparseSet(start, load<u32>(REGISTERS + REG_OUT), index, value) == (HLL_PROMOTE as u32)) break
  }
  return index
}

/** Write the sparse value as a dense one to `out`. HLL_STAY or HLL_CORRUPT. */
export function hllDense(start: u32, end: u32, out: u32): u32 {
  memory.fill(out + HLL_HEADER, 0, HLL_DENSE_BYTES - HLL_HEADER)
  memory.copy(out, start, HLL_HEADER)
  store<u8>(out, 0, 4)
  let index: u32 = 0
  for (let at = start + HLL_HEADER; at < end; at += opcodeBytes(at)) {
    const run = runLength(at, end)
    const value = runValue(at)
    if (run + index > COUNT) return HLL_CORRUPT
    if (value != 0) for (let i: u32 = 0; i < run; i++) denseSet(out + HLL_HEADER, index + i, value)
    index += run
  }
  return index == COUNT ? HLL_STAY : HLL_CORRUPT
}

/** Say that the cardinality in the header is stale. */
export function hllStale(start: u32): void {
  store<u8>(start, load<u8>(start, 15) | 0x80, 15)
}

/** Estimate the cardinality and put it in the header, unless it is not stale. Returns one of HLL_. */
export function hllCount(start: u32, end: u32): u32 {
  if ((load<u8>(start, 15) & 0x80) == 0) return HLL_STAY
  memory.fill(SPANS, 0, 64 * 4)
  if (load<u8>(start, 4) == 0) {
    for (let i: u32 = 0; i < COUNT; i++) tally(denseGet(start + HLL_HEADER, i), 1)
  } else {
    let index: u32 = 0
    for (let at = start + HLL_HEADER; at < end; at += opcodeBytes(at)) {
      const run = runLength(at, end)
      tally(runValue(at), run)
      index += run
    }
    if (index != COUNT) return HLL_CORRUPT
  }
  store<u64>(start, rounded(estimate()), 8)
  return HLL_CHANGED
}

/** Source: hllCount(), after Ertl, arXiv:1702.01284. The order of the operations is the server's: the sum must be too. */
function estimate(): f64 {
  const m: f64 = COUNT
  let z = m * tau((m - tallied(RUN_BITS + 1)) / m)
  for (let value = RUN_BITS; value >= 1; value--) {
    z += tallied(value)
    z *= 0.5
  }
  z += m * sigma(tallied(0) / m)
  return (ALPHA * m * m) / z
}

function sigma(x: f64): f64 {
  if (x == 1) return Infinity
  let before: f64
  let y: f64 = 1
  let z = x
  do {
    x *= x
    before = z
    z += x * y
    y += y
  } while (before != z)
  return z
}

function tau(x: f64): f64 {
  if (x == 0 || x == 1) return 0
  let before: f64
  let y: f64 = 1
  let z = 1 - x
  do {
    x = sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) * (1 - x) * y
  } while (before != z)
  return z / 3
}

/** As llroundl(): halves away from zero, and the smallest integer for what is too large. */
function rounded(value: f64): u64 {
  if (!(value < 9223372036854775808.0)) return 0x8000000000000000
  const whole = floor(value)
  return (whole as u64) + ((value - whole >= 0.5) as u64)
}

// @ts-ignore: decorator
@inline
function tally(value: u32, count: u32): void {
  const at = SPANS + (value << 2)
  store<u32>(at, load<u32>(at) + count)
}

// @ts-ignore: decorator
@inline
function tallied(value: u32): f64 {
  return load<i32>(SPANS + (value << 2)) as f64
}

// @ts-ignore: decorator
@inline
function raise(at: u32, value: u32): void {
  if (value > (load<u8>(at) as u32)) store<u8>(at, value)
}

function denseGet(first: u32, index: u32): u32 {
  const bit = index * 6
  const at = first + (bit >> 3)
  const shift = bit & 7
  const low = (load<u8>(at) as u32) >> shift
  // The last register ends with its byte; what is behind it is not ours.
  return (shift > 2 ? low | ((load<u8>(at, 1) as u32) << (8 - shift)) : low) & 63
}

function denseSet(first: u32, index: u32, value: u32): bool {
  if (value <= denseGet(first, index)) return false
  const bit = index * 6
  const at = first + (bit >> 3)
  const shift = bit & 7
  store<u8>(at, ((load<u8>(at) as u32) & ~(63 << shift)) | (value << shift))
  if (shift > 2) {
    store<u8>(at, ((load<u8>(at, 1) as u32) & ~(63 >> (8 - shift))) | (value >> (8 - shift)), 1)
  }
  return true
}

/** MurmurHash64A with the server's seed. */
function murmur(start: u32, end: u32): u64 {
  const length = end - start
  let hash = SEED ^ ((length as u64) * FACTOR)
  const words = start + (length & ~7)
  let at = start
  for (; at < words; at += 8) {
    let word = load<u64>(at) * FACTOR
    word = (word ^ (word >> 47)) * FACTOR
    hash = (hash ^ word) * FACTOR
  }
  if (at < end) {
    let tail: u64 = 0
    for (let shift: u64 = 0; at < end; at++, shift += 8) tail |= (load<u8>(at) as u64) << shift
    hash = (hash ^ tail) * FACTOR
  }
  hash = (hash ^ (hash >> 47)) * FACTOR
  return hash ^ (hash >> 47)
}
