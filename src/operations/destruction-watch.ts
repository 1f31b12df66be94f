/**
 * Watches a replay for commands that take keys away: flushes, exchanged databases, and runs of commands that remove or overwrite
 * single keys. A run is what stands one behind the other, or in the same transaction, which is how scripts are logged.
 */
import {APPLIES} from '../engine/apply/table.ts'
import type {Apply, Call} from '../engine/call.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import type {Replay} from '../engine/replay.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import type {FileToLoad, LoadWatch} from './load-dataset.ts'
import {keyCounts} from './repair-proof.ts'
import type {Destruction} from './undo-reports.ts'

type Effect = Destruction['effect']
type Keys = Record<string, number>

/** What was seen, without its time. */
export interface Seen extends Omit<Destruction, 'time' | 'timeEstimated'> {
  /** Ascending from log to log. */
  fileIndex: number
  /** Of the last record. */
  lastRecord: number
  /** What the log says, in seconds; null where it says nothing. */
  timestamp: number | null
}

export interface WatchOptions {
  /** When commands of a file can have been executed at the earliest, in ms: an expiry before that had passed. */
  earliestMs(file: string): number
  /** Gets every run when it is over. */
  found(seen: Seen): void
  /** Each command is a run of its own. */
  single?: boolean
}

/** Commands that act on whole databases. */
const WHOLE = ['FLUSHALL', 'FLUSHDB', 'SFLUSH', 'TRIMSLOTS']
const REMOVERS = ['DEL', 'UNLINK']
/** With the position of the key that they may overwrite. */
const OVERWRITERS: readonly (readonly [string, number])[] = [
  ['RENAME', 2],
  ['RESTORE', 1],
  ['RESTORE-ASKING', 1],
]
/** With their unit in ms, and whether they count from now. */
const EXPIRES: readonly (readonly [string, number, boolean])[] = [
  ['EXPIRE', 1000, true],
  ['PEXPIRE', 1, true],
  ['EXPIREAT', 1000, false],
  ['PEXPIREAT', 1, false],
]

export class DestructionWatch implements LoadWatch {
  readonly applies: ReadonlyMap<string, Apply>
  private readonly options: WatchOptions
  private replay: Replay | null = null
  private reader: AofReader | null = null
  private file = ''
  private fileIndex = -1
  /** Commands in the files before. */
  private earlier = 0
  /** Runs that may go on, by command. */
  private readonly open = new Map<string, Seen>()

  constructor(options: WatchOptions) {
    this.options = options
    const applies = new Map(APPLIES)
    const put = (name: string, wrap: (apply: Apply) => Apply) => {
      const apply = applies.get(name)
      if (apply) applies.set(name, wrap(apply))
    }
    for (const name of WHOLE) put(name, (apply) => (call) => this.whole(call, name, apply))
    put('SWAPDB', (apply) => (call) => this.swap(call, apply))
    for (const name of REMOVERS) put(name, (apply) => (call) => this.remove(call, name, apply))
    for (const [name, at] of OVERWRITERS) {
      put(name, (apply) => (call) => this.overwrite(call, name, at, apply))
    }
    put('COPY', (apply) => (call) => {
      // Without REPLACE it changes nothing that is there.
      if (call.argc > 3) this.overwrite(call, 'COPY', 2, apply)
      else apply(call)
    })
    for (const [name, unit, isRelative] of EXPIRES) {
      put(name, (apply) => (call) => this.expire(call, name, unit, isRelative, apply))
    }
    this.applies = applies
  }

  begin({name}: FileToLoad, replay: Replay, reader: AofReader): void {
    this.end()
    this.earlier += this.reader?.record ?? 0
    this.replay = replay
    this.reader = reader
    this.file = name
    this.fileIndex++
  }

  /** Nothing more comes. */
  end(): void {
    for (const run of this.open.values()) this.options.found(run)
    this.open.clear()
  }

  private whole(call: Call, name: string, apply: Apply): void {
    const before = keyCounts(call.keyspace)
    apply(call)
    this.note(call, name, 'removed', missing(before, keyCounts(call.keyspace)), true)
  }

  private swap(call: Call, apply: Apply): void {
    const keys = sizesOf(call.keyspace, [call.text(1), call.text(2)])
    apply(call)
    this.note(call, 'SWAPDB', 'moved', keys, true)
  }

  private remove(call: Call, name: string, apply: Apply): void {
    const {db} = call
    const before = db.size
    apply(call)
    this.noteCount(call, name, 'removed', before - db.size)
  }

  private overwrite(call: Call, name: string, at: number, apply: Apply): void {
    const db = name === 'COPY' ? copyTarget(call) : call.db
    const before = db.size
    const isThere = db.find(call.memory, call.starts[at], call.ends[at]) !== 0
    const isItself = name === 'RENAME' && call.text(1) === call.text(2)
    apply(call)
    // COPY finds the key there and leaves it, but for REPLACE.
    const happened = isThere && !isItself && (name !== 'COPY' || replaces(call))
    if (happened) this.noteCount(call, name, 'overwritten', Math.max(1, before - db.size))
  }

  private expire(call: Call, name: string, unit: number, isRelative: boolean, apply: Apply): void {
    apply(call)
    const value = Number(call.text(2)) * unit
    const timestamp = this.reader?.timestamp ?? null
    const now = timestamp === null ? this.options.earliestMs(this.file) : timestamp * 1000
    if (isRelative ? value > 0 : value > now) return
    const entry = call.find(1)
    const passed = isRelative ? call.nowMs : now
    if (entry !== 0 && (call.db.expiresAtMs(entry) ?? passed + 1) <= passed) {
      this.noteCount(call, name, 'expired', 1)
    }
  }

  private noteCount(call: Call, command: string, effect: Effect, count: number): void {
    if (count > 0) this.note(call, command, effect, {[call.dbNumber]: count}, false)
  }

  private note(call: Call, command: string, effect: Effect, keys: Keys, alone: boolean): void {
    const {reader, replay} = this
    if (reader === null || replay === null) return
    const {offset, record} = replay.queued ?? reader
    const seen: Seen = {
      file: this.file,
      fileIndex: this.fileIndex,
      offset,
      record: this.earlier + record,
      fileRecord: record,
      lastOffset: offset,
      lastRecord: record,
      count: 1,
      transaction: replay.queued === null ? null : replay.transactionOffset,
      timestamp: reader.timestamp,
      db: call.dbNumber,
      command,
      effect,
      keys,
      keyCount: Object.values(keys).reduce((sum, count) => sum + count, 0),
    }
    if (alone || this.options.single) return this.options.found(seen)
    const run = this.open.get(command)
    if (run !== undefined && goesOn(run, seen)) return extend(run, seen)
    if (run !== undefined) this.options.found(run)
    this.open.set(command, seen)
  }
}

/** Is `next` part of the run? */
function goesOn(run: Seen, {db, transaction, fileRecord}: Seen): boolean {
  if (run.db !== db || run.transaction !== transaction) return false
  return transaction !== null || fileRecord === run.lastRecord + 1
}

function extend(run: Seen, {offset, fileRecord, keyCount, db}: Seen): void {
  run.lastOffset = offset
  run.lastRecord = fileRecord
  run.count++
  run.keyCount += keyCount
  run.keys[db] += keyCount
}

function missing(before: Keys, after: Keys): Keys {
  const left = Object.entries(before).map(([db, keys]) => [db, keys - (after[db] ?? 0)] as const)
  return Object.fromEntries(left.filter(([, keys]) => keys > 0))
}

function sizesOf(keyspace: Keyspace, databases: readonly string[]): Keys {
  const counts = keyCounts(keyspace)
  return Object.fromEntries(databases.filter((db) => counts[db] > 0).map((db) => [db, counts[db]]))
}

function replaces(call: Call): boolean {
  for (let i = 3; i < call.argc; i++) if (call.is(i, 'REPLACE')) return true
  return false
}

/** The database that COPY goes to, as far as it is one. */
function copyTarget(call: Call): Call['db'] {
  for (let i = 3; i + 1 < call.argc; i++) {
    const number = call.is(i, 'DB') ? Number(call.text(i + 1)) : -1
    if (number >= 0 && number < call.databases) return call.keyspace.database(number)
  }
  return call.db
}
