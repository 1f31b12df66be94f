/** Entries in a damaged file that look like pieces of something else: where reading went on by chance, a number reads as a key. */
import {FormatError} from '../formats/errors.ts'
import type {Profile} from '../formats/rdb/evidence.ts'
import {BEHIND_SPAN, holdsRecords} from '../formats/rdb/inner.ts'
import {PROBE_SIZE, Probe} from '../formats/rdb/probe.ts'
import type {RdbReader} from '../formats/rdb/reader.ts'
import {readerAt, without} from './salvage-keys.ts'
import type {OddEntry, SalvagePlan, SalvageSource} from './salvage-plan.ts'

/** A file has more such keys than this by nature, whatever its size: damage makes a few of them, at each place a few. */
const USUAL = 16
const USUAL_PER_GAP = 4

/** Take them out of the plan of a file that is known to be damaged. */
export function removeOdd(source: SalvageSource, plan: SalvagePlan): void {
  const {end, gaps} = plan
  if (end.checksum === 'right') return
  // What a cut left was not changed.
  const isDamaged = end.checksum === 'wrong' || gaps.some(({isCut}) => !isCut)
  // Attributes of nothing are damage by themselves.
  const odd = isDamaged ? falseOnes(source, plan) : plan.odd.filter(({logical}) => logical === null)
  if (odd.length === 0) return
  for (const each of odd) {
    uncount(plan, each)
    const {offset: start, bytes, db, logical, isBeforeBare: attributesUnsure} = each
    const error = oddError(start, logical === null)
    const place = {start, end: start + bytes, db, error, logical: null, entryAt: null}
    gaps.push({...place, isInside: true, isCut: false, databaseUnsure: false, attributesUnsure})
  }
  gaps.sort((a, b) => a.start - b.start)
  plan.pieces = without(plan.pieces, odd)
}

function uncount(plan: SalvagePlan, {db, logical, expires}: OddEntry): void {
  const counts = plan.databases[db]
  if (expires) counts.expires--
  if (logical === null) return
  counts.types[logical]--
  counts.keys--
  plan.keys--
}

/** Those that are no entries: by their looks, by what they stand beside, or by what lies in them. */
function falseOnes(source: SalvageSource, plan: SalvagePlan): OddEntry[] {
  const {odd, gaps} = plan
  const usual = USUAL + USUAL_PER_GAP * gaps.length
  const isRare = odd.filter(({isOdd}) => isOdd).length <= usual
  const edges = odd.length <= usual ? edgesOf(plan) : new Set<number>()
  let inner: Inner | null = null
  return odd.filter((each) => {
    const {offset, bytes, isOdd, logical} = each
    if (logical === null || (isOdd && isRare)) return true
    if (edges.has(offset) || edges.has(-offset - bytes)) return true
    inner ??= new Inner(source, plan)
    return inner.isIn(each)
  })
}

/** Looks for records in entries. */
class Inner {
  private readonly source: SalvageSource
  private readonly profile: Profile
  private readonly r: RdbReader
  private readonly probe: Probe

  constructor(source: SalvageSource, plan: SalvagePlan) {
    this.source = source
    this.profile = plan.end.profile
    this.r = readerAt(source, plan, 0, 0)
    this.probe = new Probe(this.r, source.size)
  }

  isIn({offset, bytes}: OddEntry): boolean {
    const {source, profile, probe, r} = this
    if (bytes > PROBE_SIZE) return false
    source.rewind(offset)
    probe.load(r.c, Math.min(bytes + BEHIND_SPAN, PROBE_SIZE))
    return holdsRecords(probe, profile, offset, offset + bytes)
  }
}

/** Where damage, or another strange key, ends; negative where it begins. */
function edgesOf({odd, gaps}: SalvagePlan): Set<number> {
  const edges = new Set<number>()
  for (const {offset, bytes} of odd) edges.add(offset + bytes).add(-offset)
  for (const {start, end} of gaps) edges.add(end).add(-start)
  return edges
}

const oddError = (offset: number, dangling: boolean): FormatError =>
  dangling
    ? new FormatError('RDB_OPCODE', offset, 'attributes of a key that does not follow')
    : new FormatError('RDB_NUL', offset, 'no key of this file: pieces of other records look so')
