/**
 * The second reading: what the keys that differ hold. Values of A are kept until those of B go by; as many at a time as fit, so
 * that the inputs are read again where there is more.
 */
import type {Entry} from '../formats/entry.ts'
import {TeeVisitor} from '../formats/rdb/tee-visitor.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import {ElementVisitor} from './diff-elements.ts'
import type {DiffEmitter, ValueDifference} from './diff-emit.ts'
import {type ChangedKey, type Joined, TTL_DIFFERS, VALUE_DIFFERS} from './diff-join.ts'
import type {View} from './diff-options.ts'
import type {DiffPatch} from './diff-patch.ts'
import type {ElementDifference, KeyDifference} from './diff-reports.ts'
import type {DiffSide} from './diff-side.ts'
import {Comparison, compareLists, KeptValue, type TakeElement} from './diff-values.ts'
import {viewOf} from './diff-view.ts'
import {reportBytes} from './report-builder.ts'
import type {ShortValue} from './reports.ts'
import {keyOf} from './select.ts'
import {ShortEntry} from './short-value.ts'

export interface ListRules {
  view: View
  /** Compare values element by element. */
  elements: boolean
  /** For values of A. */
  maxBytes: number
}

/** What is known of a key's value in A. */
interface Before {
  short: ShortValue
  /** Null where elements are not compared; overflown where there are too many. */
  kept: KeptValue | null
}

/** The keys that are dealt with in one reading. */
interface Batch {
  /** By index among the changed keys. */
  readonly before: Map<number, Before>
  readonly members: Uint8Array
  bytes: number
  /** In the order of A: from here on it is the next batch's. */
  end: number
}

export class DiffLister {
  private readonly a: DiffSide
  private readonly b: DiffSide
  private readonly rules: ListRules
  private readonly emitter: DiffEmitter
  private readonly patch: DiffPatch | null

  constructor(
    a: DiffSide,
    b: DiffSide,
    rules: ListRules,
    emitter: DiffEmitter,
    patch: DiffPatch | null,
  ) {
    this.a = a
    this.b = b
    this.rules = rules
    this.emitter = emitter
    this.patch = patch
  }

  /** @throws Unreadable */
  list(joined: Joined): void {
    const {changed} = joined
    const order = changed.orderInA()
    for (let from = 0; from === 0 || from < changed.count; ) {
      if (!this.wanted) return
      const batch = this.readA(joined, order, from)
      this.readB(joined, batch, from === 0)
      if (batch.end === 0) return
      from = batch.end
    }
  }

  private get wanted(): boolean {
    return this.patch !== null || this.emitter.open
  }

  /** Removed keys come with the first batch. */
  private readA({removed, changed}: Joined, order: Uint32Array, from: number): Batch {
    const {length: count} = order
    const batch: Batch = {
      before: new Map(),
      members: new Uint8Array(changed.count),
      bytes: 0,
      end: count,
    }
    let at = from
    const isOpen = () => at < batch.end && this.wanted
    const skipFree = () => {
      // Whose expiry alone differs needs nothing of A.
      while (isOpen() && (changed.at(order[at]).how & VALUE_DIFFERS) === 0) {
        batch.members[order[at++]] = 1
      }
      return isOpen() ? changed.at(order[at]).a : Number.POSITIVE_INFINITY
    }
    const nextRemoved = (ordinal: number) =>
      from === 0 && this.wanted ? removed.next(ordinal) : Number.POSITIVE_INFINITY
    const next = (ordinal: number) => Math.min(nextRemoved(ordinal), skipFree())
    if (next(0) === Number.POSITIVE_INFINITY) return batch
    this.b.release()
    this.a.readOnly(next, (entry, ordinal) => {
      if (ordinal !== skipFree()) return this.removedEntry(entry)
      const before = this.valueOfA(entry, batch)
      if (before === null) {
        batch.end = at
        return
      }
      batch.members[order[at]] = 1
      batch.before.set(order[at++], before)
    })
    skipFree()
    return batch
  }

  private removedEntry(entry: Entry): void {
    const short = this.shown(entry)
    this.patch?.remove(entry)
    const counts = entry.readValue(short)
    if (counts) this.emitter.key('removed', entry, ['value'], short.result, null)
  }

  /** Null when it does not fit any more: its batch is full. */
  private valueOfA(entry: Entry, batch: Batch): Before | null {
    const {rules, patch} = this
    const short = this.shown(entry)
    const {logical} = entry
    const compares = logical !== 'string' && (rules.elements || patch?.byElements(logical))
    const kept = compares ? new KeptValue(rules.maxBytes - batch.bytes) : null
    const visitors: ValueVisitor[] = [short]
    if (kept) visitors.push(viewOf(new ElementVisitor(kept), rules.view))
    const before = patch?.before(entry)
    if (before) visitors.push(before)
    entry.readValue(all(visitors))
    if (kept?.overflown && batch.before.size > 0) return null
    // One that is larger than all there is will not be taken apart.
    batch.bytes += kept?.overflown ? 0 : (kept?.bytes ?? 0)
    return {short: short.result, kept}
  }

  private readB({added, changed}: Joined, batch: Batch, first: boolean): void {
    let at = 0
    const {count} = changed
    const nextChanged = () => {
      while (at < count && batch.members[at] === 0) at++
      return at < count && this.wanted ? changed.at(at).b : Number.POSITIVE_INFINITY
    }
    const nextAdded = (ordinal: number) =>
      first && this.wanted ? added.next(ordinal) : Number.POSITIVE_INFINITY
    const next = (ordinal: number) => Math.min(nextAdded(ordinal), nextChanged())
    if (next(0) === Number.POSITIVE_INFINITY) return
    this.a.release()
    this.patch?.begin(this.b.open().memory)
    this.b.readOnly(next, (entry, ordinal) => {
      if (ordinal !== nextChanged()) return this.addedEntry(entry)
      const index = at++
      this.changedEntry(entry, changed.at(index), batch.before.get(index))
      batch.before.delete(index)
    })
    this.patch?.end()
  }

  private addedEntry(entry: Entry): void {
    const short = this.shown(entry)
    const whole = this.patch?.whole(entry, false)
    const counts = entry.readValue(all(whole ? [short, whole] : [short]))
    if (!counts) return
    this.patch?.endWhole()
    this.emitter.key('added', entry, ['value'], null, short.result)
  }

  private changedEntry(entry: Entry, {how, aExpiresAtMs}: ChangedKey, before?: Before): void {
    const short = this.shown(entry)
    const what: KeyDifference['what'] = []
    if (how & VALUE_DIFFERS) what.push('value')
    if (how & TTL_DIFFERS) what.push('ttl')
    if (before === undefined) {
      this.patch?.expire(entry, aExpiresAtMs)
      entry.readValue(short)
      const a = {...short.result, expiresAtMs: aExpiresAtMs}
      return this.emitter.key('changed', entry, what, a, short.result)
    }
    const value = this.compare(entry, before, short)
    this.emitter.key('changed', entry, what, before.short, short.result, value)
  }

  /** Null where the elements do not compare. */
  private compare(entry: Entry, {short, kept}: Before, shown: ShortEntry): ValueDifference | null {
    const {rules, patch, emitter} = this
    const {logical, db} = entry
    const key = reportBytes(keyOf(entry))
    const listed: ElementDifference[] = []
    const same = kept !== null && !kept.overflown && short.type === logical
    const byElements = same && patch?.byElements(logical) === true
    const take: TakeElement = (change, name, a, b) => {
      if (byElements) patch.element(change, name, b)
      if (rules.elements && emitter.open && listed.length < emitter.limits.elements) {
        listed.push(emitter.element(change, db, key, name, a, b))
      }
    }
    const list = logical === 'list' ? new KeptValue(rules.maxBytes) : null
    const comparison = same && list === null ? new Comparison(kept, take) : null
    const visitors: ValueVisitor[] = [shown]
    const taker = same ? (list ?? comparison) : null
    if (taker) visitors.push(viewOf(new ElementVisitor(taker), rules.view))
    const write = byElements ? patch.elements(entry) : patch?.whole(entry, true)
    if (write) visitors.push(write)
    entry.readValue(all(visitors))
    comparison?.finish()
    const compared = same && !list?.overflown
    const counts = compared && list ? compareLists(kept, list, take) : (comparison?.counts ?? null)
    if (byElements) patch.endElements(entry, short.expiresAtMs)
    else patch?.endWhole()
    return counts && rules.elements ? {counts, listed} : null
  }

  private shown(entry: Entry): ShortEntry {
    return new ShortEntry(entry, this.emitter.limits.maxArg)
  }
}

function all([first, ...others]: readonly ValueVisitor[]): ValueVisitor {
  return others.reduce((to, and) => new TeeVisitor(to, and), first)
}
