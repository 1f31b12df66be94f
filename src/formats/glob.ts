/**
 * Patterns of KEYS and SCAN, matched byte by byte:
 *
 *     *        any bytes, also none        ?        any one byte
 *     [abc]    one of these bytes          [a-c]    a range, either way round
 *     [^abc]   none of these               \x       the byte x itself, also inside brackets
 *
 * Brackets that do not close reach to the end of the pattern. Source: stringmatchlen() in util.c.
 */

const STAR = 0x2a
const QUESTION = 0x3f
const OPEN = 0x5b
const CLOSE = 0x5d
const CARET = 0x5e
const BACKSLASH = 0x5c
const DASH = 0x2d

/** What one step of a pattern matches: any number of bytes, or one byte of 256. */
type Step = 'any' | Uint8Array

/** A pattern, ready to be matched. Its cost is bounded by the length of the text times that of the pattern. */
export class Glob {
  private readonly steps: readonly Step[]

  constructor(pattern: Uint8Array) {
    this.steps = compile(pattern)
  }

  /** Does the pattern match the whole span? */
  matches(memory: Uint8Array, start: number, end: number): boolean {
    const {steps} = this
    let at = start
    let step = 0
    // Where to go on when the bytes after the last '*' do not fit: that '*' takes one more.
    let retryStep = -1
    let retryAt = 0
    while (at < end) {
      const wanted = steps[step]
      if (wanted === 'any') {
        retryStep = ++step
        retryAt = at
      } else if (wanted !== undefined && wanted[memory[at]] === 1) {
        step++
        at++
      } else if (retryStep >= 0) {
        step = retryStep
        at = ++retryAt
      } else return false
    }
    while (steps[step] === 'any') step++
    return step === steps.length
  }
}

/** Does a pattern hold anything but bytes that stand for themselves? */
export function isPattern(bytes: Uint8Array): boolean {
  return bytes.some((byte) => [STAR, QUESTION, OPEN, BACKSLASH].includes(byte))
}

function compile(pattern: Uint8Array): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < pattern.length; at++) {
    const byte = pattern[at]
    if (byte === STAR) {
      if (steps[steps.length - 1] !== 'any') steps.push('any')
    } else if (byte === QUESTION) steps.push(new Uint8Array(256).fill(1))
    else if (byte === OPEN) {
      const set = new Uint8Array(256)
      at = readSet(pattern, at + 1, set)
      steps.push(set)
    } else {
      if (byte === BACKSLASH && at + 1 < pattern.length) at++
      const set = new Uint8Array(256)
      set[pattern[at]] = 1
      steps.push(set)
    }
  }
  return steps
}

/** Read what stands behind '['. Returns the index of the last byte that belongs to it. */
function readSet(pattern: Uint8Array, from: number, set: Uint8Array): number {
  const not = pattern[from] === CARET
  let at = not ? from + 1 : from
  for (; at < pattern.length && pattern[at] !== CLOSE; at++) {
    if (pattern[at] === BACKSLASH && at + 1 < pattern.length) set[pattern[++at]] = 1
    else if (pattern[at + 1] === DASH && at + 2 < pattern.length) {
      const [first, last] = [pattern[at], pattern[at + 2]]
      set.fill(1, Math.min(first, last), Math.max(first, last) + 1)
      at += 2
    } else set[pattern[at]] = 1
  }
  if (not) for (let byte = 0; byte < 256; byte++) set[byte] ^= 1
  return at
}
