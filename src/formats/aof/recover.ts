/** Going on behind damage in the text of an append-only file. */

import type {Cursor} from '../bytes/cursor.ts'
import type {FormatError} from '../errors.ts'
import type {AofReader} from './reader.ts'
import type {Resync} from './resync.ts'
import type {LogState} from './state.ts'

const CR = 0x0d
const LF = 0x0a

export interface Damage {
  /** Offset where records go on; -1 when nothing behind it can be read. */
  until: number
  /** NUL bytes that it begins with. */
  nulBytes: number
  /** They reach to the end. */
  nulTail: boolean
  /** It begins with CR LF, as if an argument ended there. */
  lineEnd: boolean
  /** Where records seem to go on inside an argument that claims all that is left; -1 where none do. */
  inside: number
}

export interface RecoverOptions {
  /** Puts the cursor at an earlier offset, where the input can be read again: finds more behind a damaged length. */
  rewind?(offset: number): void
  /** Look for records also inside an argument that claims all that is left. */
  insideArguments?: boolean
}

/**
 * The record of `reader` threw `error`: put its cursor at the next plausible record behind it. Once the damage has been told with
 * the state as it was, `resumeState` follows.
 */
export function recoverAof(
  reader: AofReader,
  resync: Resync,
  error: FormatError,
  {rewind, insideArguments = false}: RecoverOptions = {},
): Damage {
  const {offset, c} = reader
  reader.abandon()
  if (c.offset > offset) rewind?.(offset)
  const nulEnd = error.code === 'AOF_NUL' && c.offset === offset ? skipNuls(c) : offset
  const nulTail = nulEnd > offset && c.atEnd()
  const lineEnd = c.offset === offset && isLineEnd(c)
  if (c.offset === offset && !c.atEnd()) c.next++
  const damage = {until: -1, nulBytes: nulEnd - offset, nulTail, lineEnd, inside: -1}
  if (!resync.find()) return damage
  if (insideArguments || isBehind(reader, error)) return {...damage, until: c.offset}
  const inside = c.offset
  c.skip(endOf(c) - c.offset)
  return {...damage, inside}
}

/** What a log's state is when records go on behind damage. */
export function resumeState(state: LogState): void {
  state.lostStart = true
  state.open = false
}

/** Absolute offset of the input's end, as far as it is known. */
export function endOf(c: Cursor): number {
  return c.offset + (Number.isFinite(c.left) ? c.left : c.limit - c.next)
}

/** Step over NUL bytes. Returns the offset behind them. */
function skipNuls(c: Cursor): number {
  while (!c.atEnd()) {
    while (c.next < c.limit && c.memory[c.next] === 0) c.next++
    if (c.next < c.limit) break
  }
  return c.offset
}

/**
 * Are the records that the cursor stands at behind the damage? Where an argument claims all that is left, it was cut, and what
 * looks like records in it may be its own text; but the claim is wrong when the right length is nearly what it says.
 */
function isBehind({c, claim, lineOffset}: AofReader, {code}: FormatError): boolean {
  if (code !== 'TRUNCATED') return true
  const digits = String(claim)
  // '$' digits CR LF, bytes, CR LF.
  const length = c.offset - lineOffset - digits.length - 5
  return claim >= 0 && isNearly(digits, String(length))
}

/** Does CR LF stand at the cursor? */
function isLineEnd(c: Cursor): boolean {
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
