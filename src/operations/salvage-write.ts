/** The second reading: what was planned goes to the output, byte for byte. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import type {Target} from '../formats/rdb/features.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {type PatchableSink, RdbOutput} from '../formats/rdb/write-output.ts'
import type {KeptPiece, SalvagePlan, SalvageSource} from './salvage-plan.ts'

/** An entry that is not in the input as it is: the intact part of a damaged collection. */
export interface MadeEntry {
  bytes: Uint8Array
  db: number
  /** Offset of the damaged one. */
  at: number
}

/** Write a whole RDB: header, pieces, made entries in order of offsets, end, checksum. Returns its size. */
export function writeSalvage(
  plan: SalvagePlan,
  made: readonly MadeEntry[],
  source: SalvageSource,
  sink: PatchableSink,
): number {
  const target = targetOf(plan)
  const kernel = createKernel(source.cursor.kernel.module)
  const out = new RdbOutput(sink, kernel, target, {checksum: true, holdLimit: 0})
  out.write(headerOf(plan), 0, 9)
  let db = 0
  const select = (wanted: number) => {
    if (wanted < 0 || wanted === db) return
    out.u8(RdbOpcode.SELECTDB)
    out.count(wanted)
    db = wanted
  }
  let next = 0
  const addMade = (until: number) => {
    for (; next < made.length && made[next].at < until; next++) {
      select(made[next].db)
      out.write(made[next].bytes, 0, made[next].bytes.length)
    }
  }
  for (const piece of plan.pieces) {
    addMade(piece.start)
    select(piece.db)
    copyRange(source, piece, (memory, start, end) => out.write(memory, start, end))
    if (piece.endDb >= 0) db = piece.endDb
  }
  addMade(Number.POSITIVE_INFINITY)
  out.u8(RdbOpcode.EOF)
  out.finish()
  return out.written
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
