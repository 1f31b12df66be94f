/**
 * When commands last named each key, while logs are replayed: what a server's LRU clock would say if nobody read. A server touches
 * every key that a command looks up, those that it only reads and the old and new names of RENAME and COPY included. Sources:
 * lookupKey() in db.c, createObject() in object.c.
 */
import {REG_HASH, REGISTERS} from '../formats/kernel/layout.ts'
import type {Call} from './call.ts'
import {findKeys, KeyPositions, wholeEffect} from './commands/keys.ts'
import type {Command} from './commands/row.ts'
import {copyTarget} from './copy-target.ts'
import {KeyTimes, NO_TIME} from './key-times.ts'
import type {Keyspace} from './keyspace.ts'
import type {RecordPlace, ReplayObserver} from './replay-observer.ts'

/** Of a key that was named before the first annotation. */
const UNTOLD = 0
const LATEST = 0xffffffff

/** What is kept of a key from now on, which was `old` or NO_TIME. */
export type Counts = (old: number, seconds: number) => number

export class CommandTimes implements ReplayObserver {
  /** Idle times count back from here, in seconds: the last annotation; null where logs have none. */
  reference: number | null = null
  /** When the base was saved, in ms; null without one, or where it does not say. */
  savedMs: number | null = null
  /** The commands to come are those of a base that was written as text: they tell when that was, and nothing of the keys. */
  inBase = false
  /** The base has idle times of its own. */
  hasIdle = false
  /** Of the first command that stands behind an annotation. */
  private first: number | null = null
  private now = UNTOLD
  private readonly databases = new Map<number, KeyTimes>()
  private readonly counts: Counts | null
  private readonly positions = new KeyPositions()
  /** What the kernel hashed last, a key without its database. */
  private low = 0
  private high = 0

  /** `counts`: what is kept of a key in place of the time, of at most 32 bits. */
  constructor(counts: Counts | null = null) {
    this.counts = counts
  }

  /** The key at [start, end) comes with a base that was saved when it had been idle for so long. */
  idleInBase(
    keyspace: Keyspace,
    db: number,
    key: {memory: Uint8Array; pinStart: number; pinEnd: number},
    idleSeconds: number,
  ): void {
    this.hasIdle = true
    if (this.savedMs === null) return
    const {memory, pinStart, pinEnd} = key
    const start = keyspace.stage(memory, pinStart, pinEnd)
    keyspace.arena.kernel.hash(start, start + pinEnd - pinStart, 0)
    this.put(keyspace, db, told(this.savedMs / 1000 - idleSeconds))
  }

  before(): boolean {
    return true
  }

  after(call: Call, command: Command, {timestamp}: RecordPlace, applied: boolean): void {
    if (this.inBase) {
      if (timestamp !== null) this.savedMs ??= timestamp * 1000
      return
    }
    if (timestamp !== null) {
      this.first ??= timestamp
      this.now = told(timestamp)
    }
    if (!applied) return
    const effect = wholeEffect(command)
    if (effect === 'all') this.databases.clear()
    else if (effect === 'database') this.databases.delete(call.dbNumber)
    else if (effect === 'databases') this.swap(Number(call.text(1)), Number(call.text(2)))
    else this.nameKeys(call, command)
  }

  /** Seconds for which the key at [start, end) of the keyspace's memory was idle at the least; null where logs tell no times. */
  idleSeconds(keyspace: Keyspace, db: number, start: number, end: number): number | null {
    const {reference, savedMs} = this
    if (reference === null) return null
    const seconds = this.find(keyspace, db, start, end)
    // Nobody knows when, but it was before the first annotation.
    const first = this.first ?? reference
    const saved = savedMs === null ? first : savedMs / 1000
    const since = seconds === NO_TIME ? saved : seconds === UNTOLD ? first : seconds
    return Math.max(0, reference - since)
  }

  /** May it have been idle for longer? */
  isLeast(keyspace: Keyspace, db: number, start: number, end: number): boolean {
    return this.find(keyspace, db, start, end) <= UNTOLD
  }

  /** What is kept of the key at [start, end) of the keyspace's memory, NO_TIME for nothing. */
  told(keyspace: Keyspace, db: number, start: number, end: number): number {
    return this.find(keyspace, db, start, end)
  }

  /** The key at [start, end) of the keyspace's memory goes without a command. */
  forget(keyspace: Keyspace, db: number, start: number, end: number): void {
    keyspace.arena.kernel.hash(start, end, 0)
    this.takeHash(keyspace)
    this.databases.get(db)?.delete(this.low, this.high)
  }

  private nameKeys(call: Call, command: Command): void {
    const {positions} = this
    const {name} = command
    findKeys(command, call, positions)
    for (let i = 0; i < positions.count; i++) {
      const at = positions.at[i]
      this.named(call, name === 'COPY' && at === 2 ? copyTarget(call) : call.dbNumber, at)
    }
    if (name === 'MOVE') this.named(call, Number(call.text(2)), 1)
    else if (name.startsWith('RESTORE')) this.restored(call)
  }

  /** What is not there any more is forgotten: the tables hold no more keys than the data. */
  private named({keyspace, memory, starts, ends}: Call, db: number, at: number): void {
    const entry = keyspace.database(db).find(memory, starts[at], ends[at])
    if (entry !== 0) this.put(keyspace, db, this.now, this.counts)
    else {
      this.takeHash(keyspace)
      this.databases.get(db)?.delete(this.low, this.high)
    }
  }

  /** RESTORE says how long a key had been idle. */
  private restored(call: Call): void {
    if (this.now === UNTOLD) return
    for (let i = 4; i + 1 < call.argc; i++) {
      if (!call.is(i, 'IDLETIME') || call.find(1) === 0) continue
      this.put(call.keyspace, call.dbNumber, told(this.now - call.integer(i + 1)))
    }
  }

  /** Of the key whose hash the kernel made last. */
  private put(keyspace: Keyspace, db: number, seconds: number, counts: Counts | null = null): void {
    let times = this.databases.get(db)
    if (times === undefined) {
      times = new KeyTimes()
      this.databases.set(db, times)
    }
    this.takeHash(keyspace)
    const {low, high} = this
    times.set(low, high, counts === null ? seconds : counts(times.get(low, high), seconds))
  }

  private find(keyspace: Keyspace, db: number, start: number, end: number): number {
    keyspace.arena.kernel.hash(start, end, 0)
    this.takeHash(keyspace)
    return this.databases.get(db)?.get(this.low, this.high) ?? NO_TIME
  }

  private takeHash({arena}: Keyspace): void {
    const at = REGISTERS + REG_HASH
    this.low = arena.view.getUint32(at, true)
    this.high = arena.view.getUint32(at + 4, true)
  }

  private swap(a: number, b: number): void {
    const {databases} = this
    const [first, second] = [databases.get(a), databases.get(b)]
    databases.delete(a)
    databases.delete(b)
    if (first !== undefined) databases.set(b, first)
    if (second !== undefined) databases.set(a, second)
  }
}

const told = (seconds: number): number => Math.min(Math.max(seconds, UNTOLD + 1), LATEST)
