/** How far damage in the text of a log reaches. */
import type {Deviation} from '../formats/aof/loader.ts'
import {AofReader} from '../formats/aof/reader.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {AofContext} from './check-aof-context.ts'

const DOLLAR = 0x24
const CR = 0x0d
const LF = 0x0a

/** Absolute offset of the input's end, as far as it is known. */
export function endOf(c: Cursor): number {
  return c.offset + (Number.isFinite(c.left) ? c.left : c.limit - c.next)
}

/** Step over NUL bytes. Returns the offset behind them. */
export function skipNuls(c: Cursor): number {
  while (!c.atEnd()) {
    while (c.next < c.limit && c.memory[c.next] === 0) c.next++
    if (c.next < c.limit) break
  }
  return c.offset
}

/**
 * Are the records that the cursor stands at behind the damage? Where an argument claims all that is left, it was cut, and what
 * looks like records in it may be its own text. The claim is wrong when the right length is nearly what it says, or if the user
 * says so. Moves to the end when they are not.
 */
export function isBehind(
  c: Cursor,
  {claim, lineOffset}: AofReader,
  {insideArguments, cuts}: AofContext,
  {code}: FormatError,
): boolean {
  if (code !== 'TRUNCATED' || insideArguments) return true
  const digits = String(claim)
  // '$' digits CR LF, bytes, CR LF.
  const length = c.offset - lineOffset - digits.length - 5
  if (claim >= 0 && isNearly(digits, String(length))) return true
  if (cuts) cuts.insideOffset = c.offset
  c.skip(endOf(c) - c.offset)
  return false
}

/** What servers ignore behind the number of a header line may be the rest of a record, and the arguments those of another. */
export function refuseJoined(deviation: Deviation | null): void {
  if (!deviation?.inHeader || deviation.passesCheckAof || deviation.code === 'AOF_CRLF') return
  throw new FormatError(deviation.code, deviation.offset, deviation.detail)
}

/** Does CR LF stand at the cursor? */
export function isLineEnd(c: Cursor): boolean {
  if (c.limit - c.next < 2 && c.left < 2) return false
  c.ensure(2)
  return c.memory[c.next] === CR && c.memory[c.next + 1] === LF
}

/** Does one text come from the other by one digit that changed, appeared or disappeared? */
function isNearly(a: string, b: string): boolean {
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  const restA = a.slice(same)
  const restB = b.slice(same)
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)
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
