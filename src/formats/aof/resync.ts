import {type Cursor, GAP} from '../bytes/cursor.ts'
import {REG_ARGC, REG_AUX, REG_NEXT, REGISTERS, SPANS} from '../kernel/layout.ts'
import {upperCase} from '../text.ts'
import {ANNOTATION_MAX} from './reader.ts'

/** Could a server have logged a command of this (upper-case) name with so many arguments? */
export type Plausible = (name: string, argc: number) => boolean

const FOLLOWERS = 3
const NEEDS_MORE = 1
const STAR = 0x2a
const DOLLAR = 0x24
const HASH_SIGN = 0x23
const CR = 0x0d
const LF = 0x0a
const NAME_MAX = 64
/**
 * What a search may look at: a fixed amount, and so many bytes for each byte it steps over. Without a bound an input made of
 * nested beginnings of long records would cost the square of its size.
 */
const BUDGET = 64 * 1024 * 1024
const BUDGET_PER_BYTE = 16

/** Does `#TS:` stand at `at`, as far as there are bytes? */
export function isTimeAnnotation(bytes: Uint8Array, at: number): boolean {
  const length = Math.min(TIME.length, bytes.length - at)
  for (let i = 0; i < length; i++) if (bytes[at + i] !== TIME[i]) return false
  return true
}

const TIME = [HASH_SIGN, 0x54, 0x53, 0x3a]

/** Finds where records go on after damage. */
export class Resync {
  private readonly c: Cursor
  private readonly plausible: Plausible
  private budget = BUDGET

  constructor(c: Cursor, plausible: Plausible) {
    this.c = c
    this.plausible = plausible
  }

  /**
   * Move forward to the next record that is followed by three more or by the end of the input, each whole, plain and of a
   * plausible command. False when there is none: then the cursor is at the end, or where the search became too expensive.
   *
   * A value may hold RESP text: what lies inside an argument whose length is right is stepped over. Where the length itself is
   * damaged, nothing in the format tells such text from records.
   */
  find(): boolean {
    const {c} = this
    for (;;) {
      const found = this.start()
      const passed = found < 0 ? c.limit - c.next : found
      const argument = this.argumentEnd(passed)
      if (argument > 0) {
        this.budget += argument * BUDGET_PER_BYTE
        c.next += argument
        continue
      }
      c.next += passed
      this.budget += passed * BUDGET_PER_BYTE
      if (found < 0) {
        if (!c.more()) return false
        continue
      }
      if (this.confirm()) return true
      if (this.budget < 0) return false
      c.next++
    }
  }

  /** Distance of the next byte that a record or a time annotation may start with, -1 when there is none in the window. */
  private start(): number {
    const window = this.c.memory.subarray(this.c.next, this.c.limit)
    const star = window.indexOf(STAR)
    for (let at = window.indexOf(HASH_SIGN); at >= 0; at = window.indexOf(HASH_SIGN, at + 1)) {
      if (star >= 0 && star < at) break
      if (isTimeAnnotation(window, at)) return at
    }
    return star
  }

  /**
   * Distance of the end of the first argument that begins within `span` bytes, reaches further and is whole: '$' length CR LF, as
   * many bytes, CR LF, then what may follow one. 0 when there is none.
   */
  private argumentEnd(span: number): number {
    const {c} = this
    for (let skip = 0; ; skip++) {
      // Addresses move when the window is refilled: distances from `c.next` do not.
      const at = c.memory.subarray(c.next + skip, c.next + span).indexOf(DOLLAR)
      if (at < 0) return 0
      skip += at
      // A header line begins behind another line.
      const inLine = skip > 0 && c.memory[c.next + skip - 1] !== LF
      const length = inLine ? 0 : this.wholeArgument(skip)
      if (skip + length > span) return skip + length
    }
  }

  /**
   * Length of the argument at distance `at`, its header and what is left of its CR LF included; 0 when it is not plainly one: then
   * nothing follows it that may.
   */
  private wholeArgument(at: number): number {
    const {c} = this
    let length = 0
    let n = 1
    for (; this.has(at + n + 2); n++) {
      const digit = c.memory[c.next + at + n] - 0x30
      if (digit < 0 || digit > 9) break
      length = length * 10 + digit
      if (length > GAP) return 0
    }
    const end = n + 2 + length
    if (n === 1 || !this.isCrLf(at + n)) return 0
    for (let more = 2; more >= 0; more--) if (this.isStart(at + end + more)) return end + more
    return this.isCrLf(at + end) && !this.has(at + end + 3) ? end + 2 : 0
  }

  /** Is there, at distance `at`, the beginning of a record, an argument or an annotation? */
  private isStart(at: number): boolean {
    if (!this.has(at + 2)) return false
    const {memory, next} = this.c
    const first = memory[next + at]
    const second = memory[next + at + 1]
    if (first === HASH_SIGN) return isTimeAnnotation(memory, next + at)
    return (first === STAR || first === DOLLAR) && second > 0x30 && second <= 0x39
  }

  private isCrLf(at: number): boolean {
    if (!this.has(at + 2)) return false
    const {memory, next} = this.c
    return memory[next + at] === CR && memory[next + at + 1] === LF
  }

  /** Do records start at `c.next`? */
  private confirm(): boolean {
    let at = 0
    for (let seen = 0; seen <= FOLLOWERS; ) {
      if (!this.has(at + 1)) return seen > 0
      if (this.c.memory[this.c.next + at] === HASH_SIGN) {
        const length = this.annotation(at)
        if (length === 0) return false
        at += length
        continue
      }
      const length = this.record(at)
      if (length < 0) return false
      // Cut by the end of the input, or longer than the window: what came before it decides.
      if (length === 0) return seen > 0
      at += length
      seen++
    }
    return true
  }

  /** Length of the plausible record at distance `at`; 0 when it does not lie whole in the window, -1 when there is none. */
  private record(at: number): number {
    const {c} = this
    for (;;) {
      const start = c.next + at
      const end = c.kernel.aofRecord(start, c.limit)
      this.budget -= (end || c.view.getUint32(REGISTERS + REG_NEXT, true)) - start
      if (end !== 0) {
        const argc = c.view.getUint32(REGISTERS + REG_ARGC, true)
        return this.plausible(this.name(), argc) ? end - start : -1
      }
      if (c.view.getUint32(REGISTERS + REG_AUX, true) !== NEEDS_MORE) return -1
      if (c.limit - c.next >= GAP || !c.more()) return 0
    }
  }

  private name(): string {
    const {c} = this
    const start = c.view.getUint32(SPANS, true)
    const end = Math.min(c.view.getUint32(SPANS + 4, true), start + NAME_MAX)
    return upperCase(String.fromCharCode(...c.memory.subarray(start, end)))
  }

  /** Length of the annotation line at distance `at`, 0 when it does not end. */
  private annotation(at: number): number {
    for (let n = 1; n < ANNOTATION_MAX; n++) {
      if (!this.has(at + n + 1)) return 0
      if (this.c.memory[this.c.next + at + n] === LF) return n + 1
    }
    return 0
  }

  private has(n: number): boolean {
    const {c} = this
    while (c.limit - c.next < n) if (c.limit - c.next > GAP || !c.more()) return false
    return true
  }
}
