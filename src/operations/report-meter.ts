/** Measures memory, and the longest element besides, for which packed encodings are looked into. */
import {integerOf} from '../engine/memory/element-sizes.ts'
import {MemoryMeter} from '../engine/memory/meter.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {BlobEncoding} from '../formats/rdb/visitor.ts'

export class ReportMeter extends MemoryMeter {
  protected longestSeen = 0
  /** So many of the elements to come are in memory that has been measured. */
  private measured = 0

  get longestElement(): number {
    return Math.max(this.longest, this.longestSeen)
  }

  override begin(logical: LogicalType, type: number): void {
    super.begin(logical, type)
    this.longestSeen = 0
    this.measured = 0
  }

  override suffices(encoding: BlobEncoding, bytes: number, elements: number): boolean {
    const enough = super.suffices(encoding, bytes, elements)
    if (!enough || encoding === 'plain') return enough
    this.measured = elements
    return false
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    if (this.measured === 0) return super.member(memory, start, end)
    this.see(end - start)
    // Of a sorted set the score comes last.
    if (this.logical !== 'zset') this.measured--
  }

  override score(score: number): void {
    if (this.measured === 0) super.score(score)
    else this.measured--
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    if (this.measured === 0) super.field(memory, start, end)
    if (this.measured > 0 || this.isStreamText(memory, start, end)) this.see(end - start)
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    if (this.measured > 0 || this.isStreamText(memory, start, end)) this.see(end - start)
    if (this.measured === 0) super.value(memory, start, end)
    else this.measured--
  }

  override fieldExpiry(): void {
    if (this.measured === 0) super.fieldExpiry()
  }

  /** Integers of streams do not count: in their nodes they lie among others that are no elements. */
  private isStreamText(memory: Uint8Array, start: number, end: number): boolean {
    return this.logical === 'stream' && integerOf(memory, start, end) === null
  }

  protected see(length: number): void {
    if (length > this.longestSeen) this.longestSeen = length
  }
}
