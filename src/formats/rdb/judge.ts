/** Which chains of records found behind damage are believed, and from which of their records on. */
import {type Chain, type Link, LONG_CHAIN} from './chain.ts'
import {OWN_BITS} from './evidence.ts'

/**
 * A record at a given place that is none passes with a chance of two to the minus so many; at a place that was picked among
 * many it takes the logarithm of their number more.
 */
const SURE_BITS = 18
const GREEDY_BITS = 8
/** What stands alone may be the inside of a value: elements of a list look like keys. */
const ENTRIES_IN_A_ROW = 3
const ALONE_BITS = 45
/** What an entry has to have in its key alone, where a row of records begins with it. */
const KEY_BITS = 3
/** Together the keys of a row that lies where another reading went on have to have so many more than elements would. */
const CLAIM_BITS = 60
/** An end of file at the end of the input. */
const END_BITS = 24
/** Entries are worth more than so many bits where they were looked for; where reading came to them by itself, than so many. */
const USUAL_BITS = 16
const READ_BITS = 15
const LOSS_BITS = 10
/** What looks worst counts as little as this: behind it the rest shows whether it ended where it should. */
const WORST_BITS = -25
/** So close to damage the worth of each one counts. */
const NEAR = 8

export interface Standard {
  /** Take weaker evidence. */
  greedy: boolean
}

const sure = ({greedy}: Standard): number => (greedy ? GREEDY_BITS : SURE_BITS)

/**
 * The index of the first link to believe, -1 when the chain proves nothing. The first `skipped` are not considered. `places` is how
 * many places were looked at, `beyond` an offset that the chain has to reach past: where another reading of the same bytes ended
 * in damage.
 */
export function believedFrom(
  chain: Chain,
  skipped: number,
  places: number,
  beyond: number,
  standard: Standard,
): number {
  const {links} = chain
  const least = sure(standard) + Math.log2(places + 2)
  const from = standard.greedy ? skipped : Math.max(skipped, changeAt(links))
  // Where one record is true, the next one begins where it should: only the first ones can be false.
  let bits = 0
  for (let i = from; i < links.length; i++) {
    bits += links[i].bits
    if (!standard.greedy && isWeak(links, i)) continue
    if (bits + nextBits(links, i) >= least) {
      return carries(chain, i, least, beyond, standard) ? i : -1
    }
  }
  return -1
}

/** An entry whose key says nothing for it is none to begin with, nor is what stands in front of it. */
function isWeak(links: readonly Link[], i: number): boolean {
  const first = links.slice(i).find(({opcode}) => opcode === 0)
  if (first === undefined) return false
  return first.ownBits < OWN_BITS || (first === links[i] && first.keyBits < KEY_BITS)
}

/** Behind the last links that together are worth less than true ones are. */
function changeAt(links: readonly Link[]): number {
  let sum = 0
  let highest = 0
  let at = 0
  for (let i = 0; i < Math.min(NEAR, links.length); i++) {
    if (links[i].opcode !== 0) continue
    sum += Math.max(0, links[i].bits) - USUAL_BITS
    highest = Math.max(highest, sum)
    if (highest - sum > LOSS_BITS || (at === i && sum < highest)) at = i + 1
  }
  return at
}

/** SELECTDB and the sizes behind it are worth something together with the entry that follows. */
function nextBits(links: readonly Link[], i: number): number {
  let bits = 0
  for (let at = i; at + 1 < links.length && links[at].opcode !== 0; at++) bits += links[at + 1].bits
  return links[i].bits < 0 ? 0 : bits
}

function carries(
  chain: Chain,
  from: number,
  least: number,
  beyond: number,
  standard: Standard,
): boolean {
  const links = chain.links.slice(from)
  const entries = links.filter(({opcode, fault}) => opcode === 0 && fault === null)
  const isEnd = chain.stop === 'end'
  const behind = links.filter(({start}) => start >= beyond).length
  // Another reading was right up to there: this one must go on where that one failed.
  if (beyond > links[0].start && behind < 2 && !isEnd) {
    return links.length >= LONG_CHAIN - NEAR || isManifold(links) || isOwn(entries, standard)
  }
  if (standard.greedy) return true
  const bits = entries.reduce((sum, link) => sum + Math.max(0, link.bits), isEnd ? END_BITS : 0)
  if (entries.length >= ENTRIES_IN_A_ROW || isEnd) return bits >= least + SURE_BITS / 2
  return entries.some(({bits, structured}) => structured && bits >= ALONE_BITS)
}

/** Keys like the file's, and no elements of what was read there first. */
function isOwn(entries: readonly Link[], {greedy}: Standard): boolean {
  const own = entries.filter(
    ({ownBits, likeElement}) => ownBits >= OWN_BITS && likeElement < -OWN_BITS,
  )
  const bits = own.reduce((sum, {ownBits}) => sum + ownBits, 0)
  return !greedy && own.length >= ENTRIES_IN_A_ROW && bits >= CLAIM_BITS
}

/** Not a row of one and the same, as elements of a collection are. */
function isManifold(links: readonly Link[]): boolean {
  const marked = links.filter(
    ({opcode, structured, expires, bits}) =>
      bits >= SURE_BITS && (opcode !== 0 || structured || expires),
  )
  return marked.length >= ENTRIES_IN_A_ROW
}

/**
 * How many of the links that end where damage was met are believed. The last ones may have been read out of damaged bytes; here
 * the place was not picked, so that the plain measure will do.
 */
export function believedUpTo(links: readonly Link[], {greedy}: Standard): number {
  if (greedy) return links.length
  // The last ones are false together, from the first false one on.
  let sum = 0
  let most = 0
  let count = Math.max(0, links.length - NEAR)
  for (let i = count; i < links.length; i++) {
    sum += links[i].opcode === 0 ? Math.max(WORST_BITS, links[i].bits) - READ_BITS : 0
    if (sum < most) continue
    most = sum
    count = i + 1
  }
  return count
}
