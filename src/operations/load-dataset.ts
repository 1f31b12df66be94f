/** Loads an input into an engine as a server would: the base, then every log in order. */
import {APPLIES} from '../engine/apply/table.ts'
import {Call} from '../engine/call.ts'
import type {CommandTimes} from '../engine/command-times.ts'
import {installCommands} from '../engine/commands/compile.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {Keyspace} from '../engine/keyspace.ts'
import {EntryLoader} from '../engine/load-entry.ts'
import {installTies, type Part, WHOLE} from '../engine/part.ts'
import {Replay, type Trouble} from '../engine/replay.ts'
import type {ReplayObserver} from '../engine/replay-observer.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {limitedFeed} from '../formats/bytes/limited-feed.ts'
import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import {libraryCode} from '../formats/rdb/library-code.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {detectHead} from '../io/detect.ts'
import {fileTimeMs} from '../io/file-time.ts'
import {type Host, type InputFeed, RECORDS} from '../io/host.ts'
import type {FileRole} from '../io/layout/types.ts'
import {producerOf, savedAtMs} from './check-rdb.ts'
import {type PlainRdb, PlainRdbWitness} from './plain-rdb.ts'

/** Progress is told every so many records. */
const TELL_EVERY = 4096

export interface LoadOptions {
  table: CommandTable
  databases: number
  /** What replay did not do. `file` is its name in reports. */
  onTrouble(file: string, trouble: Trouble): void
  /** The RDB part of a file is loaded, with so many entries. */
  onBase?(entries: number): void
  /** Sees commands as they are applied. It needs the whole dataset. */
  observer?: ReplayObserver
  /** Learns from the base when it was saved, and how long its keys had been idle by then. */
  times?: CommandTimes
  /** Load only this part of the dataset. */
  part?: Part
  /** Where to put it, over whatever is there; in memory of its own unless given. */
  kernel?: Kernel
  /** Up to where that memory may grow, in bytes. */
  limit?: number
}

export interface FileToLoad {
  path: string
  /** Its name in reports. */
  name: string
  /** What a manifest calls it. */
  role?: FileRole
  /** The file whose time its relative expiries count from, where it is not its own. */
  timePath?: string
  /** Only what lies from the first of these offsets on and before the second; records start there. */
  start?: number
  end?: number
}

/** Where loading a file stops to have its state looked at. */
export interface Pause {
  /** Before the first record that starts here or later. */
  offset: number
  /** The state is that before the offset; a transaction that is open then has changed nothing. Returns whether to stop. */
  reached(): boolean
}

/**
 * Open a file to load or to look through. Only an RDB has a checksum, for `verify` to be compared: without one a thread has less to
 * do.
 */
export function openToLoad(
  host: Host,
  {path, start = 0, end}: FileToLoad,
  verify = true,
): {c: Cursor; kind: string; feed: InputFeed} {
  let feed = host.open(path, {crc: verify && path === '-', offset: start})
  const {kind} = detectHead(feed.head)
  if (verify && kind === 'rdb' && feed.repeatable) feed = host.open(path, {crc: true})
  const bytes = end === undefined ? feed : limitedFeed(feed, end - start)
  return {c: new Cursor(host.kernel).open(bytes, start), kind, feed}
}

export class DatasetLoader {
  readonly keyspace: Keyspace
  /** Commands that were read, of all logs. */
  commands = 0
  /** What wrote the RDB part, from its AUX fields, and its version. */
  producer: string | null = null
  rdbVersion: number | null = null
  dialect: 'redis' | 'valkey' | null = null
  /** The last time that a log says in an annotation, in ms. */
  toldTimeMs: number | null = null
  /** How the first file was wrapped, outermost first. */
  wrapped: string[] | null = null
  /** What the last log ended with: its last time, in Unix seconds. */
  timestamp: number | null = null
  /** Size of all files that were read, as far as they were. */
  bytes = 0
  /** The last file, where it was a snapshot alone and `check` would have no more to say of it than this. */
  plain: PlainRdb | null = null
  private readonly host: Host
  private readonly options: LoadOptions
  private readonly part: Part
  private readonly call: Call
  private readonly entries: EntryLoader

  constructor(host: Host, options: LoadOptions) {
    this.host = host
    this.options = options
    this.part = options.part ?? WHOLE
    this.keyspace = new Keyspace(options.kernel ?? createKernel(host.kernel.module), options.limit)
    this.call = new Call(this.keyspace)
    this.call.databases = options.databases
    this.entries = new EntryLoader(this.keyspace, this.part)
  }

  /**
   * Load one file behind those before it. `pauses` lie in its text, in ascending order, its end included; they need the whole dataset.
   * @throws FormatError where it is damaged: what came before stays loaded.
   */
  load(file: FileToLoad, pauses: readonly Pause[] = []): void {
    const {c, kind, feed} = openToLoad(this.host, file, this.verifies)
    this.wrapped ??= [...feed.wrapped]
    this.plain = null
    try {
      const plain = kind === 'rdb' ? this.loadRdb(c) : null
      if (!c.atEnd() || pauses.length > 0) this.replay(c, file, pauses)
      else this.plain = plain
    } finally {
      this.bytes += c.offset
    }
  }

  /** The database that the last log left selected. */
  get selected(): number {
    return this.call.dbNumber
  }

  /** All parts read the same bytes: the first compares their checksum. */
  private get verifies(): boolean {
    return this.part.index === 0
  }

  /** Does the key at which the cursor's pin is belong to the part that is loaded? */
  private isOwn({kernel, pinStart, pinEnd}: Cursor): boolean {
    const {index, count} = this.part
    return count === 1 || kernel.keyPart(pinStart, pinEnd, count) === index
  }

  private loadRdb(c: Cursor): PlainRdb | null {
    const r = new RdbReader(c, {checksum: this.verifies})
    installTies(c.kernel, this.part)
    installTies(this.keyspace.arena.kernel, this.part)
    r.readHeader()
    this.rdbVersion ??= r.version
    this.dialect ??= r.dialect === 'valkey' ? 'valkey' : 'redis'
    const witness = new PlainRdbWitness()
    const {entries} = this
    try {
      this.loadRecords(r, witness)
    } finally {
      entries.finish()
    }
    this.options.onBase?.(r.entries)
    return witness.finish(r, entries.duplicates + entries.empty, this.producer)
  }

  private loadRecords(r: RdbReader, witness: PlainRdbWitness): void {
    const {entries, host, keyspace} = this
    const {times} = this.options
    let told = 0
    for (;;) {
      // Servers save idle times with every key or with none.
      if (!times?.hasIdle) entries.loadRun(r, times === undefined)
      const record = r.next()
      if (record === RdbRecord.END) return
      if (r.entries - told >= TELL_EVERY) {
        host.counters[RECORDS] += r.entries - told
        told = r.entries
      }
      if (record === RdbRecord.ENTRY) {
        if (!this.isOwn(r.c))
          r.skipValue(false) // Another part looks into it.
        else {
          if (r.idleSeconds !== null) times?.idleInBase(keyspace, r.db, r.c, r.idleSeconds)
          entries.load(r)
          witness.entry(r)
        }
        continue
      }
      witness.record(r, record)
      if (record === RdbOpcode.RESIZEDB) entries.expect(r)
      if (record === RdbOpcode.AUX) {
        this.producer = producerOf(r.record, this.producer)
        if (times) times.savedMs = savedAtMs(r.record, times.savedMs)
      }
      const code = libraryCode(r.record, record)
      if (code) entries.library(code, r.offset)
    }
  }

  private replay(c: Cursor, file: FileToLoad, pauses: readonly Pause[]): void {
    const {options, call, host} = this
    const {path, name, timePath = path} = file
    installCommands(options.table.compiled, c.memory)
    const reader = new AofReader(c)
    const replay = new Replay(call, options.table, APPLIES, {
      nowMs: timePath === '-' ? 0 : fileTimeMs(timePath),
      onTrouble: (trouble) => options.onTrouble(name, trouble),
      ...(options.observer ? {observer: options.observer} : {}),
      part: this.part,
    })
    let next = 0
    let told = 0
    let pauseAt = pauses[0]?.offset ?? Number.POSITIVE_INFINITY
    try {
      replay.run(reader, () => {
        if (reader.record - told >= TELL_EVERY) {
          host.counters[RECORDS] += reader.record - told
          told = reader.record
        }
        while (c.offset >= pauseAt) {
          if (pauses[next++].reached()) return true
          pauseAt = pauses[next]?.offset ?? Number.POSITIVE_INFINITY
        }
        return false
      })
    } finally {
      this.commands += replay.records
      this.timestamp = reader.timestamp
      if (reader.timestamp !== null) this.toldTimeMs = reader.timestamp * 1000
    }
  }
}

/** A place in one of the files that are loaded: before the first record that starts at the offset or later. */
export interface Place {
  file: string
  offset: number
}

/** Pauses of one file, at the places in it; `reached` gets the place's index in `places`, which lie in loading order. */
export function pausesIn(
  {name}: FileToLoad,
  places: readonly Place[],
  reached: (index: number) => boolean,
): Pause[] {
  return places.flatMap(({file, offset}, i) =>
    file === name ? [{offset, reached: () => reached(i)}] : [],
  )
}

/**
 * Load files up to the last of `places`, which lie in loading order, and call `at` where the state is that of each: what the
 * loader's keyspace holds then. Nothing behind the last is read.
 */
export function loadThrough(
  loader: DatasetLoader,
  files: readonly FileToLoad[],
  places: readonly Place[],
  at: (index: number) => void,
): void {
  const last = places.length - 1
  const end = files.findIndex(({name}) => name === places[last].file)
  for (const file of files.slice(0, end + 1)) {
    const pauses = pausesIn(file, places, (i) => {
      at(i)
      return i === last
    })
    loader.load(file, pauses)
  }
}
