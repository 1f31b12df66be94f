/** How far damage in the text of a log reaches. */
import type {Deviation} from '../formats/aof/loader.ts'
import {AofReader} from '../formats/aof/reader.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {AofContext} from './check-aof-context.ts'

const DOLLAR = 0x24

/** What servers ignore behind the number of a header line may be the rest of a record, and the arguments those of another. */
export function refuseJoined(deviation: Deviation | null): void {
  if (!deviation?.inHeader || deviation.passesCheckAof || deviation.code === 'AOF_CRLF') return
  throw new FormatError(deviation.code, deviation.offset, deviation.detail)
}

/**
 * Offset where damage begins that shows at `offset`. An argument where a record should begin belongs to the record before, which
 * then claims too few, unless its command takes no other number. `previous`: a record before, with nothing else between; or -1.
 */
export function startOfDamage(
  c: Cursor,
  {rewind, table}: AofContext,
  previous: number,
  offset: number,
): number {
  if (previous < 0 || rewind === undefined) return offset
  const here = c.offset
  rewind(previous)
  const reader = new AofReader(c)
  let last = offset
  while (c.offset < offset) {
    const isCommand = reader.next() === 'command'
    const arity = isCommand ? table.find(reader.commandName())?.arity : 1
    reader.finish()
    last = arity === undefined || arity < 0 ? reader.offset : offset
  }
  const isArgument = !c.atEnd() && c.memory[c.next] === DOLLAR
  rewind(here)
  return isArgument ? last : offset
}
