/** What the commands of a log add up to: `log --stats`. In memory that does not grow with the log. */
import {findKeys, KeyPositions, wholeEffect} from '../engine/commands/keys.ts'
import type {Command} from '../engine/commands/row.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {RecordArguments} from '../formats/aof/arguments.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import type {LogState} from '../formats/aof/state.ts'
import {LIST_ROW, REG_HASH, REGISTERS, SCRATCH} from '../formats/kernel/layout.ts'
import {type CommandKind, kindOf} from './command-kind.ts'
import {Largest} from './largest.ts'
import {type Effect, effectOf, LiveSample} from './live-sample.ts'
import {isoSeconds} from './log-report.ts'
import {reportBytes} from './report-builder.ts'
import type {LogStatsReport, StatsKey} from './reports.ts'
import {TimeBuckets} from './time-buckets.ts'
import {type TopKey, TopKeys} from './top-keys.ts'

/** Rows of a batch: they fill the scratch area. */
const BATCH = 0x8000 / LIST_ROW
/** u32 of a row, see aof-list.ts: address, end, index and arguments, argument, its end, its hash, end of prefix, its hash. */
const WORDS = LIST_ROW / 4
const KEY_AT = SCRATCH + 0x8000
const KEY_ROOM = 0x8000
const KEY_SLOTS = 4096
const PREFIX_SLOTS = 4096
const SHOWN = 20
const NAMES_MAX = 200
const COLON = 0x3a
const PREFIX_MAX = 64

interface Sum {
  commands: number
  bytes: number
}

export class LogStats {
  private readonly table: CommandTable
  private readonly kinds: readonly CommandKind[]
  private readonly counts: Float64Array
  private readonly sizes: Float64Array
  private readonly others = new Map<string, Sum>()
  private readonly databases = new Map<number, Sum>()
  private readonly times = new TimeBuckets()
  private readonly keys = new TopKeys(KEY_SLOTS)
  private readonly prefixes = new TopKeys(PREFIX_SLOTS)
  private readonly sample = new LiveSample()
  private readonly args = new RecordArguments()
  private readonly positions = new KeyPositions()
  private readonly largest = new Largest(SHOWN)
  private commands = 0
  private bytes = 0
  private timed = 0

  constructor(table: CommandTable) {
    this.table = table
    this.kinds = table.commands.map((command) => kindOf(command))
    this.counts = new Float64Array(table.commands.length)
    this.sizes = new Float64Array(table.commands.length)
  }

  /** Count plain records as long as there are any. Returns their number. */
  batches(reader: AofReader, state: LogState, file: string, before: number): number {
    let done = 0
    for (;;) {
      const first = before + reader.record
      let {db} = state
      const count = reader.list(state, BATCH, SCRATCH)
      if (count === 0) return done
      done += count
      const rows = new Uint32Array(reader.c.memory.buffer, SCRATCH, count * WORDS)
      let dbCommands = 0
      let dbBytes = 0
      for (let row = 0; row < rows.length; row += WORDS) {
        const bytes = rows[row + 1] - rows[row]
        const index = rows[row + 2] & 0xffff
        const kind = this.kinds[index]
        this.countIndex(index, bytes)
        if (kind.select) {
          this.countDb(db, dbCommands, dbBytes)
          dbCommands = 0
          dbBytes = 0
          db = number(reader, rows[row + 3], rows[row + 4])
        }
        dbCommands++
        dbBytes += bytes
        if (bytes > this.largest.above) {
          const offset = reader.c.offsetOf(rows[row])
          this.largest.add({
            bytes,
            number: first + row / WORDS + 1,
            file,
            offset,
            db,
            name: kind.name,
          })
        }
        this.plain(reader, rows, row, kind, db, index)
      }
      this.countDb(db, dbCommands, dbBytes)
      this.count(reader.timestamp, count, rows[rows.length - WORDS + 1] - rows[0])
    }
  }

  /** Count one record that was looked at by itself. */
  record(
    reader: AofReader,
    args: RecordArguments,
    command: Command | undefined,
    db: number,
    file: string,
    number: number,
  ): void {
    const {offset, c, timestamp} = reader
    const bytes = c.offset - offset
    const name = command?.name ?? args.text(0).toUpperCase()
    if (command === undefined) this.countOther(name, bytes)
    else this.countIndex(command.index, bytes)
    this.countDb(db, 1, bytes)
    this.count(timestamp, 1, bytes)
    if (bytes > this.largest.above) this.largest.add({bytes, number, file, offset, db, name})
    if (command !== undefined) this.keysOf(reader, args, command, db, bytes)
  }

  report(): LogStatsReport {
    const {commands, bytes, keys, prefixes, times, timed} = this
    const names = [
      ...this.table.commands.map(({name}, i) => ({
        name,
        commands: this.counts[i],
        bytes: this.sizes[i],
      })),
      ...[...this.others].map(([name, sum]) => ({name, ...sum})),
    ]
    const byBytes = (a: Sum, b: Sum) => b.bytes - a.bytes
    const live = this.sample.estimate
    return {
      commands,
      bytes,
      byName: names.filter((each) => each.commands > 0).sort(byBytes),
      byDb: [...this.databases].map(([db, sum]) => ({db, ...sum})).sort((a, b) => a.db - b.db),
      timeBucketSeconds: timed === 0 ? null : times.widthSeconds,
      byTime: times.list().map(({seconds, ...sum}) => ({time: isoSeconds(seconds), ...sum})),
      keys: this.shown(keys, ({hash}) => this.sample.bytesOf(hash)),
      keyError: keys.error,
      prefixes: this.shown(prefixes, ({hash}) => this.sample.bytesOfPrefix(hash)),
      prefixError: prefixes.error,
      largest: this.largest.list,
      compaction: {
        liveKeys: live.keys,
        liveBytes: Math.min(live.bytes, bytes),
        savedBytes: Math.max(0, bytes - live.bytes),
        sampledKeys: live.sampled,
      },
    }
  }

  /** What is below the error may be there by chance, with others left out. */
  private shown(top: TopKeys, live: (key: TopKey) => number | null): StatsKey[] {
    const sure = top.top(SHOWN).filter(({bytes}) => bytes >= top.error)
    return sure.map((key) => statsKey(key, live(key)))
  }

  /** A record of a batch. */
  private plain(
    reader: AofReader,
    rows: Uint32Array,
    row: number,
    {effect, simple}: CommandKind,
    db: number,
    index: number,
  ): void {
    if (effect === null) return
    const start = rows[row + 3]
    if (!simple || start === 0) return this.again(reader, rows[row], rows[row + 1], index, db)
    const bytes = rows[row + 1] - rows[row]
    const hash = rows[row + 5]
    const prefix = rows[row + 7]
    const {memory} = reader.c
    this.keys.add(memory, start, rows[row + 4], hash, db, bytes)
    if (rows[row + 6] !== 0) this.prefixes.add(memory, start, rows[row + 6], prefix, db, bytes)
    const items = Math.max(1, (rows[row + 2] >>> 16) - 2)
    this.sample.apply(effect, hash, prefix, db, bytes, items)
  }

  /** A record of a batch whose keys are not simply its first argument. */
  private again(reader: AofReader, start: number, end: number, index: number, db: number): void {
    const {args} = this
    if (!args.peek(reader, start, end)) return
    this.keysOf(reader, args, this.table.commands[index], db, end - start)
  }

  /** Bytes go to the keys that are written, in equal parts. */
  private keysOf(
    reader: AofReader,
    args: RecordArguments,
    command: Command,
    db: number,
    bytes: number,
  ): void {
    const effect = effectOf(command)
    if (effect === null) return
    const whole = wholeEffect(command)
    if (whole === 'all') this.sample.flush(null)
    else if (whole === 'database') this.sample.flush(db)
    else if (whole === 'databases') this.sample.swap(Number(args.text(1)), Number(args.text(2)))
    const {positions} = this
    findKeys(command, args, positions)
    let written = 0
    for (let i = 0; i < positions.count; i++) written += positions.written[i]
    for (let i = 0; i < positions.count; i++) {
      if (positions.written[i] === 0) continue
      this.addKey(reader, args, positions.at[i], db, bytes / written, {
        effect: command.name.startsWith('RENAME') && i === 1 ? 'replace' : effect,
        items: Math.max(1, args.argc - 1 - written),
      })
    }
  }

  private addKey(
    reader: AofReader,
    args: RecordArguments,
    at: number,
    db: number,
    bytes: number,
    {effect, items}: {effect: Effect; items: number},
  ): void {
    const {memory, view, kernel} = reader.c
    const length = Math.min(args.end(at) - args.start(at), KEY_ROOM)
    const key = args.memory.subarray(args.start(at), args.start(at) + length)
    memory.set(key, KEY_AT)
    const hashOf = (end: number) => {
      kernel.hash(KEY_AT, end, 0)
      return view.getUint32(REGISTERS + REG_HASH, true)
    }
    const hash = hashOf(KEY_AT + length)
    this.keys.add(memory, KEY_AT, KEY_AT + length, hash, db, bytes)
    const colon = memory.subarray(KEY_AT, KEY_AT + Math.min(length, PREFIX_MAX)).indexOf(COLON)
    const prefix = colon < 0 ? 0 : hashOf(KEY_AT + colon + 1)
    if (colon >= 0) this.prefixes.add(memory, KEY_AT, KEY_AT + colon + 1, prefix, db, bytes)
    this.sample.apply(effect, hash, prefix, db, bytes, items)
  }

  private count(seconds: number | null, commands: number, bytes: number): void {
    this.commands += commands
    this.bytes += bytes
    if (seconds === null) return
    this.timed += commands
    this.times.add(seconds, commands, bytes)
  }

  private countIndex(index: number, bytes: number): void {
    this.counts[index]++
    this.sizes[index] += bytes
  }

  private countDb(db: number, commands: number, bytes: number): void {
    if (commands === 0) return
    addTo(this.databases, db, commands, bytes)
  }

  private countOther(name: string, bytes: number): void {
    if (this.others.size < NAMES_MAX || this.others.has(name)) addTo(this.others, name, 1, bytes)
  }
}

function addTo<Key>(sums: Map<Key, Sum>, key: Key, commands: number, bytes: number): void {
  const sum = sums.get(key)
  if (sum === undefined) sums.set(key, {commands, bytes})
  else {
    sum.commands += commands
    sum.bytes += bytes
  }
}

/** The argument of a SELECT that a run has followed. */
function number({c}: AofReader, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + c.memory[at] - 0x30
  return value
}

function statsKey({db, key, length, commands, bytes}: TopKey, liveBytes: number | null): StatsKey {
  return {
    db,
    key: reportBytes(key),
    keyBytes: length,
    commands,
    bytes: Math.round(bytes),
    liveBytes: liveBytes === null ? null : Math.round(liveBytes),
  }
}
