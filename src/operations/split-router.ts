/** Which part an entry goes to. */
import {Exit, RespiteError} from '../errors.ts'
import type {Entry} from '../formats/entry.ts'
import {Glob} from '../formats/glob.ts'
import {loadSlotOfSpan, SLOTS, type SlotOfSpan} from '../net/key-slot.ts'
import {MOST_PARTS, type SlotNode} from './split-slots.ts'

export interface Router {
  /** Of all parts that are known, by their numbers. More come to light while entries go by, unless `isFixed`. */
  readonly parts: readonly SlotNode[]
  readonly isFixed: boolean
  /** The number of the entry's part. @throws RespiteError where it has none. */
  partOf(entry: Entry): number
}

/** Keys by name of their part. */
export interface NamedGlob {
  name: string
  glob: string
}

/** Where keys go that nothing else takes. */
export const REST = 'rest'

/** `anyDatabase`: the nodes of the cluster have more than database 0. */
export async function slotRouter(
  parts: readonly SlotNode[],
  anyDatabase: boolean,
): Promise<Router> {
  return new SlotRouter(parts, anyDatabase, await loadSlotOfSpan())
}

class SlotRouter implements Router {
  readonly parts: readonly SlotNode[]
  readonly isFixed = true
  private readonly owners = new Int16Array(SLOTS).fill(-1)
  private readonly anyDatabase: boolean
  private readonly slotOf: SlotOfSpan

  constructor(parts: readonly SlotNode[], anyDatabase: boolean, slotOf: SlotOfSpan) {
    this.parts = parts
    this.anyDatabase = anyDatabase
    this.slotOf = slotOf
    for (const [i, {slots}] of parts.entries()) {
      for (const [first, last] of slots) this.owners.fill(i, first, last + 1)
    }
  }

  partOf({db, memory, keyStart, keyEnd}: Entry): number {
    if (db !== 0 && !this.anyDatabase) throw otherDatabase(db)
    const slot = this.slotOf(memory, keyStart, keyEnd)
    const owner = this.owners[slot]
    if (owner < 0) throw nobodys(slot)
    return owner
  }
}

function otherDatabase(db: number): RespiteError {
  const message = `a key is in database ${db}: the nodes of a cluster have database 0 only, before Valkey 9`
  const next = `Leave it out with --db 0, put it elsewhere with --rename-db ${db}=0, or split --for valkey-9.0.`
  return new RespiteError(Exit.UNSUPPORTED, 'CLUSTER_DATABASE', message, next)
}

function nobodys(slot: number): RespiteError {
  const message = `a key is in slot ${slot}, which no part has`
  const next = 'Give every slot to a part, or leave keys out with --slot.'
  return new RespiteError(Exit.USAGE, 'SLOT_OF_NOBODY', message, next)
}

/** The first pattern that fits decides. `fixed`: there will be a rest, needed or not. */
export function globRouter(named: readonly NamedGlob[], fixed: boolean): Router {
  const encoder = new TextEncoder()
  const globs = named.map(({glob}) => new Glob(encoder.encode(glob)))
  const parts = named.map(({name}) => part(name))
  if (fixed) parts.push(part(REST))
  return {
    parts,
    isFixed: fixed,
    partOf({memory, keyStart, keyEnd}) {
      for (let i = 0; i < globs.length; i++)
        if (globs[i].matches(memory, keyStart, keyEnd)) return i
      if (parts.length === globs.length) parts.push(part(REST))
      return globs.length
    },
  }
}

export function databaseRouter(): Router {
  return growing(
    ({db}) => db,
    (db) => `db-${db}`,
  )
}

export function typeRouter(): Router {
  return growing(
    ({logical}) => logical,
    (type) => `type-${type}`,
  )
}

function growing<K>(keyOf: (entry: Entry) => K, nameOf: (key: K) => string): Router {
  const parts: SlotNode[] = []
  const numbers = new Map<K, number>()
  return {
    parts,
    isFixed: false,
    partOf(entry) {
      const key = keyOf(entry)
      const known = numbers.get(key)
      if (known !== undefined) return known
      numbers.set(key, add(parts, nameOf(key)))
      return parts.length - 1
    },
  }
}

/** By what stands before the first separator, which is not empty; keys without one are the rest. */
export function prefixRouter(separator: string, mostParts: number): Router {
  return new PrefixRouter(new TextEncoder().encode(separator), mostParts)
}

class PrefixRouter implements Router {
  readonly parts: SlotNode[] = []
  readonly isFixed = false
  private readonly separator: Uint8Array
  private readonly mostParts: number
  private rest = -1
  private readonly prefixes: Uint8Array[] = []
  /** Part of each prefix, which come first. */
  private readonly partOfPrefix: number[] = []
  private readonly byHash = new Map<number, number[]>()

  constructor(separator: Uint8Array, mostParts: number) {
    this.separator = separator
    this.mostParts = mostParts
  }

  partOf({memory, keyStart, keyEnd}: Entry): number {
    const end = this.prefixEnd(memory, keyStart, keyEnd)
    if (end < 0) {
      if (this.rest < 0) this.rest = add(this.parts, REST, this.mostParts)
      return this.rest
    }
    let hash = 0x811c9dc5
    for (let at = keyStart; at < end; at++) hash = Math.imul(hash ^ memory[at], 0x01000193)
    const known = this.byHash.get(hash)
    if (known !== undefined) {
      for (const i of known)
        if (isSame(this.prefixes[i], memory, keyStart, end)) return this.partOfPrefix[i]
    }
    const prefix = memory.slice(keyStart, end)
    this.partOfPrefix.push(
      add(this.parts, `prefix-${fileName(prefix, this.parts.length)}`, this.mostParts),
    )
    this.prefixes.push(prefix)
    this.byHash.set(hash, [...(known ?? []), this.prefixes.length - 1])
    return this.parts.length - 1
  }

  private prefixEnd(memory: Uint8Array, start: number, end: number): number {
    const {separator} = this
    for (let at = start; at + separator.length <= end; at++) {
      if (isSame(separator, memory, at, at + separator.length)) return at
    }
    return -1
  }
}

function isSame(bytes: Uint8Array, memory: Uint8Array, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== memory[start + i]) return false
  return true
}

const part = (name: string): SlotNode => ({name, slots: [], node: null})

function add(parts: SlotNode[], name: string, most = MOST_PARTS): number {
  if (parts.length >= most) {
    const message = `there are more than ${most} parts, such as ${parts[0].name} and ${name}`
    const next = 'Select fewer keys, choose another --separator, or allow more with --max-parts.'
    throw new RespiteError(Exit.LIMIT, 'TOO_MANY_PARTS', message, next)
  }
  return parts.push(part(name)) - 1
}

const NAME_BYTES = 60

/** Bytes as part of a file name, different for different bytes also where case does not count: a long one ends with its number. */
function fileName(bytes: Uint8Array, number: number): string {
  const safe = Array.from(bytes.subarray(0, NAME_BYTES), (byte) => {
    const letter = String.fromCharCode(byte)
    return /[a-z0-9_.-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`
  }).join('')
  return bytes.length <= NAME_BYTES ? safe : `${safe}~${number}`
}
