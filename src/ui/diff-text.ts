/**
 * Differences as text:
 *
 *     - db0 "gone"  string "x"
 *     + db0 "new"  list of 2 elements ["a", "b"]
 *     ~ db0 "h"  hash of 3 elements: 1 added, 1 changed
 *         + field "f3"  "x"
 *         ~ field "f1"  "old" -> "new"
 *     ~ db0 "t"  string "x": expires 2026-02-03T04:05:06Z -> never
 */
import type {
  Change,
  ChangeCounts,
  Difference,
  ElementDifference,
  KeyDifference,
} from '../operations/diff-reports.ts'
import type {Bytes, ShortValue} from '../operations/reports.ts'
import {countText, plural} from '../sizes.ts'
import type {Paint} from './color.ts'
import {bytesText, quoteKey} from './escape.ts'
import {isoTime, valueText} from './short-value-text.ts'

const MARKS: Readonly<Record<Change, string>> = {added: '+', removed: '-', changed: '~'}

/** What is known by a number, an id or a word of ours. */
const PLAIN_NAMES: readonly string[] = ['element', 'entry', 'cell', 'stream', 'array', 'module']
/** Of which the content is one, or several. */
const PLAIN_ITEMS: readonly string[] = ['member', 'stream', 'group', 'pending', 'iid', 'array']

export class DiffText {
  private readonly paint: Paint
  /** Elements of the key that are not listed. */
  private more = 0

  constructor(paint: Paint) {
    this.paint = paint
  }

  lines(difference: Difference): string[] {
    if (difference.type === 'element') return [this.element(difference)]
    const before = this.finish()
    if (difference.type === 'key') return [...before, this.key(difference)]
    const {change, library} = difference
    return [
      ...before,
      this.painted(change, `${MARKS[change]} function library ${bytesText(library)}`),
    ]
  }

  /** What is still to be said of the last key. */
  finish(): string[] {
    const {more} = this
    this.more = 0
    return more === 0 ? [] : [`    and ${plural(more, 'more element')}`]
  }

  private key({change, db, key, what, a, b, elements, listed}: KeyDifference): string {
    this.more = elements === null ? 0 : total(elements) - listed
    const name = this.painted(change, `${MARKS[change]} db${db} ${quoteKey(key)}`)
    return `${name}  ${a && b ? changeText(a, b, what, elements) : valueText((a ?? b)!)}`
  }

  private element(difference: ElementDifference): string {
    const {change, part, name, a, b, aExpiresAtMs, bExpiresAtMs, cut} = difference
    const names = name.map(PLAIN_NAMES.includes(part) ? bytesText : quoteKey).join(' ')
    const sides = [sideText(part, a, aExpiresAtMs), sideText(part, b, bExpiresAtMs)]
    const texts = sides.filter((text) => text !== null)
    const rest = texts.every((text) => text === '') ? '' : `  ${texts.join(' -> ')}`
    const head = this.painted(change, `    ${MARKS[change]} ${part} ${names}`)
    return `${head}${rest}${cut ? ' ...' : ''}`
  }

  private painted(change: Change, text: string): string {
    const {paint} = this
    if (change === 'changed') return paint.warn(text)
    return change === 'added' ? paint.good(text) : paint.bad(text)
  }
}

const total = ({added, removed, changed}: ChangeCounts): number => added + removed + changed

export function countsText(counts: ChangeCounts): string {
  return (['added', 'removed', 'changed'] as const)
    .filter((name) => counts[name] > 0)
    .map((name) => `${countText(counts[name])} ${name}`)
    .join(', ')
}

function changeText(
  a: ShortValue,
  b: ShortValue,
  what: KeyDifference['what'],
  elements: ChangeCounts | null,
): string {
  const [before, after] = [bare(a), bare(b)]
  const ttl = what.includes('ttl') ? `expires ${timeText(a)} -> ${timeText(b)}` : ''
  if (!what.includes('value')) return `${headOf(after)}: ${ttl}`
  const apart = elements === null || total(elements) === 0
  const value = apart
    ? `${valueText(before)} -> ${valueText(after)}`
    : `${headOf(after)}: ${countsText(elements)}`
  return ttl === '' ? value : `${value}; ${ttl}`
}

const bare = (value: ShortValue): ShortValue => ({...value, expiresAtMs: null})

/** What it is, without what is in it. */
function headOf(value: ShortValue): string {
  return value.type === 'string' || value.type === 'module'
    ? valueText(value)
    : `${value.type} of ${plural(value.count ?? 0, 'element')}`
}

function timeText({expiresAtMs}: ShortValue): string {
  return expiresAtMs === null ? 'never' : msText(expiresAtMs)
}

const msText = (ms: number): string => isoTime(ms) ?? `at ${ms} ms`

function sideText(part: string, items: readonly Bytes[] | null, ms: number | null): string | null {
  if (items === null) return null
  const text = items.map(PLAIN_ITEMS.includes(part) ? bytesText : quoteKey).join(' ')
  return ms === null ? text : `${text} (expires ${msText(ms)})`
}
