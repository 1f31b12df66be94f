/**
 * An estimate of what a rewritten log would hold: for a sample of the keys, what is left of them when each command is taken for
 * what it usually does. A key is in the sample by its hash; when there are too many, every other one leaves.
 *
 * What adds to a value counts as if it added something new, so the estimate is rather too high.
 */

import type {Command} from '../engine/commands/row.ts'
import {inDatabase} from './top-keys.ts'

/** What a command does to the size of its key. */
export type Effect =
  /** The key is gone. */
  | 'remove'
  /** The key is what the command says. */
  | 'replace'
  /** There is more of it, or less. */
  | 'add'
  | 'take'
  /** As it was; there is the key at least. */
  | 'touch'

const EFFECTS: readonly [Effect, string][] = [
  ['remove', 'DEL UNLINK GETDEL RENAME RENAMENX MOVE MIGRATE DELEX DELIFEQ'],
  [
    'replace',
    'SET SETEX PSETEX SETNX GETSET MSET MSETNX MSETEX RESTORE INCR DECR INCRBY DECRBY INCRBYFLOAT INCREX BITOP PFMERGE COPY SORT SDIFFSTORE SINTERSTORE SUNIONSTORE ZDIFFSTORE ZINTERSTORE ZUNIONSTORE ZRANGESTORE GEOSEARCHSTORE',
  ],
  [
    'add',
    'APPEND HSET HMSET HSETNX HSETEX SADD ZADD GEOADD XADD RPUSH LPUSH RPUSHX LPUSHX LINSERT PFADD ARSET ARMSET ARINSERT ARRING',
  ],
  [
    'take',
    'LPOP RPOP SPOP SREM HDEL HGETDEL ZREM ZPOPMIN ZPOPMAX XDEL XDELEX LREM LMOVE RPOPLPUSH BLPOP BRPOP BLMOVE ARDEL',
  ],
]

const BY_NAME: ReadonlyMap<string, Effect> = new Map(
  EFFECTS.flatMap(([effect, names]) => names.split(' ').map((name) => [name, effect] as const)),
)

export function effectOf({name, flags}: Command): Effect | null {
  return flags.has('write') ? (BY_NAME.get(name) ?? 'touch') : null
}

const SAMPLE_MAX = 32768

interface Live {
  db: number
  /** Hash of its prefix. */
  prefix: number
  bytes: number
  items: number
}

export class LiveSample {
  private readonly keys = new Map<number, Live>()
  /** A key whose hash has none of these bits is in the sample. */
  private mask = 0

  /** `bytes` of a command with `items` elements on a key of that hash, whose prefix has the other. */
  apply(
    effect: Effect,
    hash: number,
    prefix: number,
    db: number,
    bytes: number,
    items: number,
  ): void {
    const mixed = inDatabase(hash, db)
    if (((mixed >>> 8) & this.mask) !== 0) return
    if (effect === 'remove') this.keys.delete(mixed)
    else this.change(effect, mixed, {db, prefix, bytes, items})
  }

  /** Every key of a database is gone; of all of them when it is null. */
  flush(db: number | null): void {
    for (const [hash, live] of this.keys) if (db === null || live.db === db) this.keys.delete(hash)
  }

  swap(a: number, b: number): void {
    for (const live of this.keys.values()) {
      if (live.db === a) live.db = b
      else if (live.db === b) live.db = a
    }
  }

  /** What a key takes, by `inDatabase`; null when it is not in the sample. */
  bytesOf(hash: number): number | null {
    if (((hash >>> 8) & this.mask) !== 0) return null
    return this.keys.get(hash)?.bytes ?? 0
  }

  /** What all keys of a prefix take, likewise. */
  bytesOfPrefix(hash: number): number {
    let bytes = 0
    for (const {db, prefix, bytes: each} of this.keys.values()) {
      if (inDatabase(prefix, db) === hash) bytes += each
    }
    return bytes * (this.mask + 1)
  }

  /** What all keys together would take, and how many of them there are in the sample. */
  get estimate(): {bytes: number; keys: number; sampled: number} {
    const rate = this.mask + 1
    let bytes = 0
    for (const live of this.keys.values()) bytes += live.bytes
    return {bytes: Math.round(bytes * rate), keys: this.keys.size * rate, sampled: this.keys.size}
  }

  private change(effect: Effect, hash: number, now: Live): void {
    const live = this.keys.get(hash)
    if (live === undefined) {
      if (effect === 'take') return
      this.keys.set(hash, now)
      if (this.keys.size > SAMPLE_MAX) this.thin()
    } else if (effect === 'replace') {
      live.bytes = now.bytes
      live.items = now.items
    } else if (effect === 'add') {
      live.bytes += now.bytes
      live.items += now.items
    } else if (effect === 'take') this.take(hash, live, now.items)
    else live.bytes = Math.max(live.bytes, now.bytes)
  }

  private take(hash: number, live: Live, items: number): void {
    if (items >= live.items) {
      this.keys.delete(hash)
      return
    }
    live.bytes -= (live.bytes * items) / live.items
    live.items -= items
  }

  private thin(): void {
    this.mask = this.mask * 2 + 1
    for (const hash of this.keys.keys()) {
      if (((hash >>> 8) & this.mask) !== 0) this.keys.delete(hash)
    }
  }
}
