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

/** More databases than this become one group: a file can name any number of them. */
const MOST_DATABASES = 256
const ALL = -1

/** By database, type and encoding. Types by their places in LOGICAL_TYPES, encodings in ENCODINGS. */
export class KeyGroups {
  private readonly kinds: (KeyGroup | undefined)[] = []
  private readonly databases = new Map<number, KeyGroup>()
  private lastDb = ALL
  private lastGroup: KeyGroup | null = null

  add(facts: KeyFacts): void {
    const {type, encoding, db} = facts
    const kind = type * 16 + encoding
    this.kindAt(kind).add(facts)
    if (db !== this.lastDb || this.lastGroup === null) {
      this.lastGroup = this.database(db)
      this.lastDb = db
    }
    this.lastGroup.add(facts)
  }

  total(): KeyGroup {
    const total = new KeyGroup()
    for (const group of this.kinds) if (group) total.merge(group)
    return total
  }

  /** Of each type, with its encodings, in the order of the types. */
  types(): {type: number; group: KeyGroup; encodings: {encoding: number; group: KeyGroup}[]}[] {
    const types: ReturnType<KeyGroups['types']> = []
    for (let type = 0; type * 16 < this.kinds.length; type++) {
      const group = new KeyGroup()
      const encodings: {encoding: number; group: KeyGroup}[] = []
      for (let encoding = 0; encoding < 16; encoding++) {
        const each = this.kinds[type * 16 + encoding]
        if (each === undefined) continue
        group.merge(each)
        encodings.push({encoding, group: each})
      }
      if (encodings.length > 0) types.push({type, group, encodings})
    }
    return types
  }

  /** In the order of their numbers; null is all of them, where there are too many. */
  byDatabase(): {db: number | null; group: KeyGroup}[] {
    return [...this.databases]
      .sort(([a], [b]) => a - b)
      .map(([db, group]) => ({db: db === ALL ? null : db, group}))
  }

  state(): {kinds: [number, GroupState][]; databases: [number, GroupState][]} {
    const kinds: [number, GroupState][] = []
    this.kinds.forEach((group, kind) => {
      if (group) kinds.push([kind, group.state()])
    })
    const databases = [...this.databases]
      .sort(([a], [b]) => a - b)
      .map(([db, group]): [number, GroupState] => [db, group.state()])
    return {kinds, databases}
  }

  addState({kinds, databases}: ReturnType<KeyGroups['state']>): void {
    for (const [kind, state] of kinds) this.kindAt(kind).addState(state)
    for (const [db, state] of databases) {
      if (db === ALL) this.foldDatabases()
      this.database(db).addState(state)
    }
    this.lastGroup = null
  }

  private kindAt(kind: number): KeyGroup {
    return (this.kinds[kind] ??= new KeyGroup())
  }

  private database(db: number): KeyGroup {
    const {databases} = this
    const known = databases.get(ALL) ?? databases.get(db)
    if (known !== undefined) return known
    const group = new KeyGroup()
    databases.set(db, group)
    return databases.size > MOST_DATABASES ? this.foldDatabases() : group
  }

  private foldDatabases(): KeyGroup {
    const all = new KeyGroup()
    for (const group of this.databases.values()) all.merge(group)
    this.databases.clear()
    this.databases.set(ALL, all)
    return all
  }
}
