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
    const key = Buffer.from(c.memory.slice(c.pinStart, c.pinEnd)).toString('latin1')
    if (!isSound(r)) continue
    const end = c.offset
    entries.push({
      start,
      end,
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
  /** Keys, or values, that the sound file does not have, made of bytes that nothing damaged or begun where no entry began. */
  invented: string[]
  /** Entries in whose midst bytes were changed: only a checksum can tell. */
  changed: number
  /** Equal in key and value, while the expiry or idle time in front of the type was damaged. */
  stripped: number
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
    stripped: 0,
    moved: 0,
    movedUnsaid: 0,
  }
  const databases = new Map<string, Set<number>>()
  for (const {bytes, db} of source)
    databases.set(bytes, (databases.get(bytes) ?? new Set()).add(db))
  const bare = new Set(source.map((each) => each.bare))
  const starts = new Set(source.map(({start}) => start))
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
        if (!isUnsure(report, place)) verdict.movedUnsaid++
      }
    } else if (bare.has(entry.bare)) verdict.stripped++
    else if (isChanged(damaged, starts, place, place + bytes.length)) verdict.changed++
    else verdict.invented.push(`${entry.key} at ${place}`)
    place += bytes.length
  }
  return verdict
}

/** It begins where an entry began, and runs over a seam or over noise. */
function isChanged({segments}: Damaged, starts: Set<number>, start: number, end: number): boolean {
  const first = segments.find((each) => each.start <= start && start < each.end)
  return first !== undefined && end > first.end && starts.has(start - first.start + first.from)
}

const isUnsure = (report: SalvageReport, place: number): boolean =>
  report.gaps.some(({offset, databaseUnsure}) => databaseUnsure && offset <= place)
