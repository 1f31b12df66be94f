/**
 * Registers of a sparse HyperLogLog, as runs:
 *
 *     00llllll             l + 1 registers are 0
 *     01llllll llllllll    l + 1 registers are 0, big-endian
 *     1vvvvvll             l + 1 registers are v + 1
 *
 * What was written in which order shows in the bytes, so every step is the server's. Source: hllSparseSet() in hyperloglog.c.
 */
import {
  HLL_CHANGED,
  HLL_CORRUPT,
  HLL_HEADER,
  HLL_PROMOTE,
  HLL_SPARSE_MAX,
  HLL_STAY,
  REG_OUT,
  REGISTERS,
  SPANS,
} from '../layout'

const VALUE_MAX: u32 = 32
const VALUE_RUN_MAX: u32 = 4
const SHORT_RUN_MAX: u32 = 64

// @ts-ignore: decorator
@inline
export function opcodeBytes(at: u32): u32 {
  return 1 + (((load<u8>(at) >> 6) == 1) as u32)
}

/** Registers in the run at `at`. A long run that the value ends in goes on with the NUL that servers keep behind strings. */
export function runLength(at: u32, end: u32): u32 {
  const first: u32 = load<u8>(at)
  if ((first & 0x80) != 0) return (first & 3) + 1
  if ((first & 0x40) == 0) return (first & 63) + 1
  const low: u32 = at + 1 < end ? load<u8>(at, 1) : 0
  return (((first & 63) << 8) | low) + 1
}

/** The value of all registers in the run at `at`. */
// @ts-ignore: decorator
@inline
export function runValue(at: u32): u32 {
  const first: u32 = load<u8>(at)
  return (first & 0x80) != 0 ? ((first >> 2) & 31) + 1 : 0
}

/** Raise a register. Returns one of HLL_; REG_OUT is where the value ends. May grow by three bytes, up to HLL_SPARSE_MAX. */
export function sparseSet(start: u32, end: u32, index: u32, value: u32): u32 {
  store<u32>(REGISTERS + REG_OUT, end)
  if (value > VALUE_MAX) return HLL_PROMOTE
  let at = start + HLL_HEADER
  let before = at
  let first: u32 = 0
  let run: u32 = 0
  for (; at < end; at += opcodeBytes(at)) {
    run = runLength(at, end)
    if (index < first + run) break
    before = at
    first += run
  }
  if (run == 0 || at >= end) return HLL_CORRUPT
  const old = runValue(at)
  if (old >= value) return HLL_STAY
  if (run == 1 && opcodeBytes(at) == 1) {
    putValue(at, value, 1)
  } else {
    end = split(start, at, end, index - first, run, value)
    if (end == 0) return HLL_PROMOTE
  }
  store<u32>(REGISTERS + REG_OUT, join(before, end))
  store<u8>(start, load<u8>(start, 15) | 0x80, 15)
  return HLL_CHANGED
}

/** Split the run at `at` around its register number `inside`. Returns the new end, 0 if the value must become dense instead. */
function split(start: u32, at: u32, end: u32, inside: u32, run: u32, value: u32): u32 {
  const old = runValue(at)
  let out: u32 = SPANS
  if (inside != 0) out = putRun(out, old, inside)
  out = putValue(out, value, 1)
  if (inside != run - 1) out = putRun(out, old, run - 1 - inside)
  const size = out - SPANS
  const oldSize = opcodeBytes(at)
  const length = end - start + size - oldSize
  if (size > oldSize && length > (HLL_SPARSE_MAX as u32)) return 0
  const behind = at + oldSize
  if (behind < end) memory.copy(at + size, behind, end - behind)
  memory.copy(at, SPANS, size)
  return start + length
}

/** Join runs of one value, as far as the server looks for them from the run at `at` on. Returns the new end. */
function join(at: u32, end: u32): u32 {
  for (let left = 5; at < end && left > 0; left--) {
    const value = runValue(at)
    if (value != 0 && at + 1 < end && runValue(at + 1) == value) {
      const run = runLength(at, end) + runLength(at + 1, end)
      if (run <= VALUE_RUN_MAX) {
        putValue(at + 1, value, run)
        memory.copy(at, at + 1, end - at - 1)
        end--
        continue
      }
    }
    at += opcodeBytes(at)
  }
  return end
}

function putRun(out: u32, value: u32, run: u32): u32 {
  if (value != 0) return putValue(out, value, run)
  if (run <= SHORT_RUN_MAX) {
    store<u8>(out, run - 1)
    return out + 1
  }
  store<u8>(out, 0x40 | ((run - 1) >> 8))
  store<u8>(out, run - 1, 1)
  return out + 2
}

function putValue(out: u32, value: u32, run: u32): u32 {
  store<u8>(out, 0x80 | ((value - 1) << 2) | (run - 1))
  return out + 1
}
