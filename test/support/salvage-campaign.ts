/** Damage to blocks of an RDB whose every byte is known to come from somewhere, and what salvage makes of it. */
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {FormatError} from '../../src/formats/errors.ts'
import type {Kernel} from '../../src/formats/kernel/kernel.ts'
import {RdbReader, RdbRecord} from '../../src/formats/rdb/reader.ts'
import type {SalvageReport} from '../../src/operations/reports.ts'
import {memoryHost} from './memory-host.ts'
import type {Random} from './random.ts'

/** An entry of a sound RDB: attributes, type, key and value at [start, end). */
export interface PlacedEntry {
  readonly start: number
  readonly end: number
  readonly db: number
  readonly key: string
  readonly bytes: string
  /** Where its key ends. */
  readonly keyEnd: number
  /** Without its attributes: type, key and value. */
  readonly bare: string
}

export function placedEntries(kernel: Kernel, bytes: Uint8Array): PlacedEntry[] {
  const host = memoryHost(kernel)
  host.hold(bytes)
  const r = new RdbReader(new Cursor(kernel).open(host.open('-')))
  r.readHeader()
  const entries: PlacedEntry[] = []
  for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
    if (record !== RdbRecord.ENTRY) continue
    const {c, db, offset: start, typeOffset} = r
    const keyEnd = c.offset
    const key = Buffer.from(c.memory.slice(c.pinStart, c.pinEnd)).toString('latin1')
    if (!isSound(r)) continue
    const end = c.offset
    entries.push({
      start,
      end,
      keyEnd,
      db,
      key,
      bytes: latin1(bytes, start, end),
      bare: latin1(bytes, typeOffset, end),
    })
  }
  return entries
}

/** Some fixtures hold values that servers refuse; those are no entries that salvage should keep. */
function isSound(r: RdbReader): boolean {
  try {
    r.skipValue()
    return true
  } catch (error) {
    if (!(error instanceof FormatError) || !error.framed) throw error
    return false
  }
}

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')

/** Bytes of the damaged file that come from `from` on in the sound one. */
interface Segment {
  readonly start: number
  readonly end: number
  readonly from: number
}

export interface Damaged {
  readonly bytes: Buffer
  readonly segments: readonly Segment[]
}

/** Ranges of the sound file, or noise, one after the other. */
function joined(good: Buffer, parts: readonly (readonly [from: number, to: number] | Buffer)[]) {
  const segments: Segment[] = []
  const pieces: Buffer[] = []
  let start = 0
  for (const part of parts) {
    const piece = Buffer.isBuffer(part) ? part : good.subarray(part[0], part[1])
    const end = start + piece.length
    if (!Buffer.isBuffer(part) && end > start) segments.push({start, end, from: part[0]})
    pieces.push(piece)
    start = end
  }
  return {bytes: Buffer.concat(pieces), segments}
}

type Change = (good: Buffer, at: number, size: number, random: Random) => Damaged

/** Another block of that size, which does not touch the one at `at`. */
function elsewhere(good: Buffer, at: number, size: number, random: Random): number {
  const to = 9 + random.int(Math.max(1, good.length - 3 * size - 9))
  return to < at - size ? to : Math.min(to + 2 * size, good.length - size)
}

function exchanged(good: Buffer, one: number, other: number, size: number): Damaged {
  const [a, b] = one < other ? [one, other] : [other, one]
  const {length} = good
  if (b < a + size) return joined(good, [[0, length]])
  return joined(good, [
    [0, a],
    [b, b + size],
    [a + size, b],
    [a, a + size],
    [b + size, length],
  ])
}

export const CHANGES: Readonly<Record<string, Change>> = {
  random: (good, at, size, random) =>
    joined(good, [[0, at], random.bytes(size), [at + size, good.length]]),
  zeroed: (good, at, size) => joined(good, [[0, at], Buffer.alloc(size), [at + size, good.length]]),
  duplicated: (good, at, size) =>
    joined(good, [
      [0, at + size],
      [at, good.length],
    ]),
  swapped: (good, at, size, random) => exchanged(good, at, elsewhere(good, at, size, random), size),
  shifted: (good, at, size, random) => {
    const to = elsewhere(good, at, size, random)
    const {length} = good
    return to < at
      ? joined(good, [
          [0, to],
          [at, at + size],
          [to, at],
          [at + size, length],
        ])
      : joined(good, [
          [0, at],
          [at + size, to],
          [at, at + size],
          [to, length],
        ])
  },
}

export interface Verdict {
  /** Entries whose bytes are all there in one piece, and how many of them came out. */
  intact: number
  kept: number
  /** Every other entry that the sound file does not have, whatever its key: none may come out. */
  invented: string[]
  /** Entries that stand where the sound file has one of that key, in part overwritten: only a checksum can tell. */
  changed: number
  /** The same with damage in the key: a new one, at the place of an old one, its length intact. */
  renamed: string[]
  /** Equal in key and value, while the expiry or idle time in front of the type was damaged. */
  stripped: number
  /** Of those the ones that are not marked. */
  strippedUnsaid: number
  /** In another database than in the sound file, and of those the ones that no gap warns of. */
  moved: number
  movedUnsaid: number
}

/** What came out of damage, entry by entry, byte by byte. */
export function judged(
  source: readonly PlacedEntry[],
  damaged: Damaged,
  output: readonly PlacedEntry[],
  report: SalvageReport,
): Verdict {
  const verdict: Verdict = {
    intact: 0,
    kept: 0,
    invented: [],
    changed: 0,
    renamed: [],
    stripped: 0,
    strippedUnsaid: 0,
    moved: 0,
    movedUnsaid: 0,
  }
  const databases = new Map<string, Set<number>>()
  for (const {bytes, db} of source)
    databases.set(bytes, (databases.get(bytes) ?? new Set()).add(db))
  const bare = new Set(source.map((each) => each.bare))
  const made = new Set(output.map(({bytes}) => bytes))
  for (const {start, end, bytes} of source) {
    if (
      !damaged.segments.some(({start: s, end: e, from}) => from <= start && end <= from + e - s)
    ) {
      continue
    }
    verdict.intact++
    if (made.has(bytes)) verdict.kept++
  }
  let place = 0
  for (const entry of output) {
    const bytes = Buffer.from(entry.bytes, 'latin1')
    place = Math.max(place, damaged.bytes.indexOf(bytes, place))
    const known = databases.get(entry.bytes)
    if (known !== undefined) {
      if (!known.has(entry.db)) {
        verdict.moved++
        if (!isUnsure(report, place, entry.db)) verdict.movedUnsaid++
      }
    } else if (bare.has(entry.bare)) {
      if (entry.bytes === entry.bare) verdict.stripped++
      else verdict.changed++
      if (entry.bytes === entry.bare && !isMarked(report, place)) verdict.strippedUnsaid++
    } else {
      const fate = fateOf(damaged, source, entry, place)
      if (fate === 'changed') verdict.changed++
      else verdict[fate].push(`${entry.key} at ${place}`)
    }
    place += bytes.length
  }
  return verdict
}

/**
 * What became of an entry at `start` that no source has. It may touch a seam or noise and still be the one that stood there: its key
 * stands where that stood, or (a new key) it begins there.
 */
function fateOf(
  {segments}: Damaged,
  source: readonly PlacedEntry[],
  made: PlacedEntry,
  start: number,
): 'changed' | 'renamed' | 'invented' {
  const segmentOf = (at: number) => segments.find((each) => each.start <= at && at < each.end)
  const sourceOf = (at: number) => {
    const segment = segmentOf(at)
    return segment && at - segment.start + segment.from
  }
  const lastByte = start + made.end - made.start - 1
  const segment = segmentOf(start)
  if (segment !== undefined && segment === segmentOf(lastByte)) return 'invented'
  const keyAt = sourceOf(start + made.keyEnd - made.start - 1)
  const first = sourceOf(start)
  if (source.some(({key, keyEnd}) => key === made.key && keyEnd - 1 === keyAt)) return 'changed'
  return source.some((each) => each.start === first) ? 'renamed' : 'invented'
}

/** A gap before it says so, or that its database has more keys than it had. */
const isUnsure = ({gaps, lost}: SalvageReport, place: number, db: number): boolean =>
  gaps.some(({offset, databaseUnsure}) => databaseUnsure && offset <= place) ||
  (lost[db]?.keys ?? 0) < 0

/** The gap right in front says so. */
const isMarked = ({gaps}: SalvageReport, place: number): boolean =>
  gaps.some(({offset, bytes, attributesUnsure}) => attributesUnsure && offset + bytes === place)
