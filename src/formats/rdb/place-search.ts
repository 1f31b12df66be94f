/** Looking for the place behind damage from which records are believed. */
import {type Chain, type Link, LONG_CHAIN, readChain} from './chain.ts'
import {elementsOf} from './elements.ts'
import {holdsRecords} from './inner.ts'
import {believedFrom} from './judge.ts'
import {PROBE_SIZE} from './probe.ts'
import type {Failure, Search} from './scan-damage.ts'
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
/** Files of which fewer keys are known are judged by those behind a place too: so many of them. */
const YOUNG = 64
const LEARNED = 64
/** So many places per damage are, if so many records follow. */
const COMPARISONS = 256
const COMPARABLE = 3
/** So far behind it they are none of those that are judged. */
const BEHIND = 2
/** What has so much of its own holds no other records. */
const CLEAR_BITS = 40
/** What has so much more than an element would is no field. */
const CLEAR_FIELD = 40
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

/** Behind the beginning of the first record that is doubted. */
function lookFrom(links: readonly Link[], failedAt: number): number {
  const first = links[Math.max(0, links.length - DOUBTED)]
  return first === undefined ? failedAt : first.start + 1
}

export class PlaceSearch {
  /** What could not be read are fields with expiries: so may be what looks like strings in front of them. */
  failsAtFields = false
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
  private comparisons = COMPARISONS
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
    this.failsAtFields = this.mayBeFields && probe.hasFields(this.failure.failedAt, FIELDS)
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
    const index = this.believed(chain, skipped, at, beyond)
    if (index >= 0 && !this.holdsOthers(chain.links[index])) return chain.links[index].start
    for (const {start} of chain.links) if (start < beyond) this.known.add(start)
    noteSelect(chain, this.selects)
    return Number.POSITIVE_INFINITY
  }

  private believed(chain: Chain, skipped: number, at: number, beyond: number): number {
    const {profile, standard} = this.search
    const places = at - this.from
    const index = believedFrom(chain, skipped, places, beyond, standard)
    if (standard.greedy || this.comparisons === 0) return index
    if (index >= 0 && profile.entries >= YOUNG) return index
    if (chain.links.length < skipped + COMPARABLE || !this.compare(chain, skipped)) return index
    return believedFrom(chain, skipped, places, beyond, standard)
  }

  /** Hold the records of a chain from the index `first` on against what stands behind them: there they are true. */
  private compare({links}: Chain, first: number): boolean {
    const {probe, profile} = this.search
    const behind = this.behindRow(links, first)
    if (behind < 0 || links[0].start < probe.start) return false
    this.comparisons--
    const taught = profile.copy()
    probe.teach(taught, behind, LEARNED)
    const again = probe.chain(links[0].start, 0, taught, links.length, 0).links
    for (const [i, link] of links.entries()) {
      if (again[i] === undefined) break
      link.ownBits = again[i].ownBits
      link.keyBits = again[i].keyBits
      link.bits = Math.max(link.bits, again[i].bits)
    }
    return true
  }

  /** Where to learn from. A row of what may be elements, or nodes of a list, would only confirm itself; -1 when it does not end. */
  private behindRow(links: readonly Link[], first: number): number {
    const {probe, profile} = this.search
    const near = links[Math.min(first + BEHIND, links.length - 1)].end
    if (near > probe.end) return -1
    const {links: row, stop} = probe.chain(links[first].start, 0, profile, LONG_CHAIN, 0)
    // What has something that those have not, and is no piece of anything either.
    const ends = row.findIndex((link) => countBare([link]) === 0 && link.ownBits >= 0)
    if (ends >= 0) return Math.max(near, row[ends].end)
    const isLong = row.length >= LONG_ROW || stop === 'end'
    return profile.entries < YOUNG && isLong && !row.some(({isBinary}) => isBinary) ? near : -1
  }

  /** A key or an element that was read too long holds true records. */
  private holdsOthers({opcode, typeAt, end, ownBits}: Link): boolean {
    const {probe, profile, standard} = this.search
    if (standard.greedy || opcode !== 0 || ownBits >= CLEAR_BITS) return false
    return holdsRecords(probe, profile, typeAt, end)
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
    if (!this.mayBeFields) return like
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

  /** In hashes whose fields have expiries, those without one look exactly like strings. */
  private get mayBeFields(): boolean {
    const {dialect, version} = this.search.r
    return dialect === 'redis' && version >= FIELD_EXPIRY_VERSION
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

/** The links without the last ones, where those may be fields. */
export function withoutFields(links: readonly Link[]): Link[] {
  const isSure = (link: Link) => countBare([link]) === 0 || link.ownBits >= CLEAR_FIELD
  return links.slice(0, links.findLastIndex(isSure) + 1)
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
