/**
 * What servers keep of each key for eviction: when it was last used, or how often, see CommandTimes for which commands use which keys.
 * Sources: lookupKey() in db.c, LFULogIncr() and LFUDecrAndReturn() in evict.c.
 */
import type {Call} from './call.ts'
import {CommandTimes} from './command-times.ts'
import type {Command} from './commands/row.ts'
import type {Database} from './database.ts'
import {NO_TIME} from './key-times.ts'
import type {Keyspace} from './keyspace.ts'

/** Of a key that is new: LFU_INIT_VAL. */
const FIRST_COUNT = 5
const MOST = 255
/** lfu-log-factor and lfu-decay-time, in minutes, as servers have them by default. */
const LOG_FACTOR = 10
const DECAY_MINUTES = 1
/** They look at keys and do not use them. */
const NO_TOUCH = new Set(['OBJECT', 'TYPE', 'TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME', 'MEMORY'])

export type Clock = 'idle' | 'freq'

export class KeyClocks {
  readonly measure: Clock
  private readonly keyspace: Keyspace
  private readonly times: CommandTimes
  /** Keys that were not used since are not known. */
  private readonly sinceMs: number
  private readonly place = {offset: 0, bytes: 0, record: 0, timestamp: 0}

  constructor(keyspace: Keyspace, measure: Clock, nowMs: number) {
    this.keyspace = keyspace
    this.measure = measure
    this.sinceMs = nowMs
    this.times = new CommandTimes(measure === 'freq' ? counted : null)
  }

  /** A command has been run. */
  used(call: Call, command: Command): void {
    if (NO_TOUCH.has(command.name)) return
    this.place.timestamp = Math.floor(call.nowMs / 1000)
    this.times.after(call, command, this.place, true)
  }

  /** A key goes that no command names. */
  forget(number: number, start: number, end: number): void {
    this.times.forget(this.keyspace, number, start, end)
  }

  idleSeconds(number: number, db: Database, entry: number, nowMs: number): number {
    const told = this.told(number, db, entry)
    const seconds = told === NO_TIME ? Math.floor(this.sinceMs / 1000) : told
    return Math.max(0, Math.floor(nowMs / 1000) - seconds)
  }

  /** From 0 to 255. */
  frequency(number: number, db: Database, entry: number, nowMs: number): number {
    const told = this.told(number, db, entry)
    return told === NO_TIME ? FIRST_COUNT : decayed(told, minutesOf(nowMs / 1000))
  }

  private told(number: number, db: Database, entry: number): number {
    return this.times.told(this.keyspace, number, db.keyStart(entry), db.keyEnd(entry))
  }
}

/** The minute in the upper bits, the counter in the lowest eight. */
function counted(old: number, seconds: number): number {
  const minutes = minutesOf(seconds)
  if (old === NO_TIME) return minutes * 256 + FIRST_COUNT
  const count = decayed(old, minutes)
  const chance = 1 / (Math.max(0, count - FIRST_COUNT) * LOG_FACTOR + 1)
  return minutes * 256 + (count < MOST && Math.random() < chance ? count + 1 : count)
}

function decayed(told: number, minutes: number): number {
  const periods = Math.floor((minutes - Math.floor(told / 256)) / DECAY_MINUTES)
  return Math.max(0, (told & MOST) - Math.max(0, periods))
}

/** Since 1970, as many as fit 24 bits. */
const minutesOf = (seconds: number): number => Math.floor(seconds / 60) & 0xffffff
