/** How much of each tenth of the keys goes, in the order of the policy. */
import type {Candidates, Gone} from '../engine/eviction/candidates.ts'
import type {Measure} from '../engine/eviction/policies.ts'
import type {Decile} from './evict-reports.ts'

const TENTHS = 10
const FREQ_MOST = 255

/** The tenth that asks least first. Keys that ask as much are parted by their place. */
export function decilesOf(candidates: Candidates, gone: Gone, of: Measure): Decile[] {
  if (of === 'none') return []
  const {rank} = candidates
  const places = candidates.places().sort((a, b) => rank[a] - rank[b] || a - b)
  if (places.length < TENTHS) return []
  const measure = (place: number): number =>
    of === 'freq' ? FREQ_MOST - rank[place] : of === 'expiry' ? -rank[place] : rank[place]
  return Array.from({length: TENTHS}, (_, tenth) => {
    const first = Math.floor((places.length * tenth) / TENTHS)
    const end = Math.floor((places.length * (tenth + 1)) / TENTHS)
    let evicted = 0
    for (let i = first; i < end; i++) if (gone.has(places[i])) evicted++
    const [from, to] = [measure(places[first]), measure(places[end - 1])]
    return {from, to, keys: end - first, evicted}
  })
}
