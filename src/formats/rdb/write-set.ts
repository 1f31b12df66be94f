/**
 * Sets:
 *
 *     SET_INTSET    string(intset)       all integers, up to 512
 *     SET_LISTPACK  string(listpack)     from RDB 11 on: up to 128 members of up to 64 bytes
 *     SET           count member*
 *
 * Source: rdbSaveObject() in rdb.c, setTypeMaybeConvert() in t_set.c.
 */
import {Elements} from '../packed/elements.ts'
import type {Int64} from '../packed/int64.ts'
import {parseInt64} from '../packed/int64.ts'
import {IntsetEncoder} from '../packed/intset.ts'
import {ListpackEncoder} from '../packed/listpack.ts'
import {RdbType} from './types.ts'
import {LIMITS, type WriteContext} from './write-context.ts'

export class SetWriter {
  private readonly context: WriteContext
  private readonly elements = new Elements()
  private readonly intset = new IntsetEncoder()
  private readonly listpack = new ListpackEncoder()
  private readonly integer: Int64 = {lo: 0, hi: 0}
  private readonly packsTexts: boolean
  private count = -1
  private integers = true
  private plain = false
  private written = 0

  constructor(context: WriteContext) {
    this.context = context
    this.packsTexts = context.target.version >= 11
  }

  begin(count: number): void {
    this.elements.clear()
    this.intset.reset()
    this.count = count
    this.integers = true
    this.plain = false
    this.written = 0
  }

  member(memory: Uint8Array, start: number, end: number): void {
    const {elements, integer} = this
    if (!this.plain) {
      this.integers &&= parseInt64(memory, start, end, integer)
      if (this.fits(end - start)) {
        if (this.integers) this.intset.push(integer)
        elements.push(memory, start, end)
        return
      }
      this.startPlain()
    }
    this.context.strings.write(memory, start, end)
    this.written++
  }

  end(): void {
    const {context, elements} = this
    if (this.plain) {
      if (this.count < 0) context.out.close(this.written)
    } else if (elements.count > 0) {
      const packed = this.integers ? this.intset : this.pack()
      packed.finish()
      context.head(this.integers ? RdbType.SET_INTSET : RdbType.SET_LISTPACK)
      context.strings.write(packed.out.bytes, 0, packed.out.length)
    }
  }

  /** Whether one more member, of `length` bytes, leaves a packed encoding possible. */
  private fits(length: number): boolean {
    const total = Math.max(this.count, this.elements.count + 1)
    if (this.integers) return total <= LIMITS.intsetEntries
    const longest = Math.max(length, this.elements.longest)
    return this.packsTexts && total <= LIMITS.setEntries && longest <= LIMITS.setBytes
  }

  private pack(): ListpackEncoder {
    const {elements, listpack} = this
    listpack.reset()
    for (let i = 0; i < elements.count; i++) {
      listpack.append(elements.bytes, elements.start(i), elements.end(i))
    }
    return listpack
  }

  private startPlain(): void {
    const {context, elements} = this
    this.plain = true
    context.head(RdbType.SET)
    if (this.count < 0) context.out.open()
    else context.out.count(this.count)
    for (let i = 0; i < elements.count; i++) {
      context.strings.write(elements.bytes, elements.start(i), elements.end(i))
    }
    this.written = elements.count
    elements.clear()
  }
}
