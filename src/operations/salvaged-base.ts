/** The RDB that a log begins with, where it is damaged: what of it can be kept, and where the text behind it begins. */
import {installCommands} from '../engine/commands/compile.ts'
import type {CommandTable} from '../engine/commands/table.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {Resync} from '../formats/aof/resync.ts'
import {LogState} from '../formats/aof/state.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Feed} from '../formats/bytes/feed.ts'
import {FormatError} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import {isPlausible} from './check-aof.ts'
import type {SalvageSource} from './salvage-plan.ts'
import {type RdbSalvage, salvageRdb} from './salvage-rdb.ts'

/** So much of what is behind must be commands for it to be the text of a log. */
const MOSTLY = 0.5

export interface SalvagedBase {
  result: RdbSalvage
  source: SalvageSource
  /** Where the text begins; the size of the file where there is none. */
  textStart: number
}

/** Null where nothing of it can be kept. */
export function salvageBase(host: Host, path: string, table: CommandTable): SalvagedBase | null {
  try {
    const source = sourceOf(host, path, Number.POSITIVE_INFINITY)
    const result = salvageRdb(source, {})
    const {trailingBytes, verdict} = result.report
    if (trailingBytes > 0) return {result, source, textStart: result.plan.end.offset}
    const textStart = findText(source, table)
    if (textStart < 0) {
      return verdict === 'nothing' ? null : {result, source, textStart: source.size}
    }
    // What follows the lost end is no part of the RDB, whatever it looks like.
    const part = sourceOf(host, path, textStart)
    return {result: salvageRdb(part, {}), source: part, textStart}
  } catch (error) {
    // Of a damaged header nothing can be made; limits and disks are another matter.
    if (!(error instanceof FormatError) || error.code === 'LIMIT') throw error
    return null
  }
}

/** The bytes of a file before `end`. */
function sourceOf(host: Host, path: string, end: number): SalvageSource {
  const open = (offset: number, crc: boolean) =>
    limitedFeed(host.open(path, {crc, offset}), offset, end)
  const feed = open(0, true)
  const cursor = new Cursor(host.kernel).open(feed)
  return {
    cursor,
    rewind: (offset, sums = false) => void cursor.open(open(offset, sums), offset),
    size: Math.min(feed.size, end),
  }
}

function limitedFeed(feed: Feed, offset: number, end: number): Feed {
  if (end === Number.POSITIVE_INFINITY) return feed
  return {
    slots: feed.slots,
    slotSize: feed.slotSize,
    size: Math.min(feed.size, end),
    fill(part, keep) {
      const left = end - offset - part * feed.slotSize
      return left <= 0 ? 0 : Math.min(left, feed.fill(part, keep))
    },
    crcBefore: (part) => feed.crcBefore(part),
  }
}

/**
 * Where the end of an RDB is lost, its last value may have swallowed the text behind it: the first place in the file from which
 * commands run on, mostly to the end. A value that holds such text is followed by more of the RDB. -1 without.
 */
function findText({cursor, rewind, size}: SalvageSource, table: CommandTable): number {
  rewind(0)
  installCommands(table.compiled, cursor.memory)
  const resync = new Resync(cursor, (name, argc) => isPlausible(table, name, argc))
  while (resync.find()) {
    const {offset} = cursor
    new AofReader(cursor).run(new LogState(Number.MAX_SAFE_INTEGER))
    if (cursor.offset - offset >= (size - offset) * MOSTLY) return offset
    if (cursor.atEnd()) return -1
    cursor.next++
  }
  return -1
}
