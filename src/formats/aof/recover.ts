/** Going on behind damage in the text of an append-only file. */

import type {Cursor} from '../bytes/cursor.ts'
import type {FormatError} from '../errors.ts'
import type {AofReader} from './reader.ts'
import type {Resync} from './resync.ts'
import type {LogState} from './state.ts'

export interface Damage {
  /** Offset where records go on; -1 when nothing behind it can be read. */
  until: number
  /** NUL bytes that it begins with. */
  nulBytes: number
  /** They reach to the end. */
  nulTail: boolean
}

/**
 * The record of `reader` threw `error`: put its cursor at the next plausible record behind it. Once the damage has been told with
 * `state` as it was, `resumeState` follows. `rewind` puts the cursor at an earlier offset, where the input can be read again.
 */
export function recoverAof(
  reader: AofReader,
  resync: Resync,
  error: FormatError,
  rewind?: (offset: number) => void,
): Damage {
  const {offset, c} = reader
  reader.abandon()
  if (c.offset > offset) rewind?.(offset)
  const nulEnd = error.code === 'AOF_NUL' && c.offset === offset ? skipNuls(c) : offset
  const nulTail = nulEnd > offset && c.atEnd()
  if (c.offset === offset && !c.atEnd()) c.next++
  const found = resync.find()
  return {until: found ? c.offset : -1, nulBytes: nulEnd - offset, nulTail}
}

/** What a log's state is when records go on behind damage. */
export function resumeState(state: LogState): void {
  state.lostStart = true
  state.open = false
}

function skipNuls(c: Cursor): number {
  while (!c.atEnd()) {
    while (c.next < c.limit && c.memory[c.next] === 0) c.next++
    if (c.next < c.limit) break
  }
  return c.offset
}
