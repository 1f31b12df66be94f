/** What a scan does where reading failed: look for the place to go on from, and decide how much before it to believe. */
import {FormatError} from '../errors.ts'
import {type Chain, entryLink, type Link, readChain, recordLink} from './chain.ts'
import {elementsOf} from './elements.ts'
import type {Profile} from './evidence.ts'
import {believedFrom, believedUpTo, type Standard} from './judge.ts'
import {PROBE_SIZE, type Probe} from './probe.ts'
import {type RdbReader, RdbRecord} from './reader.ts'
import type {Held} from './scan.ts'
import {RdbOpcode} from './types.ts'

/** So many of the last entries may have been read at wrong places. */
const DOUBTED = 8
/** So many records are read from a place to judge it. */
const CHAIN = 8
/** The first look takes this much, further ones more. */
const FIRST_LOOK = 0x40000
/** A key or packed value of more bytes is not looked for behind damage: a damaged length claims anything, and memory follows it. */
const TRIAL_GATHER = 0x2000000
/** So many places per damage are tried in the input itself, because their values reach beyond the look. */
const LONG_TRIALS = 64
const LONG_BITS = 20
/** A key that is so many bits less likely an element is none. */
const CLEARLY_KEY = -4

/** The first version of Redis files with hashes whose fields have expiries. */
const FIELD_EXPIRY_VERSION = 12
/** So many zeros in a row are no part of a record. */
const FILLED = 4
/** So many strings in a row are strings. */
const LONG_ROW = 32
/** A row is read so far to see what it ends in. */
const LOOK_AHEAD = 2048
/** So many fields with expiries are no accident. */
const FIELDS = 2

/** An input that can be read again from any offset: moves the cursor there. */
export type Rewind = (offset: number) => void

export interface Damage {
  /** Records before it that are believed. */
  kept: Link[]
  /** Bytes that are lost: [start, end). */
  start: number
  end: number
  /** Database in force behind it. */
  db: number
  /** Reading goes on at `end`. */
  found: boolean
  /** The input just ends. */
  isCut: boolean
}

export interface Search {
  r: RdbReader
  rewind: Rewind
  probe: Probe
  profile: Profile
  standard: Standard
}

/** Read again, one by one, what is held before `failedAt`. */
export function relink(
  {r, rewind, profile}: Search,
  held: readonly Held[],
  failedAt: number,
): Link[] {
  const links: Link[] = []
  if (held.length === 0) return links
  rewind(held[0].stretch.start)
  r.resume()
  r.db = held[0].dbBefore
  while (r.c.offset < failedAt) {
    try {
      const record = r.next()
      if (record === RdbRecord.END || record === RdbOpcode.EOF) break
      if (record === RdbRecord.ENTRY) {
        links.push(entryLink(r, profile))
        if (links.at(-1)!.fault === null)
          profile.learn(r.c.memory, r.c.pinStart, r.c.pinEnd, r.type)
      } else if (!r.hasAttributes) links.push(recordLink(r, record))
    } catch (error) {
      // What failed the first time fails again; a record that is damaged inside has its end all the same.
      if (!(error instanceof FormatError)) throw error
      if (!error.framed) break
      links.push({...recordLink(r, -1), bits: 0, fault: error})
    }
  }
  return links
}

/** Where and how reading failed. */
export interface Failure {
  /** Offset of the record that failed. */
  failedAt: number
  /** How far it could be read. */
  stoppedAt: number
  error: FormatError
  /** Database before all that is held. */
  db: number
}

/** Find where to go on behind damage, and what of `held`, which was read before it, is believed. */
export function resolveDamage(search: Search, held: readonly Held[], failure: Failure): Damage {
  const {failedAt, error, db} = failure
  const links = relink(search, held, failedAt)
  const templates = [...search.r.templates]
  const place = new PlaceSearch(search, links, failure)
  const found = place.find()
  // Trials in the input itself may have met some that are not there.
  search.r.templates.clear()
  for (const [id, fields] of templates) search.r.templates.set(id, fields)
  const isCut =
    found === null &&
    (error.code === 'TRUNCATED' || error.code === 'RDB_COUNT') &&
    !endsWell(search)
  const before = links.filter(({end}) => found === null || end <= found)
  const kept = isCut ? before : before.slice(0, believedUpTo(before, search.standard))
  const start = kept.at(-1)?.end ?? links[0]?.start ?? failedAt
  const end = found ?? search.probe.end
  const lastDb = kept.at(-1)?.db ?? db
  const select = place.selects.filter((each) => each.start >= start && each.db > lastDb).at(-1)
  return {kept, start, end, db: select?.db ?? lastDb, found: found !== null, isCut}
}

/** Behind the beginning of the first record that is doubted. */
function lookFrom(links: readonly Link[], failedAt: number): number {
  const first = links[Math.max(0, links.length - DOUBTED)]
  return first === undefined ? failedAt : first.start + 1
}

class PlaceSearch {
  /** Databases that are selected between damage. */
  readonly selects: Link[] = []
  private readonly search: Search
  private readonly failure: Failure
  private readonly from: number
  /** Where the records begin that were read before. */
  private readonly accepted: ReadonlySet<number>
  /** From these places reading is known to fail. */
  private readonly known: Set<number>
  private longTrials = LONG_TRIALS
  /** Rows of what may be strings or fields, met so far. */
  private rows = 0

  constructor(search: Search, links: readonly Link[], failure: Failure) {
    this.search = search
    this.failure = failure
    const {failedAt} = failure
    this.from = lookFrom(links, failedAt)
    this.accepted = new Set([failedAt, ...links.map(({start}) => start)])
    this.known = new Set(this.accepted)
    const {r, rewind, profile} = search
    rewind(failedAt)
    r.resume()
    profile.elements = elementsOf(r, failure.stoppedAt) ?? profile.elements
  }

  /** The offset from which records are believed, null when there is none. */
  find(): number | null {
    const {probe, r, rewind} = this.search
    let size = FIRST_LOOK
    // A chain may be believed from a later link on; what begins before that link may hold it.
    let best = Number.POSITIVE_INFINITY
    rewind(this.from)
    probe.load(r.c, size)
    for (let at = this.from; ; at++) {
      const to = Math.min(best, probe.reachesEnd ? probe.end : probe.end - size / 4)
      at = probe.seek(at, to)
      if (at >= best) return best
      if (at < to) {
        if (!this.known.has(at)) best = Math.min(best, this.judge(at))
        continue
      }
      if (probe.reachesEnd) return null
      size = Math.min(PROBE_SIZE, size * 4)
      probe.advance(at, r.c, size)
      at--
    }
  }

  /** Where the records begin that can be believed from this place, Infinity when there are none. */
  private judge(at: number): number {
    const {failedAt, stoppedAt} = this.failure
    const beyond = at < stoppedAt ? stoppedAt : 0
    if (this.isFilled(at)) return Number.POSITIVE_INFINITY
    const chain = this.chain(at, beyond)
    // It runs into what was read already, and fails where that failed.
    if (at < failedAt && chain.links.some(({end}) => this.accepted.has(end))) {
      return Number.POSITIVE_INFINITY
    }
    const skipped = this.skip(chain, at)
    const index = believedFrom(chain, skipped, at - this.from, beyond, this.search.standard)
    if (index >= 0) return chain.links[index].start
    for (const {start} of chain.links) if (start < beyond) this.known.add(start)
    noteSelect(chain, this.selects)
    return Number.POSITIVE_INFINITY
  }

  /** The zero of a string's type may be the last of a block that was overwritten with zeros. */
  private isFilled(at: number): boolean {
    const {probe, standard} = this.search
    if (standard.greedy || probe.byte(at) !== 0) return false
    for (let i = 1; i <= FILLED; i++) if (probe.byte(at - i) !== 0) return false
    return true
  }

  /**
   * How many of the first links of a chain may be elements of a damaged collection. In hashes whose fields have expiries, those
   * without one look exactly like strings; they come in rows, which the others interrupt.
   */
  private skip(chain: Chain, at: number): number {
    const {links} = chain
    const like = countElements(links)
    const {dialect, version} = this.search.r
    if (dialect !== 'redis' || version < FIELD_EXPIRY_VERSION) return like
    if (this.breaksAtFields(chain)) {
      this.rows++
      for (const {start} of links) this.known.add(start)
      return links.length
    }
    const bare = countBare(links)
    const isRow = bare === links.length && bare > 1 && chain.stop !== 'end'
    if (isRow && !this.isLongRow(at)) {
      this.rows++
      for (const {start} of links) this.known.add(start)
      return bare
    }
    return this.rows > 1 ? Math.max(like, bare) : like
  }

  private isLongRow(at: number): boolean {
    const row = this.chain(at, 0, LOOK_AHEAD)
    const {links, stop} = row
    if (this.breaksAtFields(row)) return false
    return countBare(links) < links.length || links.length >= LONG_ROW || stop === 'end'
  }

  /** Do the last links end where fields with expiries go on? Then they are such fields themselves. */
  private breaksAtFields({links, stop}: Chain): boolean {
    const last = links.at(-1)
    if (last === undefined || stop !== 'damage' || countBare([last]) === 0) return false
    const {probe, standard} = this.search
    return !standard.greedy && last.end < probe.end && probe.hasFields(last.end, FIELDS)
  }

  private chain(at: number, beyond: number, most = CHAIN): Chain {
    const {probe, profile, r, rewind, standard} = this.search
    const chain = probe.chain(at, this.failure.db, profile, most, beyond)
    const isOpen = chain.stop === 'edge' && (chain.links.length > 0 || chain.openBits >= LONG_BITS)
    if (!isOpen || this.longTrials-- <= 0) return chain
    rewind(at)
    r.resume()
    r.db = this.failure.db
    r.c.gatherMost = standard.greedy ? Number.POSITIVE_INFINITY : TRIAL_GATHER
    const long = readChain(r, profile, most, beyond, true)
    r.c.gatherMost = Number.POSITIVE_INFINITY
    rewind(probe.end)
    return long
  }
}

/** How many of the first links look like the rest of a collection in which reading failed. */
function countElements(links: readonly Link[]): number {
  const other = links.findIndex(
    ({opcode, structured, expires, likeElement}) =>
      opcode !== 0 || structured || expires || likeElement < CLEARLY_KEY,
  )
  return other < 0 ? links.length : other
}

/** How many of the first links are plain strings, or lists and the like. */
function countBare(links: readonly Link[]): number {
  const other = links.findIndex(
    ({opcode, structured, expires}) => opcode !== 0 || structured || expires,
  )
  return other < 0 ? links.length : other
}

/** A database is selected, with sizes that may be its, but what follows is damaged. */
function noteSelect({links}: Chain, selects: Link[]): void {
  const [select, resize] = links
  if (select?.opcode !== RdbOpcode.SELECTDB || resize?.opcode !== RdbOpcode.RESIZEDB) return
  if (select.bits > 0 && resize.bits > 0) selects.push(select)
}

/** The last bytes of the input look like the end of an RDB. */
function endsWell({probe, r}: Search): boolean {
  return r.version >= 5 && probe.byte(probe.end - 9) === RdbOpcode.EOF
}
