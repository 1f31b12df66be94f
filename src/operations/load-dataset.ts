/** Loads an input into an engine as a server would: the base, then every log in order. */
import {APPLIES} from '../engine/apply/table.ts'
import {Call} from '../engine/call.ts'
import {installCommands} from '../engine/commands/compile.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {libraryCode} from '../engine/digest/library-code.ts'
import {Keyspace} from '../engine/keyspace.ts'
import {EntryLoader} from '../engine/load-entry.ts'
import {installTies, type Part, WHOLE} from '../engine/part.ts'
import {Replay, type Trouble} from '../engine/replay.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {detectHead} from '../io/detect.ts'
import {fileTimeMs} from '../io/file-time.ts'
import {type Host, RECORDS} from '../io/host.ts'
import {producerOf} from './check-rdb.ts'

/** Progress is told every so many records. */
const TELL_EVERY = 4096

export interface LoadOptions {
  table: CommandTable
  databases: number
  /** What replay did not do. `file` is its name in reports. */
  onTrouble(file: string, trouble: Trouble): void
  /** Load only this part of the dataset. */
  part?: Part
  /** Where to put it, over whatever is there; in memory of its own unless given. */
  kernel?: Kernel
}

export interface FileToLoad {
  path: string
  /** Its name in reports. */
  name: string
}

/** Open a file to load or to look through. Only an RDB has a checksum: without one a thread has less to do. */
export function openToLoad(host: Host, path: string): {c: Cursor; kind: string; size: number} {
  let feed = host.open(path, {crc: false})
  const {kind} = detectHead(feed.head)
  if (kind === 'rdb' && feed.repeatable) feed = host.open(path, {crc: true})
  return {c: new Cursor(host.kernel).open(feed), kind, size: feed.size}
}

export class DatasetLoader {
  readonly keyspace: Keyspace
  /** Commands that were read, of all logs. */
  commands = 0
  /** What wrote the RDB part, from its AUX fields. */
  producer: string | null = null
  private readonly host: Host
  private readonly options: LoadOptions
  private readonly part: Part
  private readonly call: Call
  private readonly entries: EntryLoader

  constructor(host: Host, options: LoadOptions) {
    this.host = host
    this.options = options
    this.part = options.part ?? WHOLE
    this.keyspace = new Keyspace(options.kernel ?? createKernel(host.kernel.module))
    this.call = new Call(this.keyspace)
    this.call.databases = options.databases
    this.entries = new EntryLoader(this.keyspace)
  }

  /** Load one file behind those before it. @throws FormatError where it is damaged: what came before stays loaded. */
  load({path, name}: FileToLoad): void {
    const {host} = this
    const {c, kind} = openToLoad(host, path)
    if (kind === 'rdb') this.loadRdb(c)
    if (!c.atEnd()) this.replay(c, path, name)
  }

  /** Does the key at which the cursor's pin is belong to the part that is loaded? */
  private isOwn({kernel, pinStart, pinEnd}: Cursor): boolean {
    const {index, count} = this.part
    return count === 1 || kernel.keyPart(pinStart, pinEnd, count) === index
  }

  private loadRdb(c: Cursor): void {
    const r = new RdbReader(c)
    installTies(c.kernel, this.part)
    r.readHeader()
    for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
      if (record === RdbRecord.ENTRY) {
        if (this.isOwn(c)) this.entries.load(r)
        // Another part looks into it.
        else r.skipValue(false)
        if (r.entries % TELL_EVERY === 0) this.host.counters[RECORDS] += TELL_EVERY
        continue
      }
      if (record === RdbOpcode.AUX) this.producer = producerOf(r.record, this.producer)
      const code = libraryCode(r.record, record)
      if (code) this.entries.library(code)
    }
  }

  private replay(c: Cursor, path: string, name: string): void {
    const {options, call, host} = this
    installCommands(options.table.compiled, c.memory)
    const reader = new AofReader(c)
    const replay = new Replay(call, options.table, APPLIES, {
      nowMs: path === '-' ? 0 : fileTimeMs(path),
      onTrouble: (trouble) => options.onTrouble(name, trouble),
      part: this.part,
    })
    let told = 0
    try {
      replay.run(reader, () => {
        if (reader.record - told < TELL_EVERY) return false
        host.counters[RECORDS] += reader.record - told
        told = reader.record
        return false
      })
    } finally {
      this.commands += replay.records
    }
  }
}
