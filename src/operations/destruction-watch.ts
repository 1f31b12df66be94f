/**
 * Watches a replay for commands that take keys away: flushes, exchanged databases, and runs of commands that remove or overwrite
 * single keys. A run is what stands one behind the other, or in the same transaction, which is how scripts are logged.
 */
import type {Call} from '../engine/call.ts'
import type {Command} from '../engine/commands/row.ts'
import {copyTarget} from '../engine/copy-target.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import type {RecordPlace, ReplayObserver} from '../engine/replay-observer.ts'
import type {FileToLoad} from './load-dataset.ts'
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

/** What a command did. */
interface Took {
  effect: Effect
  keys: Keys
  /** It stands for itself, whatever is beside it. */
  alone?: boolean
}

/** Looks before a command is applied; what it returns is asked after that. Null where it cannot take anything away. */
type Look = (call: Call, place: RecordPlace) => (() => Took | null) | null

export class DestructionWatch implements ReplayObserver {
  private readonly options: WatchOptions
  private readonly looks: ReadonlyMap<string, Look>
  private look: ReturnType<Look> = null
  private file = ''
  private fileIndex = -1
  private commandsBefore = 0
  /** Runs that may go on, by command. */
  private readonly open = new Map<string, Seen>()

  constructor(options: WatchOptions) {
    this.options = options
    const expires = (unit: number, isRelative: boolean): Look => {
      return (call, place) => () => this.expired(call, place, unit, isRelative)
    }
    this.looks = new Map([
      ...LOOKS,
      ['EXPIRE', expires(1000, true)],
      ['PEXPIRE', expires(1, true)],
      ['EXPIREAT', expires(1000, false)],
      ['PEXPIREAT', expires(1, false)],
    ])
  }

  /** The next file is loaded, after so many commands in those before it. */
  begin({name}: FileToLoad, commandsBefore: number): void {
    this.end()
    this.commandsBefore = commandsBefore
    this.file = name
    this.fileIndex++
  }

  /** Nothing more comes. */
  end(): void {
    for (const run of this.open.values()) this.options.found(run)
    this.open.clear()
  }

  before(call: Call, {name}: Command, place: RecordPlace): boolean {
    this.look = this.looks.get(name)?.(call, place) ?? null
    return this.look !== null
  }

  after(call: Call, {name}: Command, place: RecordPlace, applied: boolean): void {
    const took = applied ? this.look?.() : null
    if (took) this.note(call, name, place, took)
  }

  /** An expiry that had passed when it was set. */
  private expired(call: Call, place: RecordPlace, unit: number, isRelative: boolean): Took | null {
    const value = Number(call.text(2)) * unit
    const {timestamp} = place
    const now = timestamp === null ? this.options.earliestMs(this.file) : timestamp * 1000
    if (isRelative ? value > 0 : value > now) return null
    const entry = call.find(1)
    const passed = isRelative ? call.nowMs : now
    const isPast = entry !== 0 && (call.db.expiresAtMs(entry) ?? passed + 1) <= passed
    return isPast ? inDatabase(call, 'expired', 1) : null
  }

  private note(call: Call, command: string, place: RecordPlace, took: Took): void {
    const {offset, record, timestamp, transaction = null} = place
    const {effect, keys, alone} = took
    const seen: Seen = {
      file: this.file,
      fileIndex: this.fileIndex,
      offset,
      record: this.commandsBefore + record,
      fileRecord: record,
      lastOffset: offset,
      lastRecord: record,
      count: 1,
      transaction,
      timestamp,
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

/** What takes keys away, whenever it runs. */
const LOOKS: readonly (readonly [string, Look])[] = [
  ['FLUSHALL', whole],
  ['FLUSHDB', whole],
  ['SFLUSH', whole],
  ['TRIMSLOTS', whole],
  ['SWAPDB', swap],
  ['DEL', remove],
  ['UNLINK', remove],
  ['RENAME', rename],
  ['RESTORE', (call) => overwrite(call, 1)],
  ['RESTORE-ASKING', (call) => overwrite(call, 1)],
  // Without REPLACE it changes nothing that is there.
  [
    'COPY',
    (call) =>
      replaces(call) ? overwrite(call, 2, call.keyspace.database(copyTarget(call))) : null,
  ],
]

function whole({keyspace}: Call): () => Took {
  const before = keyCounts(keyspace)
  return () => ({effect: 'removed', keys: missing(before, keyCounts(keyspace)), alone: true})
}

function swap(call: Call): () => Took {
  const keys = sizesOf(call.keyspace, [call.text(1), call.text(2)])
  return () => ({effect: 'moved', keys, alone: true})
}

function remove(call: Call): () => Took | null {
  const {db} = call
  const before = db.size
  return () => inDatabase(call, 'removed', before - db.size)
}

function rename(call: Call): (() => Took | null) | null {
  return call.text(1) === call.text(2) ? null : overwrite(call, 2)
}

/** `at`: the position of the key that may be there. */
function overwrite(call: Call, at: number, db = call.db): (() => Took | null) | null {
  if (db.find(call.memory, call.starts[at], call.ends[at]) === 0) return null
  const before = db.size
  return () => inDatabase(call, 'overwritten', Math.max(1, before - db.size))
}

function inDatabase({dbNumber}: Call, effect: Effect, count: number): Took | null {
  return count > 0 ? {effect, keys: {[dbNumber]: count}} : null
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
