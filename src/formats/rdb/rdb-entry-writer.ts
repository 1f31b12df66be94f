/** An RDB as output of a conversion: what the target reads is copied, the rest written anew. */
import type {DatasetHeader, Entry, RunSink, Translation} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import {TRANSLATE_RDB} from '../kernel/layout.ts'
import {text} from '../text.ts'
import {canCopyRuns, type Source} from './features.ts'
import type {RecordFields} from './opcodes.ts'
import {RdbOpcode, RdbType} from './types.ts'
import type {ValueVisitor} from './visitor.ts'
import type {RdbWriter} from './writer.ts'

export interface RdbEntryWriterOptions {
  /** Keys of each database, and how many of them expire; null where that is not known beforehand. */
  counts: ReadonlyMap<number, {keys: number; expires: number}> | null
  /** The data is no longer what it was: replication cannot go on from it. */
  changed: boolean
  /** The file begins an append-only file. */
  aofBase: boolean
  /** AUX fields for a source that has none. */
  aux: readonly (readonly [name: string, value: string])[]
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
  private readonly seenDatabases = new Set<number>()
  private source: Source | null = null
  private hasMagic = false
  private isHeadOver = false

  constructor(writer: RdbWriter, options: RdbEntryWriterOptions) {
    this.writer = writer
    this.options = options
    this.runs = new Runs(writer)
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
    if (opcode === RdbOpcode.AUX) this.aux(fields)
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
    const counts = options.counts?.get(db)
    if (counts && !seenDatabases.has(db)) writer.resizeDb(counts.keys, counts.expires)
    seenDatabases.add(db)
  }

  copies({from, type}: Entry): boolean {
    return from !== null && this.writer.canCopy(type, from)
  }

  copy(entry: Entry): boolean {
    // An empty collection is as good in the output as it was in the input: loaders drop it.
    entry.copyValue(this.writer.copyEntry(entry, entry.type))
    return true
  }

  begin(entry: Entry): ValueVisitor {
    return this.writer.beginEntry(entry)
  }

  end(): boolean {
    return this.writer.hasEntry
  }

  finish(): void {
    this.endHead()
    this.writer.finish()
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

/** Types that a kernel writes anew for versions before 10: listpacks; before 8 scores as well, which were text then. */
const LISTPACKS =
  (1 << RdbType.HASH_LISTPACK) | (1 << RdbType.ZSET_LISTPACK) | (1 << RdbType.SET_LISTPACK)

function translated(version: number): number {
  if (version >= 10) return 0
  const lists = version >= 7 ? 1 << RdbType.LIST_QUICKLIST_2 : 0
  return LISTPACKS | lists | (version < 8 ? 1 << RdbType.ZSET_2 : 0)
}

class Runs implements RunSink {
  types = 0
  translation?: Translation
  readonly attributes: boolean
  private readonly writer: RdbWriter

  constructor(writer: RdbWriter) {
    this.writer = writer
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
    this.writer.out.write(memory, start, end)
  }

  done(): void {}
}
