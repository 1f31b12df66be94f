/** The words of commands as respite writes them: a count or a length in its line, then as many bytes. */

let start: u32 = 0
let end: u32 = 0
let lineValue: u32 = 0

/** The last argument: [wordFirst(), wordLast()). */
export const wordFirst = (): u32 => start
export const wordLast = (): u32 => end
/** The number of the last line. */
export const lineRead = (): u32 => lineValue

/** One argument. Returns what follows it, 0 when it is not whole or not as written. */
// @ts-ignore: decorator
@inline
export function argument(at: u32, limit: u32): u32 {
  at = line(at, limit, 0x24)
  if (at == 0) return 0
  const length = lineValue
  if (length > limit - at || limit - at - length < 2 || load<u16>(at + length) != 0x0a0d) return 0
  start = at
  end = at + length
  return end + 2
}

/** `prefix`, one to nine digits, CR LF. Returns what follows, or 0. */
// @ts-ignore: decorator
@inline
export function line(at: u32, limit: u32, prefix: u32): u32 {
  if (limit - at >= 5) {
    // Hardly any has more than two digits.
    const head = load<u32>(at)
    const first = ((head >> 8) & 0xff) - 0x30
    if ((head & 0xff) == prefix && first <= 9) {
      if (head >> 16 == 0x0a0d) {
        lineValue = first
        return at + 4
      }
      const second = ((head >> 16) & 0xff) - 0x30
      if (second <= 9 && load<u16>(at, 3) == 0x0a0d) {
        lineValue = first * 10 + second
        return at + 5
      }
    }
  }
  return longLine(at, limit, prefix)
}

function longLine(at: u32, limit: u32, prefix: u32): u32 {
  if (limit - at < 4 || (load<u8>(at++) as u32) != prefix) return 0
  let value: u32 = 0
  const first = at
  for (;;) {
    if (at + 2 > limit) return 0
    const digit: u32 = load<u8>(at) - 0x30
    if (digit > 9) break
    value = value * 10 + digit
    if (++at - first > 9) return 0
  }
  if (at == first || load<u16>(at) != 0x0a0d) return 0
  lineValue = value
  return at + 2
}
