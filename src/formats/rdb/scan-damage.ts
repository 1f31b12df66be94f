/** What a scan does where reading failed: look for the place to go on from, and decide how much before it to believe. */
import {FormatError} from '../errors.ts'
import {type Chain, entryLink, type Link, readChain, recordLink} from './chain.ts'
import {type Elements, elementsOf} from './elements.ts'
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
/** So many places per damage are tried in the input itself, because their values reach beyond the look. */
const LONG_TRIALS = 64
const LONG_BITS = 20
/** A key that is so many bits less likely an element is none. */
const CLEARLY_KEY = -4

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
export function relink({r, rewind, profile}: Search, held: readonly Held[], failedAt: number): Link[] {
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
        if (links.at(-1)!.fault === null) profile.learn(r)
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
  const place = new PlaceSearch(search, links, failure)
  const found = place.find()
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
  /** From these places reading is known to fail. */
  private readonly known: Set<number>
  private readonly elements: Elements | null
  private elementsLeft: number
  private readonly skipped = new Set<number>()
  private longTrials = LONG_TRIALS

  constructor(search: Search, links: readonly Link[], failure: Failure) {
    this.search = search
    this.failure = failure
    const {failedAt} = failure
    this.from = lookFrom(links, failedAt)
    this.known = new Set([failedAt, ...links.map(({start}) => start)])
    const {r, rewind, profile} = search
    rewind(failedAt)
    r.resume()
    this.elements = elementsOf(r)
    this.elementsLeft = this.elements?.left ?? 0
    profile.elements = this.elements?.histogram ?? null
  }

  /** The offset from which records are believed, null when there is none. */
  find(): number | null {
    const {probe, r, rewind} = this.search
    let size = FIRST_LOOK
    rewind(this.from)
    probe.load(r.c, size)
    for (let at = this.from; ; at++) {
      const to = probe.reachesEnd ? probe.end : probe.end - size / 4
      at = probe.seek(at, to)
      if (at < to) {
        const found = this.known.has(at) ? null : this.judge(at)
        if (found !== null) return found
        continue
      }
      if (probe.reachesEnd) return null
      size = Math.min(PROBE_SIZE, size * 4)
      probe.advance(at, r.c, size)
      at--
    }
  }

  private judge(at: number): number | null {
    const {stoppedAt} = this.failure
    const beyond = at < stoppedAt ? stoppedAt : 0
    const chain = this.chain(at, beyond)
    const skipped = this.skipElements(chain)
    const index = believedFrom(chain, skipped, at - this.from, beyond, this.search.standard)
    if (index >= 0) return chain.links[index].start
    if (beyond > 0) for (const {start} of chain.links) this.known.add(start)
    noteSelect(chain, this.selects)
    return null
  }

  private chain(at: number, beyond: number): Chain {
    const {probe, profile, r, rewind} = this.search
    const chain = probe.chain(at, this.failure.db, profile, CHAIN, beyond)
    const isOpen = chain.stop === 'edge' && (chain.links.length > 0 || chain.openBits >= LONG_BITS)
    if (!isOpen || this.longTrials-- <= 0) return chain
    rewind(at)
    r.resume()
    r.db = this.failure.db
    const long = readChain(r, profile, CHAIN, beyond, true)
    rewind(probe.end)
    return long
  }

  /** How many of the first links look like the rest of the collection in which reading failed. */
  private skipElements({links}: Chain): number {
    if (this.elements === null) return 0
    for (let i = 0; i < links.length; i++) {
      const {opcode, structured, expires, likeElement, start} = links[i]
      if (opcode !== 0 || structured || expires || likeElement < CLEARLY_KEY) return i
      if (this.skipped.has(start)) continue
      if (this.elementsLeft === 0) return i
      this.elementsLeft--
      this.skipped.add(start)
    }
    return links.length
  }
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
