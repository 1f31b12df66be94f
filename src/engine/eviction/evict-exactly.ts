/** Eviction by a policy as it is meant: what asks most goes first, of equal ones what stands first in the input. */
import {type Candidates, Gone} from './candidates.ts'

/** Until `toFree` bytes are free, or nothing is left that may go. Returns what is gone and how many bytes that frees. */
export function evictExactly(candidates: Candidates, toFree: number): {gone: Gone; freed: number} {
  const {rank} = candidates
  const places = candidates.places().sort((a, b) => rank[b] - rank[a] || a - b)
  const gone = new Gone(candidates.count)
  let freed = 0
  for (let i = 0; i < places.length && freed < toFree; i++) {
    gone.add(places[i])
    freed += candidates.memory(places[i])
  }
  return {gone, freed}
}
