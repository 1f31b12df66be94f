/** The fast path of a reader whose caller only counts: whole runs of plain entries, read by the kernel. */
import {AREA_EXPANDED} from '../bytes/areas.ts'
import type {Cursor} from '../bytes/cursor.ts'
import type {Sink} from '../bytes/sink.ts'
import type {RunSink} from '../entry.ts'

import {
  HASH_LOG,
  HASH_LOG_MAX,
  REG_HASHES,
  REG_RUN,
  REGISTERS,
  RUN_ALLOW_EVICTION,
  RUN_ALLOW_MS,
  RUN_DEEP,
  RUN_ENTRIES,
  RUN_EXPIRES,
  RUN_PAIRS,
  RUN_STOP_ODD,
  RUN_TYPES,
} from '../kernel/layout.ts'
import type {RdbReader} from './reader.ts'
import {TYPES} from './types.ts'

/** What runs add up. */
export interface RunTally {
  entries: number
  expires: number
  /** Entries by type byte, 0 to 31. */
  readonly types: Float64Array
}

export const newTally = (): RunTally => ({entries: 0, expires: 0, types: new Float64Array(32)})

/** Forget what runs of an earlier reader, or of a log, left in the counters of the kernel. */
export function beginRuns({c}: RdbReader): void {
  const run = REGISTERS + REG_RUN
  c.memory.fill(0, run + RUN_ENTRIES, run + RUN_TYPES + 32 * 4)
  c.view.setUint32(REGISTERS + REG_HASHES, 0)
}

/** Takes the 64-bit hashes of keys: u64 little-endian, `count` of them at `start`. They are gone when it returns. */
export interface HashSink {
  add(memory: Uint8Array, start: number, count: number): void
}

/** Largest string and largest table of members that a run deals with. */
export const ROOM = 0x40000
/** A record that is cut by the window's end is given so much room before the reader takes it entry by entry. */
const NEAR_END = 0x10000
/** Hash types of Redis whose expiries are relative, arrays, templates: left to the reader, as are modules. */
const RUN_TYPE_NUMBERS = [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 16, 17, 18, 20, 25]
/** With streams, which not every run reads: see rdb-stream.ts. */
const WITH_STREAMS = [...RUN_TYPE_NUMBERS, 15, 19, 21]

/** By byte: 1 where an entry may start on the fast path. */
export const START_OF_ENTRY = Uint8Array.from({length: 256}, (_, byte) =>
  byte < 32 || byte === 0xf8 || byte === 0xf9 || byte === 0xfc || byte === 0xfd ? 1 : 0,
)

/** The types that runs may read in this file: those that its version can contain. */
export const runTypes = (r: RdbReader): number => known(r, RUN_TYPE_NUMBERS)

/** The same with streams. */
export const runTypesAndStreams = (r: RdbReader): number => known(r, WITH_STREAMS)

function known({dialect, version}: RdbReader, types: readonly number[]): number {
  let mask = 0
  for (const type of types) {
    const row = TYPES[dialect][type]
    if (row && row.since <= version) mask |= 1 << type
  }
  return mask >>> 0
}

/** Which attributes may stand in this file, as RUN_ALLOW_ bits. */
export function runFlags({version}: RdbReader): number {
  return (version >= 3 ? RUN_ALLOW_MS : 0) | (version >= 9 ? RUN_ALLOW_EVICTION : 0)
}

/**
 * Step over as many plain entries as possible, each verified as `skipValue()` would. What comes next is for `next()`.
 * Keys' hashes are left in HASH_LOG; `flushHashes()` gives them away.
 */
export function skipRun(
  r: RdbReader,
  tally: RunTally,
  hashes: HashSink | null,
  max = 0xffffffff,
  stopsAtOdd = false,
): void {
  stepOver(r, tally, hashes, max, runTypes(r), true, stopsAtOdd ? RUN_STOP_ODD : 0)
}

/**
 * Give the bytes of as many plain entries as possible to `sink`, verified likewise: those of the types in a mask, and with idle
 * times or frequencies only where `attributes` says so. No 64-bit length is among them.
 */
export function copyRun(
  r: RdbReader,
  tally: RunTally,
  {types, attributes, most = 0xffffffff, hashes, pairs}: Omit<RunSink, 'done' | 'write'>,
  sink: Sink,
): void {
  if (most === 0) return
  r.c.beginTap(sink)
  try {
    const extra = pairs ? RUN_PAIRS : 0
    const told = pairs ?? hashes ?? null
    const known = r.deep ? runTypes(r) : runTypesAndStreams(r)
    stepOver(r, tally, told, most, types & known, attributes, extra)
    flushHashes(r, told)
  } finally {
    r.c.endTap()
  }
}

function stepOver(
  r: RdbReader,
  tally: RunTally,
  hashes: HashSink | null,
  max: number,
  types: number,
  attributes: boolean,
  extra: number,
): void {
  const {c} = r
  if (r.hasAttributes || r.isFinished) return
  const flags =
    (r.deep ? RUN_DEEP : 0) | (attributes ? runFlags(r) : runFlags(r) & ~RUN_ALLOW_EVICTION) | extra
  const area = c.area(AREA_EXPANDED, ROOM * 2)
  const before = tally.entries
  let extendedAt = -1
  for (;;) {
    const left = max === 0xffffffff ? max : max - (tally.entries - before)
    c.next = c.kernel.rdbRun(c.next, runLimit(r), flags, types, r.db, area, ROOM, left) >>> 0
    takeCounts(r, tally)
    if (c.view.getUint32(REGISTERS + REG_HASHES, true) === HASH_LOG_MAX) {
      flushHashes(r, hashes)
      continue
    }
    const {offset} = c
    if (max !== 0xffffffff || extendedAt === offset || !goesOn(c)) return
    extendedAt = offset
    if (!c.more()) return
  }
}

/** Up to where a run may read, before the reader's fence. */
export function runLimit({c, fence}: RdbReader): number {
  return fence === Number.POSITIVE_INFINITY ? c.limit : Math.min(c.limit, c.next + fence - c.offset)
}

/** May what a run stopped at be an entry that the window's end cuts? */
export function goesOn(c: Cursor): boolean {
  if (c.limit - c.next > NEAR_END) return false
  // An opcode that starts no entry is for the reader; the window need not move for it.
  return c.next === c.limit || START_OF_ENTRY[c.memory[c.next]] === 1
}

export function takeCounts(r: RdbReader, tally: RunTally): void {
  const {view} = r.c
  const run = REGISTERS + REG_RUN
  const entries = view.getUint32(run + RUN_ENTRIES, true)
  if (entries === 0) return
  tally.entries += entries
  r.entries += entries
  tally.expires += view.getUint32(run + RUN_EXPIRES, true)
  view.setUint32(run + RUN_ENTRIES, 0)
  view.setUint32(run + RUN_EXPIRES, 0)
  for (let type = 0; type < 32; type++) {
    const at = run + RUN_TYPES + type * 4
    tally.types[type] += view.getUint32(at, true)
    view.setUint32(at, 0)
  }
}

/** Give the hashes that are in HASH_LOG to `hashes`, and empty it. */
export function flushHashes(r: RdbReader, hashes: HashSink | null): void {
  const {c} = r
  const count = c.view.getUint32(REGISTERS + REG_HASHES, true)
  if (count > 0) hashes?.add(c.memory, HASH_LOG, count)
  c.view.setUint32(REGISTERS + REG_HASHES, 0)
}

/** Add the hash of the current entry's key to HASH_LOG, as a run does. */
export function logKey(r: RdbReader, hashes: HashSink | null): void {
  const {c} = r
  c.kernel.hashAppend(c.pinStart, c.pinEnd, r.db)
  if (c.view.getUint32(REGISTERS + REG_HASHES, true) === HASH_LOG_MAX) flushHashes(r, hashes)
}
