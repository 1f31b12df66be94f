import type {Cursor} from '../formats/bytes/cursor.ts'
import type {FormatError} from '../formats/errors.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {savedAtMs} from './check-rdb.ts'
import {type RdbWalker, walkRdb} from './walk-rdb.ts'

/**
 * Step over the RDB that a cursor stands before, by its framing alone. Returns when its server began to save it, in ms; null
 * where it does not say. @throws FormatError.
 */
export function snapshotTime(c: Cursor): number | null {
  const r = new RdbReader(c, {deep: false, checksum: false})
  r.readHeader()
  let savedMs: number | null = null
  const refuse = (_: RdbReader, error: FormatError): never => {
    throw error
  }
  const walker: RdbWalker = {
    run: () => {},
    // A value that is damaged inside is for those to tell who read it.
    entry: () => {},
    record: ({record}, opcode) => {
      if (opcode === RdbOpcode.AUX) savedMs = savedAtMs(record, savedMs)
    },
    fault: () => {},
    lost: refuse,
    found: () => {},
  }
  walkRdb(r, walker, null)
  return savedMs
}
