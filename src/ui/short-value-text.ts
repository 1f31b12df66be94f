import type {Bytes, ShortValue} from '../operations/reports.ts'
import {plural} from '../sizes.ts'
import {quoteKey} from './escape.ts'

/** `string "1" (expires 2026-02-03T04:05:06Z)`, `list of 2 elements ["a", "b"]`, `(none)`. */
export function valueText(value: ShortValue | undefined): string {
  if (value === undefined) return '(none)'
  const {expiresAtMs} = value
  if (expiresAtMs === null) return contentText(value)
  return `${contentText(value)} (expires ${isoTime(expiresAtMs) ?? `at ${expiresAtMs} ms`})`
}

function contentText({type, count, items, cut, lastId, groups = 0}: ShortValue): string {
  if (type === 'string') {
    const bytes = items.length === 0 ? '""' : items.map(quoteKey).join('')
    return cut ? `string ${bytes}... (${plural(count ?? 0, 'byte')})` : `string ${bytes}`
  }
  const size =
    count === null
      ? ''
      : ` of ${plural(count, type === 'stream' ? 'entry' : 'element', type === 'stream' ? 'entries' : 'elements')}`
  if (type === 'module') return 'module value'
  if (lastId !== null) return `stream${size}, last ${lastId}, ${plural(groups, 'group')}`
  return `${type}${size} ${itemsText(type, items, cut)}`
}

/** Two items make an element of a hash, sorted set or array. */
function itemsText(type: string, items: readonly Bytes[], cut: boolean): string {
  const pairs = type === 'hash' || type === 'zset' || type === 'array'
  const texts: string[] = []
  for (let i = 0; i < items.length; i += pairs ? 2 : 1) {
    texts.push(
      pairs ? `${quoteKey(items[i])}: ${secondText(type, items[i + 1])}` : quoteKey(items[i]),
    )
  }
  if (cut) texts.push('...')
  return pairs ? `{${texts.join(', ')}}` : `[${texts.join(', ')}]`
}

function secondText(type: string, item: Bytes): string {
  return type === 'zset' && typeof item === 'string' ? item : quoteKey(item)
}

/** UTC; null where no calendar reaches. */
export function isoTime(ms: number): string | null {
  return Math.abs(ms) > 8.64e15 ? null : new Date(ms).toISOString().replace('.000Z', 'Z')
}
