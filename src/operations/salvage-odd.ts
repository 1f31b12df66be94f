/** Entries in a damaged file that look like pieces of something else: where reading went on by chance, a number reads as a key. */
import {FormatError} from '../formats/errors.ts'
import {without} from './salvage-keys.ts'
import type {SalvagePlan} from './salvage-plan.ts'

/** A file with more of such keys than this, and than one in so many, has them by nature. */
const USUAL = 4
const USUAL_SHARE = 100

/** Take them out of the plan of a file that is known to be damaged. */
export function removeOdd(plan: SalvagePlan): void {
  const {end, gaps, keys} = plan
  if (end.checksum === 'right') return
  // What a cut left was not changed.
  const isDamaged = end.checksum === 'wrong' || gaps.some(({isCut}) => !isCut)
  // Attributes of nothing are damage by themselves.
  const odd = isDamaged ? plan.odd : plan.odd.filter(({logical}) => logical === null)
  if (odd.length === 0 || odd.length > Math.max(USUAL, keys / USUAL_SHARE)) return
  for (const {offset: start, bytes, db, logical, expires} of odd) {
    const counts = plan.databases[db]
    if (expires) counts.expires--
    if (logical !== null) {
      counts.types[logical]--
      counts.keys--
      plan.keys--
    }
    const error = oddError(start, logical === null)
    const place = {start, end: start + bytes, db, error, logical: null, entryAt: null}
    gaps.push({
      ...place,
      isInside: true,
      isCut: false,
      databaseUnsure: false,
      attributesUnsure: false,
    })
  }
  gaps.sort((a, b) => a.start - b.start)
  plan.pieces = without(plan.pieces, odd)
}

const oddError = (offset: number, dangling: boolean): FormatError =>
  dangling
    ? new FormatError('RDB_OPCODE', offset, 'attributes of a key that does not follow')
    : new FormatError('RDB_NUL', offset, 'no key of this file: pieces of other records look so')
