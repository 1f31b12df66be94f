/**
 * Which keys are in more than one input, and which entry of each is kept. Hashes of all keys, 8 bytes each, say which keys may be;
 * these are then looked up in the inputs, so many at a time, and their bytes compared.
 */

import {addressOf} from '../engine/digest/hash-memory.ts'
import type {EntrySink, RunSink} from '../formats/entry.ts'
import {REG_HASH, REGISTERS} from '../formats/kernel/layout.ts'
import {ClashTable} from './clash-table.ts'
import {KeyHashes} from './key-hashes.ts'
import type {NamedItems} from './merge-items.ts'
import type {MergeConflict, MergeConflicts, OnConflict} from './merge-reports.ts'
import type {MergeSource} from './merge-sources.ts'
import {type Age, ageOf, compareAges} from './newest.ts'
import {reportBytes} from './report-builder.ts'

const EXAMPLES = 10
const KEY_SHOWN = 1024
/** Repeated hashes that are looked up at a time, at least. */
const LOOKUPS = 0x40000
const GROUPS = 256

/** The entry of a key that is kept so far. */
interface Kept {
  input: number
  ordinal: number
  age: Age
  example: MergeConflict | null
  isConflict: boolean
}

export class Clashes {
  private readonly sources: readonly MergeSource[]
  private readonly rule: OnConflict
  private readonly found: MergeConflicts

  constructor(sources: readonly MergeSource[], rule: OnConflict, found: MergeConflicts) {
    this.sources = sources
    this.rule = rule
    this.found = found
  }

  /** Read all inputs: find the keys, mark the losers. `items` gets what has a name besides. @throws as `DatasetSource.read`. */
  find(module: WebAssembly.Module, maxMemory: number, items: NamedItems): void {
    const hashes = new KeyHashes(module, maxMemory)
    this.hashAll(hashes, items)
    const keys = this.sources.reduce((sum, each) => sum + each.keys, 0)
    // A group of hashes is looked up as a whole.
    const limit = Math.max(LOOKUPS, Math.ceil((keys / GROUPS) * 2))
    for (;;) {
      for (let group: number | null = 0; group !== null; ) {
        const {found, next}: ReturnType<KeyHashes['repeatedFrom']> = hashes.repeatedFrom(
          group,
          limit,
        )
        if (found.size > 0) this.lookUp(found)
        group = next
      }
      if (!hashes.nextPass()) return
      this.hashAll(hashes, null)
    }
  }

  /** The one of two inputs whose library or module data is kept. */
  chooseInput(earlier: number, later: number): number {
    if (this.rule !== 'newest') return this.rule === 'first' ? earlier : later
    const age = ({source: {toldTimeMs}}: MergeSource): Age => {
      const savedAtMs = toldTimeMs ?? Number.NaN
      return {usedAtMs: Number.NaN, frequency: Number.NaN, savedAtMs}
    }
    return this.isNewer(age(this.sources[earlier]), age(this.sources[later])) ? earlier : later
  }

  private hashAll(hashes: KeyHashes, items: NamedItems | null): void {
    for (const each of this.sources) {
      const {memory} = each.source
      let keys = 0
      const runs: RunSink = {
        types: 0xffffffff,
        attributes: true,
        hashes,
        write() {},
        done: (_db, tally) => void (keys += tally.entries),
      }
      const sink: EntrySink = {
        library() {},
        ...items?.sinkOf(each.index),
        runs,
        entry(entry) {
          // An empty collection is no key: loaders leave it out.
          if (!entry.skipValue()) return
          keys++
          const {db, keyStart, keyEnd} = entry
          const at = addressOf(memory, entry.memory, keyStart, keyEnd)
          memory.kernel.hash(at, at + keyEnd - keyStart, db)
          hashes.add(memory.memory, REGISTERS + REG_HASH, 1)
        },
      }
      each.readAll(sink)
      each.keys = keys
    }
  }

  private lookUp(hashes: ReadonlySet<bigint>): void {
    const table = new ClashTable<Kept>(hashes)
    for (const each of this.sources) {
      const {memory, toldTimeMs} = each.source
      let ordinal = 0
      each.readAll({
        library() {},
        entry: (entry) => {
          const at = ordinal++
          if (!entry.skipValue()) return
          const first = (): Kept => ({
            ...{input: each.index, ordinal: at, age: ageOf(entry, toldTimeMs)},
            ...{example: null, isConflict: false},
          })
          const holder = table.meet(memory, entry, first)
          if (holder === undefined) return
          holder.value = this.settle(holder.value, first(), holder.db, holder.key)
        },
      })
    }
  }

  /** Two entries of a key: one loses. Returns the other. */
  private settle(earlier: Kept, later: Kept, db: number, key: Uint8Array): Kept {
    const {found, rule} = this
    if (!earlier.isConflict) {
      found.keys++
      if (found.examples.length < EXAMPLES) {
        const name = reportBytes(key.slice(0, KEY_SHOWN))
        earlier.example = {what: 'key', db, name, inputs: [earlier.input], winner: null}
        found.examples.push(earlier.example)
      }
    }
    earlier.isConflict = true
    earlier.example?.inputs.push(later.input)
    if (rule === 'fail') return earlier
    const staysEarlier = rule === 'newest' ? this.isNewer(earlier.age, later.age) : rule === 'first'
    const [winner, loser] = staysEarlier ? [earlier, later] : [later, earlier]
    this.sources[loser.input].lose(loser.ordinal)
    if (earlier.example) earlier.example.winner = winner.input
    return Object.assign(winner, {example: earlier.example, isConflict: true})
  }

  /** Whether the earlier one is. Of what is as old, the later one is kept. */
  private isNewer(earlier: Age, later: Age): boolean {
    const {found} = this
    const compared = compareAges(earlier, later)
    if (compared === null) {
      found.undecided++
      return false
    }
    found.comparedBy[compared.basis]++
    return compared.order > 0
  }
}

/** Libraries and modules' data that inputs have in different ways, to the report. */
export function noteItems(items: NamedItems, rule: OnConflict, found: MergeConflicts): void {
  for (const {what, name, inputs, winner} of items.conflicts()) {
    if (what === 'function') found.functions++
    else found.modules++
    if (found.examples.length >= EXAMPLES) continue
    found.examples.push({what, db: 0, name, inputs, winner: rule === 'fail' ? null : winner})
  }
}
