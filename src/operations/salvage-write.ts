/** The second reading: what was planned goes to the output, byte for byte. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Target} from '../formats/rdb/features.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {encodeLength} from '../formats/rdb/write-length.ts'
import type {KeptPiece, SalvagePlan, SalvageSource} from './salvage-plan.ts'
import {copySummed, type SummedSink} from './summed-sink.ts'

/** The first version that ends in a checksum. */
const CHECKSUM_SINCE = 5

/** An entry that is not in the input as it is: the intact part of a damaged collection. */
export interface MadeEntry {
  bytes: Uint8Array
  db: number
  /** Offset of the damaged one. */
  at: number
}

/**
 * Write a whole RDB: header, pieces, made entries in order of offsets, end, checksum. Most of it is copied from the cursor of `summed`,
 * which is the source's.
 */
export function writeSalvage(
  plan: SalvagePlan,
  made: readonly MadeEntry[],
  source: SalvageSource,
  summed: SummedSink,
): void {
  const target = targetOf(plan)
  const add = (bytes: Uint8Array) => summed.write(bytes, 0, bytes.length)
  add(headerOf(plan))
  let db = 0
  const select = (wanted: number) => {
    if (wanted < 0 || wanted === db) return
    add(selectOf(wanted, target))
    db = wanted
  }
  let next = 0
  const addMade = (until: number) => {
    for (; next < made.length && made[next].at < until; next++) {
      select(made[next].db)
      add(made[next].bytes)
    }
  }
  const {cursor} = source
  source.rewind(plan.pieces[0]?.start ?? 0, true)
  for (const {start, end, db: wanted, endDb} of plan.pieces) {
    addMade(start)
    select(wanted)
    cursor.skip(start - cursor.offset)
    copySummed(summed, end)
    if (endDb >= 0) db = endDb
  }
  addMade(Number.POSITIVE_INFINITY)
  add(Uint8Array.of(RdbOpcode.EOF))
  if (target.version >= CHECKSUM_SINCE) add(checksumOf(summed.sum.crc))
}

function selectOf(db: number, target: Target): Uint8Array {
  const bytes = new Uint8Array(10)
  bytes[0] = RdbOpcode.SELECTDB
  return bytes.subarray(0, 1 + encodeLength(new DataView(bytes.buffer, 1), db, target))
}

function checksumOf(crc: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, crc, true)
  return bytes
}

/** Dragonfly writes what Redis writes, as far as it can be read here. */
export function targetOf({version, dialect}: SalvagePlan): Target {
  return {version, dialect: dialect === 'valkey' ? 'valkey' : 'redis'}
}

type Take = (memory: Uint8Array, start: number, end: number) => void

/** Give the bytes of a range of the input to `take`, window by window. */
export function copyRange(
  {cursor, rewind}: {cursor: Cursor; rewind: (offset: number) => void},
  {start, end}: Pick<KeptPiece, 'start' | 'end'>,
  take: Take,
): void {
  if (start === end) return
  if (cursor.offset !== start) rewind(start)
  while (cursor.offset < end && !cursor.atEnd()) {
    const length = Math.min(cursor.limit - cursor.next, end - cursor.offset)
    take(cursor.memory, cursor.next, cursor.next + length)
    cursor.next += length
  }
}

function headerOf({dialect, version}: SalvagePlan): Uint8Array {
  const text =
    dialect === 'valkey'
      ? `VALKEY${String(version).padStart(3, '0')}`
      : `REDIS${String(version).padStart(4, '0')}`
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}
