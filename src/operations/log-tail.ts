import {AofReader} from '../formats/aof/reader.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'

/** What follows an RDB and is no text is for `check` to judge: servers do not look at it. */
export function startsText(c: Cursor): boolean {
  return !c.atEnd() && (c.memory[c.next] === 0x2a || c.memory[c.next] === 0x23)
}

/** Annotations are no data, commands are. Damage is for those to tell who replay it. */
export function hasCommands(c: Cursor): boolean {
  const reader = new AofReader(c)
  try {
    for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
      if (kind === 'command') return true
      reader.finish()
    }
    return false
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return true
  }
}
