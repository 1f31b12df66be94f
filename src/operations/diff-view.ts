/** Values as they are compared. */
import {LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import {PassingVisitor} from '../formats/rdb/passing-visitor.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import type {View} from './diff-options.ts'

/** Shows to `to` what counts of a value. */
export function viewOf(to: ValueVisitor, {without, deliveryTimes}: View): ValueVisitor {
  const timed = deliveryTimes ? to : new TimelessVisitor(to)
  return without.size === 0 ? timed : new LossyVisitor(timed, without, 'ignored')
}

class TimelessVisitor extends PassingVisitor {
  override pending(memory: Uint8Array, idStart: number, _timeMs: bigint, count: bigint): void {
    this.to.pending(memory, idStart, 0n, count)
  }
}
