import type {Host} from '../io/host.ts'
import type {Cut} from './log-cuts.ts'
import {readSpan} from './read-span.ts'
import type {LogScan} from './scan-log.ts'
import {wholeRecords} from './whole-records.ts'

/** A block that was written twice is looked for so far around damage. */
const REACH = 4 * 1024 * 1024
/** What is behind the damage is found again by so many bytes. */
const PROBE = 48
const RECORDS_MIN = 3
const CUTS_MAX = 100

/**
 * Where a write was tried again, or blocks were copied, a stretch of the log is there twice, and damage is where the second copy
 * begins: the records behind it are those before it. Applied twice, INCR and RPUSH would count twice. Adds what is repeated to the
 * cuts.
 */
export function addRepeated(host: Host, {path, textStart, bytes}: LogScan, cuts: Cut[]): void {
  if (cuts.length > CUTS_MAX) return
  for (let i = cuts.length - 1; i >= 0; i--) {
    const {start, end, reason, databaseUnsure} = cuts[i]
    if (reason !== 'damage' || end >= bytes || end - start > REACH) continue
    const limit = Math.min(cuts[i + 1]?.start ?? bytes, end + REACH)
    const before = readSpan(host, path, {
      start: Math.max(textStart, start - REACH, cuts[i - 1]?.end ?? 0),
      end: start,
    })
    const behind = readSpan(host, path, {start: end, end: limit})
    const gap = readSpan(host, path, {start, end})
    const length = repeatedLength(before, gap, behind)
    const block = behind.subarray(0, length)
    const commands = isVaried(block) ? wholeRecords(host, block) : -1
    if (commands < RECORDS_MIN) continue
    const cut: Cut = {
      start: end,
      end: end + length,
      reason: 'repeated',
      commands,
      select: null,
      databaseUnsure,
    }
    cuts.splice(i + 1, 0, cut)
  }
}

/**
 * How many bytes at the end of `before` are those at the beginning of `behind`, where the gap between them is what the join of two
 * copies leaves: the beginning of the record behind the second copy, then the end of the one before the first. 0 without.
 */
function repeatedLength(before: Buffer, gap: Buffer, behind: Buffer): number {
  const probe = behind.subarray(0, PROBE)
  if (probe.length < PROBE) return 0
  for (let at = before.indexOf(probe); at >= 0; at = before.indexOf(probe, at + 1)) {
    const length = before.length - at
    if (length > behind.length || !before.subarray(at).equals(behind.subarray(0, length))) continue
    if (isJoin(gap, behind.subarray(length), before.subarray(0, at))) return length
  }
  return 0
}

function isJoin(gap: Buffer, next: Buffer, previous: Buffer): boolean {
  let head = 0
  while (head < gap.length && gap[head] === next[head]) head++
  let tail = 0
  while (tail < gap.length && gap.at(-1 - tail) === previous.at(-1 - tail)) tail++
  return head + tail >= gap.length
}

/** Programs that do the same again and again write what looks like a block that is there twice. */
function isVaried(block: Buffer): boolean {
  return new Set(block.toString('latin1').split(/(?<=\r\n)(?=\*)/)).size >= RECORDS_MIN
}
