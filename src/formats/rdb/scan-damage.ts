/** What a scan does where reading failed: look for the place to go on from, and decide how much before it to believe. */
import {FormatError} from '../errors.ts'
import {entryLink, type Link, recordLink} from './chain.ts'
import type {Profile} from './evidence.ts'
import {believedUpTo, type Standard} from './judge.ts'
import {PlaceSearch, withoutFields} from './place-search.ts'
import type {Probe} from './probe.ts'
import {type RdbReader, RdbRecord} from './reader.ts'
import type {Held} from './scan.ts'
import {RdbOpcode} from './types.ts'

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
  /** It was selected among the lost bytes. */
  isSelected: boolean
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
      r.dropAttributes()
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
  const believed = isCut ? before : before.slice(0, believedUpTo(before, search.standard))
  const mayEndInFields = place.failsAtFields && !isCut && !search.standard.greedy
  const kept = mayEndInFields ? withoutFields(believed) : believed
  const start = kept.at(-1)?.end ?? links[0]?.start ?? failedAt
  const end = found ?? search.probe.end
  const lastDb = kept.at(-1)?.db ?? db
  const select = place.selects.filter((each) => each.start >= start && each.db > lastDb).at(-1)
  const isSelected = select !== undefined
  return {kept, start, end, db: select?.db ?? lastDb, isSelected, found: found !== null, isCut}
}

/** The last bytes of the input look like the end of an RDB. */
function endsWell({probe, r}: Search): boolean {
  return r.version >= 5 && probe.byte(probe.end - 9) === RdbOpcode.EOF
}
