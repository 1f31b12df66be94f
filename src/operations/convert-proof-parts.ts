/** Reads what was written back, in two threads where there are two: a digest of each half, which add up. */
import type {Cut, OddSpan} from '../formats/aof/cuts.ts'
import type {Feature, Target} from '../formats/rdb/features.ts'
import type {RdbEntryWriter} from '../formats/rdb/rdb-entry-writer.ts'
import type {Host} from '../io/host.ts'
import {type CommandsPart, commandsPart} from './commands-part.ts'
import {type PartRead, type ReadBack, together, unlike} from './convert-proof.ts'
import {endAll} from './end-all.ts'
import {type LinesRead, lineBehind, linesPart} from './lines-part.ts'
import type {Ordinals} from './ordinals.ts'
import {type RdbPart, rdbPart} from './rdb-part.ts'
import {WORTH_A_THREAD} from './worth-a-thread.ts'

/** EOF and the checksum. */
const FOOTER_BYTES = 9

/** The place nearest behind the middle of a file of so many bytes; undefined where a second thread is not worth it. */
function middleOf<Cut extends {offset: number}>(
  {beside}: Host,
  cuts: readonly Cut[],
  bytes: number,
  worth: number,
): Cut | undefined {
  if (!beside || beside.threads < 2 || bytes < worth) return undefined
  return cuts.find(({offset}) => offset >= bytes / 2)
}

/** Commands that the writer wrote to the file, which is read whole. `worth`: what a second thread is for. */
export function readBackCommands(
  host: Host,
  path: string,
  {odd, cuts}: {odd: readonly OddSpan[]; cuts: readonly Cut[]},
  lost: ReadonlySet<Feature>,
  worth = WORTH_A_THREAD,
): ReadBack {
  return inParts(host, path, cuts, worth, (from, until) => ({
    ...{from, until, lost: [...lost], restores: null},
    odd: odd.filter(({start}) => start >= from.offset && start < until),
  }))
}

/** RESTORE commands, with payloads of the writer's target. */
export function readBackRestored(
  host: Host,
  path: string,
  {cuts, target}: {cuts: readonly Cut[]; target: Target},
  lost: ReadonlySet<Feature>,
): ReadBack {
  const fixed = {odd: [], lost: [...lost], restores: target.version}
  return inParts(host, path, cuts, WORTH_A_THREAD, (from, until) => ({...fixed, from, until}))
}

function inParts(
  host: Host,
  path: string,
  cuts: readonly Cut[],
  worth: number,
  part: (from: Cut, until: number) => CommandsPart,
): ReadBack {
  const cut = middleOf(host, cuts, cuts.at(-1)?.offset ?? 0, worth)
  const middle = cut?.offset ?? Number.POSITIVE_INFINITY
  const rest = cut && part(cut, Number.POSITIVE_INFINITY)
  const wait = rest && host.beside?.start<PartRead>('commands-part', [path], rest)
  const own = commandsPart(host, [path], part({offset: 0, db: 0}, middle))
  return together(host, wait ? [own, wait()] : [own])
}

/** An RDB, every byte of it: of the entries that are no copies, the quick digest; of the others, that they are there. */
export function readBackRdb(
  host: Host,
  path: string,
  rewritten: Ordinals,
  writer: Pick<RdbEntryWriter, 'copied' | 'checksum' | 'cuts' | 'written'>,
): ReadBack {
  const {copied, checksum, cuts, written} = writer
  const sum = {checksum, eof: written - FOOTER_BYTES}
  const whole: RdbPart = {
    ...{from: {offset: 0, db: 0, entries: 0}, until: null, rewritten: rewritten.plain},
    ...{copied, sum},
  }
  const cut = middleOf(host, cuts, written, WORTH_A_THREAD)
  if (!cut) return together(host, [rdbPart(host, [path], whole)])
  const wait = host.beside!.start<PartRead>('rdb-part', [path], {...whole, from: cut, sum: null})
  return together(host, [rdbPart(host, [path], {...whole, until: cut}), wait()])
}

/** Lines of JSON, every one of them. `worth`: bytes that a second thread is for; `share`: how much of them is for this one. */
export function readBackLines(
  host: Host,
  path: string,
  worth = WORTH_A_THREAD,
  share = 0.5,
): ReadBack {
  const {beside} = host
  const size = beside && beside.threads > 1 ? host.open(path, {crc: false, fed: false}).size : 0
  const cut = size < Math.max(worth, 1) ? null : lineBehind(host, path, Math.floor(size * share))
  const end = Number.POSITIVE_INFINITY
  const rest = {from: cut ?? 0, until: end}
  const wait = cut === null ? null : beside!.start<LinesRead>('lines-part', [path], rest)
  const own = () => linesPart(host, [path], {from: 0, until: cut ?? end})
  const parts = endAll(wait ? [own, wait] : [own])
  const back = together(host, parts)
  const keys = parts.at(-1)?.keys
  if (keys !== back.entries) {
    throw unlike(path, `the end counts ${keys} keys, there are ${back.entries}`)
  }
  return back
}
