/** An RDB as output of a conversion: what the target reads is copied, the rest written anew. */
import type {DatasetHeader, Entry, RunSink, Translation} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import {TRANSLATE_RDB} from '../kernel/layout.ts'
import {text} from '../text.ts'
import type {TextMemory} from '../text-output.ts'
import {canCopyRuns, type Source} from './features.ts'
import type {RecordFields} from './opcodes.ts'
import type {RunTally} from './run.ts'
import {COUNTED_STREAMS} from './stream-counters.ts'
import {RdbOpcode, RdbType} from './types.ts'
import type {ValueVisitor} from './visitor.ts'
import type {RdbWriter} from './writer.ts'

interface KeyCounts {
  keys: number
  expires: number
}

/** Entries that were copied in one piece. */
export interface CopiedSpan {
  /** Where they start in the output, and how many bytes they are. */
  offset: number
  bytes: number
  /** How many entries come before them in the output, and how many they are. */
  before: number
  entries: number
}

/** What somebody wrote who writes a piece of a file; offsets and entries count from where it begins. */
export interface RdbPiece {
  bytes: number
  crc: bigint
  entries: number
  empties: number
  copied: readonly CopiedSpan[]
}

/** Where a file can be read on from: at an entry, in a database, behind so many entries. */
export interface RdbCut {
  offset: number
  db: number
  entries: number
}

/** Shorter pieces are read again as fast as they are stepped over. */
const WORTH_NOTING = 0x10000
/** From so many bytes on it pays to hand a piece over from where it lies. */
const WORTH_PASSING = 0x10000

export interface RdbEntryWriterOptions {
  /** Keys of each database, and how many of them expire; null where that is not known beforehand. */
  counts: ReadonlyMap<number, KeyCounts> | null
  /** Instead of counts, what the source announces: `announced` then says whether that was right. */
  announces?: boolean
  /** The data is no longer what it was: replication cannot go on from it. */
  changed: boolean
  /** The file begins an append-only file. */
  aofBase: boolean
  /** AUX fields for a source that has none. */
  aux: readonly (readonly [name: string, value: string])[]
  /** This is a piece of a file. Databases are those that pieces before it have. */
  piece?: {isFirst: boolean; databases: readonly number[]}
}

/** True of the source's file only. */
const OF_THE_FILE = ['aof-base', 'aof-preamble', 'slot-info', 'cluster-asm-task', 'df-ver']
/** True while the data is what it was. */
const OF_THE_DATA = [
  'repl-stream-db',
  'repl-id',
  'repl-offset',
  'mvcc-tstamp',
  'keydb-subexpire-key',
  'keydb-subexpire-when',
]
/** Redis 7.0 does away with cached scripts. */
const SCRIPTS_UNTIL = 9

export class RdbEntryWriter implements EntryWriter {
  readonly runs: Runs
  private readonly writer: RdbWriter
  private readonly options: RdbEntryWriterOptions
  private readonly seenDatabases: Set<number>
  /** Where pieces begin that others wrote. */
  readonly cuts: RdbCut[] = []
  private source: Source | null = null
  private hasMagic: boolean
  private isHeadOver: boolean
  private announcement: KeyCounts | null = null
  private readonly told = new Map<number, KeyCounts>()
  /** Copied, and found to be empty. */
  empties = 0

  /** `memory` is where runs come from, if that is one place. */
  constructor(writer: RdbWriter, options: RdbEntryWriterOptions, memory: TextMemory | null = null) {
    this.writer = writer
    this.options = options
    this.runs = new Runs(writer, memory)
    const {isFirst = true, databases = []} = options.piece ?? {}
    this.seenDatabases = new Set(databases)
    this.hasMagic = !isFirst
    this.isHeadOver = !isFirst
  }

  /** What was copied in large pieces, in the order of the output. */
  get copied(): readonly CopiedSpan[] {
    return this.runs.copied
  }

  /** What the file ends in. */
  get checksum(): bigint {
    return this.writer.out.crc
  }

  /** Bytes so far. */
  get written(): number {
    return this.writer.out.written
  }

  /** Whether the source announced for every database what it holds. */
  announced(counts: ReadonlyMap<number, KeyCounts>): boolean {
    const {told} = this
    return [...counts].every(([db, {keys, expires}]) => {
      const own = told.get(db)
      return own?.keys === keys && own.expires === expires
    })
  }

  /** Called again, what follows comes from another source. */
  header({source}: DatasetHeader): void {
    const {writer, options} = this
    this.source = source
    this.runs.begin(source)
    if (this.hasMagic) return
    this.hasMagic = true
    writer.writeHeader()
    if (source !== null) return
    for (const [name, value] of options.aux) writer.aux(name, value)
  }

  record(opcode: number, fields: RecordFields): void {
    const {writer} = this
    const {keys, expires} = fields
    if (opcode === RdbOpcode.AUX) this.aux(fields)
    else if (opcode === RdbOpcode.SELECTDB) this.announcement = null
    else if (opcode === RdbOpcode.RESIZEDB) this.announcement = {keys, expires}
    else if (opcode === RdbOpcode.MODULE_AUX) {
      this.endHead()
      writer.moduleAux(fields.raw)
    } else if (opcode === RdbOpcode.SLOT_IMPORT && this.source?.dialect === 'valkey') {
      this.endHead()
      writer.slotImport(fields.raw)
    }
  }

  library(code: Uint8Array): void {
    this.endHead()
    this.writer.functionLibrary(code)
  }

  database(db: number): void {
    const {writer, options, seenDatabases} = this
    this.endHead()
    writer.selectDb(db)
    if (seenDatabases.has(db)) return
    seenDatabases.add(db)
    const counts = options.announces ? this.announcement : options.counts?.get(db)
    if (!counts) return
    this.told.set(db, counts)
    writer.resizeDb(counts.keys, counts.expires)
  }

  copies({from, type}: Entry): boolean {
    return from !== null && this.writer.canCopy(type, from)
  }

  copy(entry: Entry): boolean {
    // An empty collection is as good in the output as it was in the input: loaders drop it.
    if (!entry.copyValue(this.writer.copyEntry(entry, entry.type))) this.empties++
    this.runs.before++
    return true
  }

  begin(entry: Entry): ValueVisitor {
    return this.writer.beginEntry(entry)
  }

  end(): boolean {
    if (this.writer.hasEntry) this.runs.before++
    return this.writer.hasEntry
  }

  finish(): void {
    this.endHead()
    if (this.options.piece) this.writer.out.endPiece()
    else this.writer.finish()
  }

  /** Of all that was written, by somebody who writes a piece. */
  get piece(): RdbPiece {
    const {writer, runs, empties} = this
    const {written: bytes, crc} = writer.out
    return {bytes, crc, entries: runs.before, empties, copied: runs.copied}
  }

  /** What another one wrote comes next. `db`: what was selected before it. */
  append({bytes, crc, entries, empties, copied}: RdbPiece, db: number): void {
    const {runs, writer} = this
    const {written: offset} = writer.out
    const {before} = runs
    this.hasMagic = true
    this.isHeadOver = true
    this.cuts.push({offset, db, entries: before})
    for (const span of copied) {
      runs.copied.push({...span, offset: span.offset + offset, before: span.before + before})
    }
    runs.before += entries
    this.empties += empties
    writer.out.append(crc, bytes)
  }

  private aux({name, value}: RecordFields): void {
    const key = text(name).toLowerCase()
    if (OF_THE_FILE.includes(key)) return
    if (this.options.changed && OF_THE_DATA.includes(key)) return
    if (key === 'lua' && this.writer.target.version > SCRIPTS_UNTIL) return
    this.writer.aux(name, value)
  }

  /** The last of the AUX fields at the beginning. Source: rdbSaveInfoAuxFields() in rdb.c. */
  private endHead(): void {
    if (this.isHeadOver) return
    this.isHeadOver = true
    if (this.options.aofBase) {
      this.writer.aux(this.writer.target.version >= 10 ? 'aof-base' : 'aof-preamble', '1')
    }
  }
}

/** Types that a kernel writes anew: streams with what older ones lack; listpacks before version 10, scores before 8, which were text then. */
const LISTPACKS =
  (1 << RdbType.HASH_LISTPACK) | (1 << RdbType.ZSET_LISTPACK) | (1 << RdbType.SET_LISTPACK)

function translated(version: number): number {
  if (version > 10) return 0
  if (version === 10) return (1 << RdbType.SET_LISTPACK) | COUNTED_STREAMS
  const lists = version >= 7 ? 1 << RdbType.LIST_QUICKLIST_2 : 0
  const streams = version >= 9 ? COUNTED_STREAMS : 0
  return LISTPACKS | lists | streams | (version < 8 ? 1 << RdbType.ZSET_2 : 0)
}

class Runs implements RunSink {
  types = 0
  translation?: Translation
  readonly attributes: boolean
  readonly copied: CopiedSpan[] = []
  /** Entries that were written so far. */
  before = 0
  private readonly writer: RdbWriter
  private readonly source: TextMemory | null
  private start = -1

  constructor(writer: RdbWriter, source: TextMemory | null) {
    this.writer = writer
    this.source = source
    this.attributes = writer.target.version >= 9
  }

  begin(source: Source | null): void {
    const {target} = this.writer
    this.types = 0
    this.translation = undefined
    if (source === null) return
    const copied = canCopyRuns(source, target)
    const anew = translated(target.version) & ~copied
    this.types = copied
    if (source.dialect === 'dragonfly' || anew === 0) return
    if (source.version < 10 && target.version >= 8) return
    this.types = copied | anew
    const how = TRANSLATE_RDB | (target.version << 8)
    this.translation = {how, copied, before: () => 0, after() {}}
  }

  write(memory: Uint8Array, start: number, end: number): void {
    const {source} = this
    const {out} = this.writer
    if (this.start < 0) this.start = out.written
    if (end - start >= WORTH_PASSING && memory === source?.memory) {
      out.pass(source.kernel, memory, start, end)
    } else out.write(memory, start, end)
  }

  done(_db: number, {entries}: RunTally): void {
    const {start: offset, before} = this
    const bytes = this.writer.out.written - offset
    if (offset >= 0 && bytes >= WORTH_NOTING && !this.translation) {
      this.copied.push({offset, bytes, before, entries})
    }
    this.start = -1
    this.before += entries
  }
}
