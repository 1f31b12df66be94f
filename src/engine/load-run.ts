/** Loads whole runs of plain entries in the kernel of the engine: see rdb-load.ts. What comes behind a run is for the reader. */
import {
  LOAD_DICT,
  LOAD_ENTRIES,
  LOAD_ENTRY_MAX,
  LOAD_EXPIRES,
  LOAD_HEAP,
  LOAD_HEAP_END,
  LOAD_PART,
  LOAD_PARTS,
  LOAD_ROOM,
  LOAD_STAGE,
  LOAD_STAGE_BYTES,
  LOAD_WAITING,
  LOAD_WAITING_END,
  REG_RUN,
  REGISTERS,
  RUN_ALLOW_EVICTION,
} from '../formats/kernel/layout.ts'
import type {RdbReader} from '../formats/rdb/reader.ts'
import {runFlags, runTypes, START_OF_ENTRY} from '../formats/rdb/run.ts'
import {BATCH, type Database} from './database.ts'
import type {Keyspace} from './keyspace.ts'
import type {Part} from './part.ts'

const REGS = REGISTERS + REG_RUN
/** So little is copied where nothing plain came of late. */
const STAGE_MIN = 0x1000
/** The table grows while it has room for a run yet: one that ends soon is copied for little. */
const ROOM_MAX = 0x1000
/** Behind a run that left so much, the reader goes on: what comes next is whole, and not plain. */
const LEFT_MIN = 0x4000

/** Let the kernel know where it may make blocks: there is room for one entry at least, of what lies in the stage. */
export function beginLoad({arena}: Keyspace): void {
  const end = arena.reserve(LOAD_ENTRY_MAX * 2)
  arena.view.setUint32(REGS + LOAD_HEAP, arena.next, true)
  arena.view.setUint32(REGS + LOAD_HEAP_END, end, true)
}

/** Take over the blocks that the kernel has made. */
export function endLoad({arena}: Keyspace): void {
  arena.take(arena.view.getUint32(REGS + LOAD_HEAP, true))
}

/** Copy bytes of another memory, at most LOAD_STAGE_BYTES, to where the kernel reads them. Returns where that is. */
export function stageBytes(
  {arena}: Keyspace,
  memory: Uint8Array,
  start: number,
  length: number,
): number {
  // Aligned alike: else V8 copies shared memory byte by byte.
  const stage = LOAD_STAGE + (start & 7)
  arena.memory.set(memory.subarray(start, start + length), stage)
  return stage
}

export class RunLoader {
  private readonly keyspace: Keyspace
  private readonly part: Part
  /** How much is copied at a time. */
  private stage = STAGE_MIN
  /** Where a run was empty. */
  private stuckAt = -1

  constructor(keyspace: Keyspace, part: Part) {
    this.keyspace = keyspace
    this.part = part
  }

  /**
   * Load as many plain entries as possible into `db`, with idle times or counters, which are lost, only where `attributes` says so;
   * those of other parts are stepped over. Returns how many keys were there already.
   */
  load(r: RdbReader, db: Database, attributes: boolean): number {
    const {c} = r
    if (r.hasAttributes || r.isFinished) return 0
    this.settle(c.offset)
    const types = runTypes(r)
    const flags = attributes ? runFlags(r) : runFlags(r) & ~RUN_ALLOW_EVICTION
    let duplicates = 0
    for (;;) {
      if (c.next < c.limit && START_OF_ENTRY[c.memory[c.next]] === 0) return duplicates
      if (c.limit - c.next < this.stage && !c.more() && c.next === c.limit) return duplicates
      const length = Math.min(this.stage, c.limit - c.next)
      const read = this.run(c.memory, c.next, length, flags, types, db)
      c.next += read
      const {view} = this.keyspace.arena
      r.entries += view.getUint32(REGS + LOAD_ENTRIES, true)
      duplicates += this.finish(db)
      if (read === 0) {
        this.stuckAt = c.offset
        return duplicates
      }
      if (length - read < LEFT_MIN) this.stage = Math.min(this.stage * 2, LOAD_STAGE_BYTES)
    }
  }

  /** What follows the last run was read otherwise: because it was too long, or not plain. */
  private settle(offset: number): void {
    if (this.stuckAt < 0) return
    const isLong = offset - this.stuckAt > this.stage
    this.stage = isLong ? LOAD_STAGE_BYTES : Math.max(STAGE_MIN, this.stage >> 1)
    this.stuckAt = -1
  }

  /** Returns how many bytes were read. */
  private run(
    memory: Uint8Array,
    start: number,
    length: number,
    flags: number,
    types: number,
    db: Database,
  ): number {
    const {part, keyspace} = this
    const {arena} = keyspace
    const room = db.makeRoom(Math.max(BATCH, Math.min(db.size >> 4, ROOM_MAX)))
    beginLoad(keyspace)
    const stage = stageBytes(keyspace, memory, start, length)
    const {view} = arena
    view.setUint32(REGS + LOAD_PART, part.index, true)
    view.setUint32(REGS + LOAD_PARTS, part.count, true)
    view.setUint32(REGS + LOAD_DICT, db.table, true)
    view.setUint32(REGS + LOAD_ROOM, room, true)
    return arena.kernel.rdbLoad(stage, stage + length, flags, types) - stage
  }

  /** Take over what the kernel did. Returns how many keys were there already. */
  private finish(db: Database): number {
    endLoad(this.keyspace)
    const {view} = this.keyspace.arena
    db.expires += view.getUint32(REGS + LOAD_EXPIRES, true)
    const from = view.getUint32(REGS + LOAD_WAITING, true)
    const to = view.getUint32(REGS + LOAD_WAITING_END, true)
    if (from === to) return 0
    const waiting = Uint32Array.from({length: (to - from) / 4}, (_, i) =>
      view.getUint32(from + i * 4, true),
    )
    return db.insert(waiting)
  }
}
