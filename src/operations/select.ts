/** Which entries of a source are wanted: the flags of every command that reads keys. */
import type {Entry, EntrySink} from '../formats/entry.ts'
import {Glob} from '../formats/glob.ts'
import {LOGICAL_TYPES, type LogicalType} from '../formats/rdb/types.ts'
import {loadSlotOfSpan} from '../net/key-slot.ts'
import type {DatasetSource} from './dataset.ts'
import {keyHash, sampleLimit} from './sample.ts'
import {SizeVisitor} from './value-size.ts'

/** All that is given has to hold. Plain data. */
export interface Selection {
  /** Patterns of KEYS: one of them has to match. */
  match?: readonly string[]
  /** A regular expression that the key, read as UTF-8, has to match somewhere. */
  regex?: string
  types?: readonly LogicalType[]
  dbs?: readonly number[]
  /** Ranges of cluster slots, both ends included. */
  slots?: readonly (readonly [first: number, last: number])[]
  /** Only keys whose expiry has passed, or only the others. */
  expired?: boolean
  /** What "passed" counts from, in ms; by default when the data was saved. */
  nowMs?: number
  /** Bytes that the elements of the value have at least. */
  minSize?: number
  /** So many of the keys that the rest selects, chosen by their hashes: the same ones every time. */
  sample?: number
  /** A bit for each entry of the source in turn: those that are set. */
  bits?: Uint8Array
}

/** Says of each entry in turn whether it is wanted. */
export interface Selector {
  /** A source is about to be read from its beginning. */
  restart(): void
  wants(entry: Entry): boolean
}

/** What keys can be selected of. */
export type Selectable = Pick<DatasetSource, 'read' | 'createdAtMs'>

type Test = (entry: Entry) => boolean

export const isSelective = (selection: Selection): boolean =>
  Object.values(selection).some((value) => value !== undefined)

/** Reads the source once where sizes or a sample are asked for. @throws as `source.read`. */
export async function selectorFor(source: Selectable, selection: Selection): Promise<Selector> {
  const {minSize, sample, bits} = selection
  let selector = testing(await testsOf(source, selection))
  // Whoever made them has chosen already.
  if (bits !== undefined) return inBits(bits)
  if (minSize !== undefined) selector = ordinals(source, selector, minSize)
  if (sample === undefined) return selector
  return upTo(selector, sampleLimit(source, selector, sample))
}

/** The same selectors for two sources: of both, the keys that a sample of the smaller one reaches. */
export async function selectorsFor(
  sources: readonly [Selectable, Selectable],
  {sample, ...selection}: Selection,
): Promise<[Selector, Selector]> {
  const [a, b] = sources
  const selectors = [await selectorFor(a, selection), await selectorFor(b, selection)] as const
  if (sample === undefined) return [...selectors]
  const limits = sources.map((source, i) => sampleLimit(source, selectors[i], sample))
  const limit = Math.min(...limits.filter((each) => each >= 0))
  return [upTo(selectors[0], limit), upTo(selectors[1], limit)]
}

const upTo = (selector: Selector, limit: number): Selector => ({
  restart: () => selector.restart(),
  wants: (entry) => selector.wants(entry) && keyHash(entry) <= limit,
})

async function testsOf(source: Selectable, selection: Selection): Promise<Test[]> {
  const {match, regex, types, dbs, slots, expired, nowMs} = selection
  const tests: Test[] = []
  if (dbs) tests.push(({db}) => dbs.includes(db))
  if (types) tests.push(({logical}) => types.includes(logical))
  if (expired !== undefined) {
    tests.push(({expiresAtMs}) => isExpired(expiresAtMs, nowMs ?? source.createdAtMs) === expired)
  }
  if (match) {
    const encoder = new TextEncoder()
    const globs = match.map((pattern) => new Glob(encoder.encode(pattern)))
    tests.push(({memory, keyStart, keyEnd}) =>
      globs.some((glob) => glob.matches(memory, keyStart, keyEnd)),
    )
  }
  if (regex !== undefined) {
    const pattern = new RegExp(regex, 'u')
    const decoder = new TextDecoder()
    tests.push((entry) => pattern.test(decoder.decode(keyOf(entry))))
  }
  if (slots) {
    const slotOf = await loadSlotOfSpan()
    tests.push(({memory, keyStart, keyEnd}) => {
      const slot = slotOf(memory, keyStart, keyEnd)
      return slots.some(([first, last]) => slot >= first && slot <= last)
    })
  }
  return tests
}

/** A copy of the key. */
export function keyOf({memory, keyStart, keyEnd}: Entry): Uint8Array {
  return memory.slice(keyStart, keyEnd)
}

const isExpired = (expiresAtMs: number | null, nowMs: number): boolean =>
  expiresAtMs !== null && expiresAtMs <= nowMs

const testing = (tests: readonly Test[]): Selector => ({
  restart() {},
  wants: (entry) => tests.every((test) => test(entry)),
})

/** The size of a value is known only when it has been read: a first reading notes whose is large enough. */
function ordinals(source: Selectable, selector: Selector, minSize: number): Selector {
  let bits = new Uint8Array(1024)
  let ordinal = 0
  const size = new SizeVisitor()
  selector.restart()
  source.read({
    library() {},
    entry(entry) {
      const at = ordinal++
      if (at >> 3 >= bits.length) {
        const more = new Uint8Array(bits.length * 2)
        more.set(bits)
        bits = more
      }
      if (!selector.wants(entry)) entry.skipValue()
      else if (entry.readValue(size) && size.bytes >= minSize) bits[at >> 3] |= 1 << (at & 7)
    },
  })
  return inBits(bits)
}

/** Entries whose bits are set, in the order of the source. */
function inBits(bits: Uint8Array): Selector {
  let ordinal = 0
  return {
    restart() {
      ordinal = 0
    },
    wants() {
      const at = ordinal++
      return ((bits[at >> 3] >> (at & 7)) & 1) === 1
    },
  }
}

/** Passes on what is wanted, and steps over the rest. */
export class SelectingSink implements EntrySink {
  /** Entries that were not wanted. */
  skipped = 0
  private readonly sink: EntrySink
  private readonly selector: Selector
  private db = -1

  constructor(sink: EntrySink, selector: Selector) {
    this.sink = sink
    this.selector = selector
    selector.restart()
  }

  header(header: Parameters<NonNullable<EntrySink['header']>>[0]): void {
    this.sink.header?.(header)
  }

  record(...args: Parameters<NonNullable<EntrySink['record']>>): void {
    this.sink.record?.(...args)
  }

  library(code: Uint8Array): void {
    this.sink.library(code)
  }

  entry(entry: Entry): void {
    if (!this.selector.wants(entry)) {
      this.skipped++
      entry.skipValue()
      return
    }
    if (entry.db !== this.db) {
      this.db = entry.db
      this.sink.database?.(entry.db)
    }
    this.sink.entry(entry)
  }
}

/** `hash,zset`; null where one is none. */
export function parseTypes(text: string): LogicalType[] | null {
  const names = text.split(',').map((name) => (name === 'sorted-set' ? 'zset' : name))
  const known: readonly string[] = LOGICAL_TYPES
  return names.every((name) => known.includes(name)) ? (names as LogicalType[]) : null
}

/** `0-5460,7000`; null where it is no list of ranges up to `most`. */
export function parseRanges(text: string, most: number): [number, number][] | null {
  const ranges = text.split(',').map((part): [number, number] => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part)
    return match === null ? [1, 0] : [Number(match[1]), Number(match[2] ?? match[1])]
  })
  return ranges.every(([first, last]) => first <= last && last <= most) ? ranges : null
}
