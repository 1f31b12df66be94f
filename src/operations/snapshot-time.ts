import type {Cursor} from '../formats/bytes/cursor.ts'
import type {FormatError} from '../formats/errors.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import {savedAtMs} from './check-rdb.ts'
import {type RdbWalker, walkRdb} from './walk-rdb.ts'

/**
 * Step over the RDB that a cursor stands before, by its framing alone. Returns when its server began to save it, in ms; null
 * where it does not say. @throws FormatError.
 */
export function snapshotTime(c: Cursor): number | null {
  let savedMs: number | null = null
  eachField(c, (record) => {
    savedMs = savedAtMs(record, savedMs)
  })
  return savedMs
}

/** A place in the stream of commands that a master sends. */
export interface StreamPlace {
  id: string
  offset: number
}

/** The same for the place of the stream that it is a snapshot of. */
export function snapshotPlace(c: Cursor): StreamPlace | null {
  const values = new Map<string, string>()
  eachField(c, ({name, value}) => {
    if (value.length <= 40) values.set(text(name), text(value))
  })
  const id = values.get('repl-id') ?? ''
  const offset = values.get('repl-offset') ?? ''
  return /^[0-9a-f]{40}$/.test(id) && /^\d{1,15}$/.test(offset)
    ? {id, offset: Number(offset)}
    : null
}

function eachField(c: Cursor, take: (record: RdbReader['record']) => void): void {
  const r = new RdbReader(c, {deep: false, checksum: false})
  r.readHeader()
  const refuse = (_: RdbReader, error: FormatError): never => {
    throw error
  }
  const walker: RdbWalker = {
    run: () => {},
    // A value that is damaged inside is for those to tell who read it.
    entry: () => {},
    record: ({record}, opcode) => {
      if (opcode === RdbOpcode.AUX) take(record)
    },
    fault: () => {},
    lost: refuse,
    found: () => {},
  }
  walkRdb(r, walker, null)
}
