/**
 * A part of an input in a memory of its own, in which any place can be tried without moving the cursor that reads
 * the input.
 */
import {AREA_EXPANDED} from '../bytes/areas.ts'
import {Cursor, SLOTS_START} from '../bytes/cursor.ts'
import type {Feed} from '../bytes/feed.ts'
import {FormatError} from '../errors.ts'
import {createKernel, type Kernel} from '../kernel/kernel.ts'
import {
  REG_HASHES,
  REGISTERS,
  RUN_ALLOW_EVICTION,
  RUN_ALLOW_MS,
  RUN_DEEP,
} from '../kernel/layout.ts'
import {type Chain, readChain} from './chain.ts'
import type {Profile} from './evidence.ts'
import {readLength64, readPieces} from './primitives.ts'
import {RdbReader, RdbRecord} from './reader.ts'
import {ROOM, runTypes} from './run.ts'
import {RdbOpcode, TYPES} from './types.ts'

/** Bytes that are looked at together. Values longer than this are tried in the input itself. */
export const PROBE_SIZE = 0x400000

export class Probe {
  private readonly kernel: Kernel
  private readonly cursor: Cursor
  private readonly feed: Feed
  private readonly main: RdbReader
  private r: RdbReader
  /** The part: [start, end) of the input. */
  start = 0
  end = 0
  private isLast = false

  /** `main` is the reader of the input: version, dialect and templates are its. */
  constructor(main: RdbReader, size: number) {
    this.main = main
    this.kernel = createKernel(main.c.kernel.module)
    this.cursor = new Cursor(this.kernel)
    this.feed = {
      slots: 1,
      slotSize: PROBE_SIZE,
      size,
      fill: (part) => (part === 0 ? this.end - this.start : 0),
      crcBefore() {},
    }
    this.r = this.begin()
  }

  /** Take up to `size` bytes from the cursor's place on. */
  load(c: Cursor, size: number): void {
    this.start = c.offset
    this.end = this.start
    this.begin()
    this.fill(c, size)
  }

  /** Drop what lies before `offset`, and fill up to `size` bytes from `c`, which stands where the last ones were taken. */
  advance(offset: number, c: Cursor, size: number): void {
    const kept = this.end - offset
    const from = SLOTS_START + offset - this.start
    this.cursor.memory.copyWithin(SLOTS_START, from, from + kept)
    this.start = offset
    this.fill(c, size)
  }

  /** Nothing of the input lies behind. */
  get reachesEnd(): boolean {
    return this.isLast
  }

  byte(offset: number): number {
    return offset >= this.start && offset < this.end
      ? this.cursor.memory[SLOTS_START + offset - this.start]
      : -1
  }

  /** The first offset from `from` on where a record may begin; `to` when there is none before it. */
  seek(from: number, to: number): number {
    const {version} = this.main
    const flags =
      RUN_DEEP | (version >= 3 ? RUN_ALLOW_MS : 0) | (version >= 9 ? RUN_ALLOW_EVICTION : 0)
    const area = this.cursor.area(AREA_EXPANDED, ROOM * 2)
    const base = this.start - SLOTS_START
    const limit = SLOTS_START + this.end - this.start
    const at = this.kernel.rdbSeek(
      from - base,
      limit,
      flags,
      runTypes(this.main),
      knownTypes(this.main),
      area,
      ROOM,
    )
    return Math.min(to, (at >>> 0) + base)
  }

  /** Read records from `offset` on. */
  chain(offset: number, db: number, profile: Profile, most: number, beyond: number): Chain {
    const {r, cursor} = this
    this.place(offset)
    r.db = db
    const chain = readChain(r, profile, most, beyond, this.isLast)
    cursor.view.setUint32(REGISTERS + REG_HASHES, 0)
    return chain
  }

  /** Let a profile learn what the keys and types of up to `most` entries from `offset` on look like. */
  teach(profile: Profile, offset: number, most: number): void {
    const {r, cursor} = this
    this.place(offset)
    const enough = profile.entries + most
    try {
      while (profile.entries < enough) {
        const record = r.next()
        if (record === RdbRecord.END || record === RdbOpcode.EOF) break
        if (record !== RdbRecord.ENTRY) continue
        profile.learn(cursor.memory, cursor.pinStart, cursor.pinEnd, r.type)
        r.skipValue()
      }
    } catch (error) {
      if (!(error instanceof FormatError) || error.code === 'LIMIT') throw error
    }
  }

  /** Are there `count` fields at `offset` as a hash of Redis 7.4 holds them, the first one with an expiry? */
  hasFields(offset: number, count: number): boolean {
    const {cursor} = this
    this.place(offset)
    try {
      for (let left = count; left > 0; left--) {
        readLength64(cursor)
        if (left === count && cursor.high === 0 && cursor.low === 0) return false
        readPieces(cursor, null, true)
        readPieces(cursor, null, true)
      }
      return true
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return false
    }
  }

  private place(offset: number): void {
    const {r, cursor} = this
    this.takeTemplates()
    cursor.open(this.feed, this.start)
    cursor.more()
    cursor.next = SLOTS_START + offset - this.start
    r.resume()
  }

  /** A reader as the main one is now. */
  private begin(): RdbReader {
    const {main, cursor} = this
    cursor.open(this.feed, this.start)
    this.r = new RdbReader(cursor, {checksum: false})
    this.r.version = main.version
    this.r.dialect = main.dialect
    this.takeTemplates()
    return this.r
  }

  /** Those that a place which was tried seemed to hold are forgotten. */
  private takeTemplates(): void {
    const {main, r} = this
    if (r.templates.size > 0) r.templates.clear()
    for (const [id, fields] of main.templates) r.templates.set(id, fields)
  }

  private fill(c: Cursor, size: number): void {
    const room = this.start + Math.min(size, PROBE_SIZE)
    this.isLast = false
    while (this.end < room) {
      if (c.atEnd()) {
        this.isLast = true
        break
      }
      const length = Math.min(c.limit - c.next, room - this.end)
      const to = SLOTS_START + this.end - this.start
      this.cursor.memory.set(c.memory.subarray(c.next, c.next + length), to)
      c.next += length
      this.end += length
    }
    if (this.end === room && c.atEnd()) this.isLast = true
  }
}

/** The types, as a mask of the first 32, that a file of this version may hold. */
function knownTypes(r: RdbReader): number {
  let mask = 0
  for (let type = 0; type < 32; type++) {
    const row = TYPES[r.dialect][type]
    if (row && row.since <= r.version) mask |= 1 << type
  }
  return mask >>> 0
}
