import type {Totals} from '../engine/digest/dataset-digest.ts'
import {HASH_WORDS} from '../engine/digest/hash-memory.ts'
import type {Host} from '../io/host.ts'
import type {ChosenEntries} from './chosen-entries.ts'
import {unlike} from './convert-proof.ts'
import {digestOf, libraryTotals, readBack, type Shape, wantedTotals} from './full-proof.ts'
import type {SplitPart} from './split-reports.ts'

/** Parts are read back whole. What their digests add up to has to be the source's; libraries are in every part, and count once. */
export class SplitProof {
  private readonly host: Host
  private readonly chosen: ChosenEntries
  private readonly shape: Shape
  private readonly parts: readonly SplitPart[]
  private readonly totals: Totals[] = []

  constructor(host: Host, chosen: ChosenEntries, shape: Shape, parts: readonly SplitPart[]) {
    this.host = host
    this.chosen = chosen
    this.shape = shape
    this.parts = parts
  }

  /** A part was written to `path`, so many entries. @throws RespiteError `UNLIKE`. */
  part(path: string, index: number, entries: number): void {
    const back = readBack(this.host, path, this.shape)
    if (back.entries !== entries) throw unlike(path, `${back.entries} keys instead of ${entries}`)
    this.parts[index].digest = back.digest
    this.totals.push(back.totals)
  }

  /**
   * All parts were read. Returns the digest of what was split; null where the source cannot be read again to compare it.
   * @throws RespiteError `UNLIKE`.
   */
  finish(output: string, libraries: readonly Uint8Array[]): string | null {
    const {chosen, shape, totals} = this
    const {memory, repeatable} = chosen.source
    if (!repeatable) return null
    const source = wantedTotals(memory, shape, (sink) => chosen.read(sink))
    const library = libraryTotals(memory, libraries)
    const again = totals.slice(1).map(() => negated(library))
    const sum = digestOf(memory, [...totals, ...again])
    const wanted = digestOf(memory, [source])
    if (sum !== wanted)
      throw unlike(output, `the parts add up to digest ${sum} instead of ${wanted}`)
    return wanted
  }
}

/** What takes these totals out of a sum. */
function negated(totals: Totals): Totals {
  return new Map(
    [...totals].map(([db, words]) => [
      db,
      Uint32Array.from({length: HASH_WORDS}, (_, i) => -words[i]),
    ]),
  )
}
