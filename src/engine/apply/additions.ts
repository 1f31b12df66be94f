import {ZADD_INCR} from '../../formats/kernel/layout.ts'
import type {Call} from '../call.ts'
import {permittedScore, zsetAdd, zsetScore} from '../values/zset-members.ts'

/** CH: changes are answered, not additions. It stands beside the kernel's ZADD_ options. */
export const CHANGES = 0x100

/** Adds members to a sorted set one by one and counts what becomes of them. Source: zaddGenericCommand() in t_zset.c. */
export class Additions {
  private added = 0
  private updated = 0
  /** Score of the last one, null where the options did not permit it. */
  private last: number | null = null
  private readonly given: number

  /** `given`: ZADD_ options, and CHANGES. */
  constructor(given: number) {
    this.given = given
  }

  /** Add the member [from, to) of the arena's memory, or change its score. @throws CommandError when that becomes NaN. */
  add({keyspace}: Call, entry: number, from: number, to: number, score: number): void {
    const options = this.given & ~CHANGES
    const current = zsetScore(keyspace, entry, from, to)
    this.last = permittedScore(current, score, options)
    if (this.last === null || this.last === current) return
    zsetAdd(keyspace, entry, from, to, score, options)
    if (Number.isNaN(current)) this.added++
    else this.updated++
  }

  answer(call: Call): void {
    const {added, updated, last, given} = this
    const {reply} = call
    call.changes += added + updated
    if ((given & ZADD_INCR) === 0) reply.integer((given & CHANGES) === 0 ? added : added + updated)
    else if (last === null) reply.nothing()
    else reply.double(call.scoreText(last))
  }
}
