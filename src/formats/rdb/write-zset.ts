/**
 * Sorted sets:
 *
 *     ZSET_LISTPACK  string(listpack)          (member, score text)*, ascending by score, then member
 *     ZSET_ZIPLIST   string(ziplist)           the same, before RDB 10
 *     ZSET_2         count (member f64le)*     descending, which loads fastest
 *     ZSET           count (member text)*      before RDB 8; the text is length u8 and bytes, FE for inf, FF for -inf
 *
 * Source: rdbSaveObject() and rdbSaveDoubleValue() in rdb.c, zzlInsertAt() in t_zset.c.
 */
import {Elements} from '../packed/elements.ts'
import type {PackedEncoder} from '../packed/encoder.ts'
import {compareSpans, Growable} from '../packed/growable.ts'
import {ListpackEncoder} from '../packed/listpack.ts'
import {ZiplistEncoder} from '../packed/ziplist.ts'
import {RdbType} from './types.ts'
import {BUFFER_LIMIT, LIMITS, type WriteContext} from './write-context.ts'
import {scoreText} from './write-score.ts'

export class ZsetWriter {
  private readonly context: WriteContext
  private readonly elements = new Elements()
  private readonly packed: PackedEncoder
  private readonly text = new Growable()
  private scores = new Float64Array(64)
  private count = -1
  /** The input comes in ascending order: it has to be turned around. */
  private ascending = false
  private plain = false
  private written = 0

  constructor(context: WriteContext) {
    this.context = context
    this.packed = context.target.version >= 10 ? new ListpackEncoder() : new ZiplistEncoder()
  }

  begin(type: number, count: number): void {
    this.elements.clear()
    this.count = count
    this.ascending = type === RdbType.ZSET_ZIPLIST || type === RdbType.ZSET_LISTPACK
    this.plain = false
    this.written = 0
  }

  member(memory: Uint8Array, start: number, end: number): void {
    if (!this.plain && !this.fits(end - start)) this.startPlain()
    if (this.plain) this.context.strings.write(memory, start, end)
    else this.elements.push(memory, start, end)
  }

  score(score: number): void {
    if (this.plain) {
      this.writeScore(score)
      this.written++
      return
    }
    const last = this.elements.count - 1
    if (last >= this.scores.length) {
      const scores = new Float64Array(this.scores.length * 2)
      scores.set(this.scores)
      this.scores = scores
    }
    this.scores[last] = score
  }

  end(): void {
    const {elements} = this
    if (this.plain) {
      if (this.count < 0) this.context.out.close(this.written)
    } else if (elements.count > 0) {
      const order = this.order()
      if (this.compact(elements.count, elements.longest)) this.writePacked(order)
      else this.writeDescending(order)
    }
  }

  private compact(count: number, longest: number): boolean {
    return count <= LIMITS.zsetEntries && longest <= LIMITS.zsetBytes
  }

  /** Whether to keep a member of `length` bytes until the end. */
  private fits(length: number): boolean {
    const {elements} = this
    if (this.ascending) return elements.data.length + length <= BUFFER_LIMIT
    const total = Math.max(this.count, elements.count + 1)
    return this.compact(total, Math.max(elements.longest, length))
  }

  private startPlain(): void {
    const {context, elements} = this
    this.plain = true
    this.writeHead(this.count)
    for (let i = 0; i < elements.count; i++) {
      context.strings.write(elements.bytes, elements.start(i), elements.end(i))
      this.writeScore(this.scores[i])
    }
    this.written = elements.count
    elements.clear()
  }

  private writeHead(count: number): void {
    const {context} = this
    context.head(context.target.version >= 8 ? RdbType.ZSET_2 : RdbType.ZSET)
    if (count < 0) context.out.open()
    else context.out.count(count)
  }

  private writeDescending(order: Uint32Array): void {
    const {context, elements} = this
    this.writeHead(elements.count)
    for (let at = order.length - 1; at >= 0; at--) {
      const i = order[at]
      context.strings.write(elements.bytes, elements.start(i), elements.end(i))
      this.writeScore(this.scores[i])
    }
  }

  private writePacked(order: Uint32Array): void {
    const {context, elements, packed, text} = this
    packed.reset()
    for (const i of order) {
      packed.append(elements.bytes, elements.start(i), elements.end(i))
      text.clear()
      text.text(scoreText(this.scores[i], context.target.version))
      packed.append(text.bytes, 0, text.length)
    }
    packed.finish()
    context.head(context.target.version >= 10 ? RdbType.ZSET_LISTPACK : RdbType.ZSET_ZIPLIST)
    context.strings.write(packed.out.bytes, 0, packed.out.length)
  }

  private writeScore(score: number): void {
    const {out, target} = this.context
    if (target.version >= 8) out.f64le(score)
    else if (score === Infinity) out.u8(254)
    else if (score === -Infinity) out.u8(255)
    else {
      const {text} = this
      text.clear()
      text.text(scoreText(score, target.version))
      out.u8(text.length)
      out.write(text.bytes, 0, text.length)
    }
  }

  /** Ordinals of the kept elements, ascending by score, then member. Packed input has that order already. */
  private order(): Uint32Array {
    const order = new Uint32Array(this.elements.count)
    let sorted = true
    for (let i = 0; i < order.length; i++) {
      order[i] = i
      if (i > 0 && this.compare(i - 1, i) > 0) sorted = false
    }
    return sorted ? order : order.sort((a, b) => this.compare(a, b))
  }

  private compare(a: number, b: number): number {
    const {elements, scores} = this
    if (scores[a] !== scores[b]) return scores[a] < scores[b] ? -1 : 1
    return compareSpans(
      elements.bytes,
      elements.start(a),
      elements.end(a),
      elements.bytes,
      elements.start(b),
      elements.end(b),
    )
  }
}
