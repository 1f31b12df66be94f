import type {Call} from '../call.ts'

/**
 * Argument `i` as a signed 64-bit integer, rounded to a double: for positions and counts, where what no double holds exactly is
 * beyond everything anyway. Allocates nothing for short ones. @throws CommandError.
 */
export function indexArgument(call: Call, i: number): number {
  const {memory, starts, ends} = call
  const start = starts[i]
  const end = ends[i]
  const negative = start < end && memory[start] === 0x2d
  const first = negative ? start + 1 : start
  if (first < end && end - first <= 15 && memory[first] >= 0x31 && memory[first] <= 0x39) {
    let value = 0
    let at = first
    for (; at < end && memory[at] >= 0x30 && memory[at] <= 0x39; at++) {
      value = value * 10 + memory[at] - 0x30
    }
    if (at === end) return negative ? -value : value
  }
  if (!negative && end - start === 1 && memory[start] === 0x30) return 0
  return Number(call.bigint(i))
}
