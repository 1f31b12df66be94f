/** How the keys of a database, of a type, of an encoding are distributed. */
import type {KeyFacts} from './key-facts.ts'
import {type Distribution, type HistogramState, LogHistogram} from './log-histogram.ts'

export interface GroupReport {
  keys: number
  /** Keys with an expiry. */
  expires: number
  elements: Distribution
  size: Distribution
  memory: Distribution
}

export type GroupState = [
  expires: number,
  elements: HistogramState,
  size: HistogramState,
  memory: HistogramState,
]

export class KeyGroup {
  expires = 0
  readonly elements = new LogHistogram()
  readonly size = new LogHistogram()
  readonly memory = new LogHistogram()

  get keys(): number {
    return this.memory.count
  }

  add({elements, size, memory, expiresAtMs}: KeyFacts): void {
    if (!Number.isNaN(expiresAtMs)) this.expires++
    this.elements.add(elements)
    this.size.add(size)
    this.memory.add(memory)
  }

  merge(other: KeyGroup): void {
    this.expires += other.expires
    this.elements.merge(other.elements)
    this.size.merge(other.size)
    this.memory.merge(other.memory)
  }

  report(): GroupReport {
    const {keys, expires, elements, size, memory} = this
    return {
      ...{keys, expires, elements: elements.distribution()},
      ...{size: size.distribution(), memory: memory.distribution()},
    }
  }

  state(): GroupState {
    return [this.expires, this.elements.state(), this.size.state(), this.memory.state()]
  }

  addState([expires, elements, size, memory]: GroupState): void {
    this.expires += expires
    this.elements.addState(elements)
    this.size.addState(size)
    this.memory.addState(memory)
  }
}

/** More databases than this become one: a file can name any number of them, and each has a group for every type and encoding. */
const MOST_DATABASES = 64
const ALL = -1

/** Groups of one database, by type x 16 + encoding. */
type Kinds = (KeyGroup | undefined)[]

/** By database, type and encoding. Types by their places in LOGICAL_TYPES, encodings in ENCODINGS. */
export class KeyGroups {
  private readonly databases = new Map<number, Kinds>()
  private lastDb = ALL
  private last: Kinds | null = null

  add(facts: KeyFacts): void {
    const {type, encoding, db} = facts
    if (db !== this.lastDb || this.last === null) {
      this.last = this.database(db)
      this.lastDb = db
    }
    const kind = type * 16 + encoding
    const group = (this.last[kind] ??= new KeyGroup())
    group.add(facts)
  }

  total(): KeyGroup {
    return sumOf([...this.databases.values()].flat())
  }

  /** Of each type, with its encodings, in the order of the types. */
  types(): {type: number; group: KeyGroup; encodings: {encoding: number; group: KeyGroup}[]}[] {
    const all = [...this.databases.values()]
    const kinds = new Set(all.flatMap((each) => [...each.keys()].filter((kind) => each[kind])))
    const types: ReturnType<KeyGroups['types']> = []
    for (const kind of [...kinds].sort((a, b) => a - b)) {
      const [type, encoding] = [kind >> 4, kind & 15]
      const group = sumOf(all.map((each) => each[kind]))
      const known = types.at(-1)
      if (known?.type === type) {
        known.encodings.push({encoding, group})
        known.group.merge(group)
      } else types.push({type, group: sumOf([group]), encodings: [{encoding, group}]})
    }
    return types
  }

  /** In the order of their numbers; null is all of them, where there are too many. */
  byDatabase(): {db: number | null; group: KeyGroup}[] {
    return [...this.databases]
      .sort(([a], [b]) => a - b)
      .map(([db, kinds]) => ({db: db === ALL ? null : db, group: sumOf(kinds)}))
  }

  state(): [db: number, kinds: [kind: number, GroupState][]][] {
    return [...this.databases]
      .sort(([a], [b]) => a - b)
      .map(([db, groups]) => {
        const kinds: [number, GroupState][] = []
        groups.forEach((group, kind) => {
          if (group) kinds.push([kind, group.state()])
        })
        return [db, kinds]
      })
  }

  addState(state: ReturnType<KeyGroups['state']>): void {
    for (const [db, kinds] of state) {
      if (db === ALL) this.foldDatabases()
      const groups = this.database(db)
      for (const [kind, group] of kinds) (groups[kind] ??= new KeyGroup()).addState(group)
    }
    this.last = null
  }

  private database(db: number): Kinds {
    const {databases} = this
    const known = databases.get(ALL) ?? databases.get(db)
    if (known !== undefined) return known
    const kinds: Kinds = []
    databases.set(db, kinds)
    return databases.size > MOST_DATABASES ? this.foldDatabases() : kinds
  }

  private foldDatabases(): Kinds {
    const all: Kinds = []
    for (const kinds of this.databases.values()) {
      kinds.forEach((group, kind) => {
        if (group) (all[kind] ??= new KeyGroup()).merge(group)
      })
    }
    this.databases.clear()
    this.databases.set(ALL, all)
    return all
  }
}

function sumOf(groups: readonly (KeyGroup | undefined)[]): KeyGroup {
  const sum = new KeyGroup()
  for (const group of groups) if (group) sum.merge(group)
  return sum
}
