/** Records in the span of what reads as one: where a key or an element was read too long, true ones lie in it. */
import type {Link} from './chain.ts'
import {OWN_BITS, type Profile} from './evidence.ts'
import type {Probe} from './probe.ts'

/** So many records in a row are followed. */
const CHAIN = 64
/** So many places are tried. */
const PLACES = 4096
/** What they have to have together, more than elements of a value would, and the logarithm of the number of places. */
const SURE_BITS = 24
/** The same where they need not go on behind the span, and so many of them. */
const ROW_BITS = 60
const ROW = 3
/** So much behind the span is of use. */
export const BEHIND_SPAN = 0x10000

/**
 * Are there records behind `start` that run up to `end`, where the record at `start` ends too, or on over it, and are clearly of this
 * file? What is not in the probe is not looked at.
 */
export function holdsRecords(probe: Probe, profile: Profile, start: number, end: number): boolean {
  const least = SURE_BITS + Math.log2(end - start)
  return someChain(probe, profile, start, end, (links) => {
    const last = links.findIndex((link) => link.end >= end)
    return last >= 0 && ownBits(links.slice(0, last + 1)) >= least
  })
}

/** The same of a row of them that may end in the span. */
export function holdsRow(probe: Probe, profile: Profile, start: number, end: number): boolean {
  return someChain(probe, profile, start, end, (links) => {
    const own = links.filter((link) => link.start < end && link.ownBits >= OWN_BITS)
    return own.length >= ROW && ownBits(own) >= ROW_BITS
  })
}

const ownBits = (links: readonly Link[]): number =>
  links.reduce((sum, link) => sum + link.ownBits, 0)

function someChain(
  probe: Probe,
  profile: Profile,
  start: number,
  end: number,
  isClear: (links: readonly Link[]) => boolean,
): boolean {
  if (end > probe.end) return false
  let places = PLACES
  for (let at = probe.seek(start + 1, end); at < end; at = probe.seek(at + 1, end)) {
    if (places-- === 0) return false
    const {links} = probe.chain(at, 0, profile, CHAIN, 0)
    if (links.length > 0 && links[0].ownBits >= OWN_BITS && isClear(links)) return true
  }
  return false
}
