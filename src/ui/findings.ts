/**
 * Findings as text, in the one shape that every message has: where, what is wrong, what it means, what to do next.
 *
 *     dump.rdb: offset 71234 (0x11642): key "user:42" (db 0, record 18205), listpack: claims 812 bytes [RDB_LISTPACK]
 *       A server refuses to load this file.
 *       Next: respite salvage dump.rdb -o recovered.rdb
 */

import type {Finding, Severity} from '../operations/reports.ts'
import {countText} from '../sizes.ts'
import type {Paint} from './color.ts'
import {printable, quoteKey} from './escape.ts'

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note']

/** How many places of one and the same trouble are listed before the rest is only counted. */
const SHOWN_PER_GROUP = 5

/** Worst first; findings that mean the same and need the same are told once, with all their places. */
export function findingLines(findings: readonly Finding[], all: boolean, paint: Paint): string[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const {severity, file, code, meaning, next} = finding
    const group = JSON.stringify([severity, file, code, meaning, next])
    const members = groups.get(group)
    if (members === undefined) groups.set(group, [finding])
    else members.push(finding)
  }
  return [...groups.values()]
    .sort((a, b) => SEVERITIES.indexOf(a[0].severity) - SEVERITIES.indexOf(b[0].severity))
    .flatMap((group) => groupLines(group, all ? group.length : SHOWN_PER_GROUP, paint))
}

function groupLines(group: readonly Finding[], limit: number, paint: Paint): string[] {
  const lines = group.slice(0, limit).map((finding) => findingLine(finding, paint))
  const [{file, code, meaning, next}] = group
  if (group.length > limit) {
    lines.push(`${printable(file)}: and ${countText(group.length - limit)} more [${code}]`)
  }
  if (meaning !== '') lines.push(`  ${printable(meaning)}`)
  if (next !== null) lines.push(`  Next: ${paint.bold(printable(next))}`)
  return ['', ...lines]
}

export function findingLine(finding: Finding, paint: Paint): string {
  const {file, offset, severity, message, code} = finding
  const parts = [paint.bold(printable(file))]
  if (offset !== null) parts.push(`offset ${offset} (0x${offset.toString(16)})`)
  if (severity === 'warning') parts.push(paint.warn('warning'))
  if (severity === 'note') parts.push('note')
  const place = placeText(finding)
  if (place !== '') parts.push(place)
  return `${parts.join(': ')}: ${printable(message)} ${paint.dim(`[${code}]`)}`
}

/** `key "user:42" (db 0, record 12), listpack`: what is known of it. */
function placeText({key, db, record, path}: Finding): string {
  const where: string[] = []
  if (db !== null) where.push(`db ${db}`)
  if (record !== null) where.push(`record ${countText(record)}`)
  const inside = path.map(printable)
  if (key === null) return [...where, ...inside].join(', ')
  const numbers = where.length === 0 ? '' : ` (${where.join(', ')})`
  return [`key ${quoteKey(key)}${numbers}`, ...inside].join(', ')
}
