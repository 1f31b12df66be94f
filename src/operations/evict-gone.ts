/** The second reading of `evict`: which types and prefixes go. */
import type {Candidates, Gone} from '../engine/eviction/candidates.ts'
import {PrefixTree} from '../engine/statistics/prefix-tree.ts'
import type {Entry, EntrySink} from '../formats/entry.ts'
import type {EvictedType, EvictReport} from './evict-reports.ts'
import {shownTree} from './report-tree.ts'

const COLON = 0x3a
const PREFIXES = 200

export class GoneSink implements EntrySink {
  private readonly candidates: Candidates
  private readonly gone: Gone
  private readonly types = new Map<string, EvictedType>()
  private readonly tree = new PrefixTree(Uint8Array.of(COLON))
  private place = 0
  private withoutTtl = 0
  private memory = 0

  constructor(candidates: Candidates, gone: Gone) {
    this.candidates = candidates
    this.gone = gone
  }

  library(): void {}

  entry(entry: Entry): void {
    const place = this.place++
    const {logical, expiresAtMs, memory, keyStart, keyEnd} = entry
    const bytes = this.candidates.memory(place)
    const goes = this.gone.has(place)
    if (goes) {
      this.tree.add(memory, keyStart, keyEnd, bytes, 0, expiresAtMs !== null)
      this.memory += bytes
      if (expiresAtMs === null) this.withoutTtl++
    }
    if (!entry.skipValue()) return
    const type = this.type(logical)
    type.keys++
    type.memory += bytes
    if (!goes) return
    type.evicted++
    type.evictedMemory += bytes
  }

  tell(report: EvictReport, prefixes = PREFIXES): void {
    const {gone, memory, withoutTtl} = this
    report.evicted = {keys: gone.count, memory, withoutTtl}
    report.types = [...this.types.values()].sort((a, b) => (a.type < b.type ? -1 : 1))
    report.prefixes = shownTree(this.tree.root(), prefixes).root
  }

  private type(name: string): EvictedType {
    const known = this.types.get(name)
    if (known !== undefined) return known
    const made = {type: name, keys: 0, memory: 0, evicted: 0, evictedMemory: 0}
    this.types.set(name, made)
    return made
  }
}
