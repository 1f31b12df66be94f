/** Differences on their way out: lines of JSON, many at a time. */
import type {Entry} from '../formats/entry.ts'
import type {Host} from '../io/host.ts'
import {unpackElement} from './diff-elements.ts'
import type {
  Change,
  ChangeCounts,
  Difference,
  ElementDifference,
  KeyDifference,
} from './diff-reports.ts'
import {reportBytes} from './report-builder.ts'
import type {Bytes, ShortValue} from './reports.ts'
import {keyOf} from './select.ts'

const CHUNK_CHARS = 0x40000

export interface ListLimits {
  /** Keys that are listed; 0 for none. */
  keys: number
  /** Elements of one key. */
  elements: number
  /** Bytes of a value. */
  maxArg: number
}

/** What differs between the values of one key. Null where their elements were not compared. */
export interface ValueDifference {
  counts: ChangeCounts
  listed: ElementDifference[]
}

export class DiffEmitter {
  /** Keys that were listed. */
  listed = 0
  readonly limits: ListLimits
  private readonly host: Host
  private lines: string[] = []
  private chars = 0

  constructor(host: Host, limits: ListLimits) {
    this.host = host
    this.limits = limits
  }

  /** Is there room for another key? */
  get open(): boolean {
    return this.listed < this.limits.keys
  }

  key(
    change: Change,
    entry: Entry,
    what: KeyDifference['what'],
    a: ShortValue | null,
    b: ShortValue | null,
    value: ValueDifference | null = null,
  ): void {
    if (!this.open) return
    this.listed++
    const key = reportBytes(keyOf(entry))
    const {counts: elements = null, listed = []} = value ?? {}
    this.put({
      type: 'key',
      change,
      db: entry.db,
      key,
      what,
      a,
      b,
      elements,
      listed: listed.length,
    })
    for (const element of listed) this.put(element)
  }

  library(change: Change, name: string): void {
    if (this.limits.keys > 0) this.put({type: 'function', change, library: name})
  }

  /** A record of an element, cut to what is shown. */
  element(
    change: Change,
    db: number,
    key: Bytes,
    name: string,
    a: string | null,
    b: string | null,
  ): ElementDifference {
    const before = a === null ? null : unpackElement(name, a)
    const after = b === null ? null : unpackElement(name, b)
    const known = (before ?? after)!
    const all = [...known.name, ...(before?.items ?? []), ...(after?.items ?? [])]
    const shown = (items: string[] | undefined) => items?.map((item) => this.shown(item)) ?? null
    return {
      type: 'element',
      change,
      db,
      key,
      part: known.part,
      name: shown(known.name)!,
      a: shown(before?.items),
      b: shown(after?.items),
      aExpiresAtMs: before?.expiresAtMs ?? null,
      bExpiresAtMs: after?.expiresAtMs ?? null,
      cut: all.some((item) => item.length > this.limits.maxArg),
    }
  }

  flush(): void {
    if (this.lines.length === 0) return
    this.host.emit(new TextEncoder().encode(this.lines.join('')))
    this.lines = []
    this.chars = 0
  }

  private put(difference: Difference): void {
    const line = `${JSON.stringify(difference)}\n`
    this.lines.push(line)
    this.chars += line.length
    if (this.chars >= CHUNK_CHARS) this.flush()
  }

  private shown(item: string): Bytes {
    return reportBytes(Uint8Array.from(Buffer.from(item.slice(0, this.limits.maxArg), 'latin1')))
  }
}
