/** Integers in arguments and values, read without an allocation where they are short. */
import type {Call} from '../call.ts'

/** Digits that always fit a double exactly. */
const DIGITS = 15

/** The canonical integer in the span when it has at most 15 digits, else NaN: then it is long, or none. */
export function shortInteger(memory: Uint8Array, start: number, end: number): number {
  const negative = start < end && memory[start] === 0x2d
  let at = negative ? start + 1 : start
  const digits = end - at
  if (digits === 0 || digits > DIGITS) return Number.NaN
  if (memory[at] === 0x30) return digits === 1 && !negative ? 0 : Number.NaN
  let value = 0
  for (; at < end; at++) {
    const digit = memory[at] - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return negative ? -value : value
}

/** The same of argument `i`. */
export function shortArgument(call: Call, i: number): number {
  return shortInteger(call.memory, call.starts[i], call.ends[i])
}

/** How many bytes an integer of at most 2^53 takes in decimal. */
export function decimalLength(value: number): number {
  let length = value < 0 ? 2 : 1
  for (let rest = Math.abs(value); rest >= 10; rest = Math.floor(rest / 10)) length++
  return length
}

/** Write it at `at`, where its decimal form of `length` bytes fits. */
export function putDecimal(memory: Uint8Array, at: number, length: number, value: number): void {
  let rest = Math.abs(value)
  let digit = at + length
  do {
    const tens = Math.floor(rest / 10)
    memory[--digit] = 0x30 + rest - tens * 10
    rest = tens
  } while (rest > 0)
  if (value < 0) memory[at] = 0x2d
}
