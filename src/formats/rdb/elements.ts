import {FormatError} from '../errors.ts'
import {Histogram} from './histogram.ts'
import {IgnoringVisitor} from './ignoring.ts'
import type {RdbReader} from './reader.ts'
import type {LogicalType} from './types.ts'

/** Elements may become longer towards the end. */
const SLACK = 1.5
const SMALLEST = 16

/**
 * What the elements of a collection look like that ended in damage, and how many of them were not read. Behind the damage they
 * go on: a hash whose fields have expiries holds exactly what a row of strings is written as.
 */
export class Elements extends IgnoringVisitor {
  readonly histogram = new Histogram()
  /** Elements that were claimed and not seen. */
  left = 0
  /** Offset below which the rest of them is expected to lie. */
  until = 0
  private seen = 0

  override begin(_logical: LogicalType, _type: number, count: number): void {
    this.left = Math.max(0, count)
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.histogram.add(memory, start, end)
    this.count()
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    this.histogram.add(memory, start, end)
    this.count()
  }

  /** The collection begins at `start` and was read up to `stoppedAt`. */
  expect(start: number, stoppedAt: number): void {
    const each = (stoppedAt - start) / Math.max(1, this.seen)
    this.until = stoppedAt + SLACK * Math.max(each, SMALLEST) * this.left
  }

  private count(): void {
    this.left--
    this.seen++
  }
}

/** Read the entry again on which reading failed; null when it has no elements. The reader stands at its beginning. */
export function elementsOf(r: RdbReader, stoppedAt: number): Elements | null {
  const elements = new Elements()
  const start = r.c.offset
  try {
    if (r.next() === 0) r.readValue(elements)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
  }
  elements.expect(start, stoppedAt)
  return elements.left > 0 ? elements : null
}
