/**
 * All that `report` knows of the keys it has seen. States of parts add up to the state of the whole, whatever the order and the grouping:
 * everything in them is a sum of integers, the first few of an order, or folded by what the whole alone decides.
 */
import {Bands, FREQ_BOUNDS, IDLE_BOUNDS, TTL_BOUNDS} from '../engine/statistics/bands.ts'
import type {KeyFacts} from '../engine/statistics/key-facts.ts'
import {KeyGroups} from '../engine/statistics/key-groups.ts'
import {PrefixTree} from '../engine/statistics/prefix-tree.ts'
import {TightLimits} from '../engine/statistics/tight-limits.ts'
import {ValueCopies} from '../engine/statistics/value-copies.ts'
import {SLOTS} from '../net/key-slot.ts'
import {FirstKeys} from './key-order.ts'
import {bytesOfLatin1, latin1} from './latin1.ts'
import type {Compression, InputSummary} from './report-reports.ts'
import {packTree, unpackTree} from './report-tree.ts'

export interface StateSettings {
  /** Bytes that separate the parts of keys. */
  separators: readonly number[]
  top: number
  slots: boolean
  dedup: boolean
}

/** What keys can be the largest by. */
export const TOP_ORDERS = ['memory', 'elements', 'elementSize'] as const
export type TopOrder = (typeof TOP_ORDERS)[number]

/** A key that is among the largest: database, type, encoding, elements, size, memory, longest element, expiry (null without), key. */
export type TopRow = [number, number, number, number, number, number, number, number | null, string]

/** Of a longer key only the beginning is kept. */
const KEY_KEPT = 1024

export class ReportState {
  readonly settings: StateSettings
  readonly inputs: InputSummary[] = []
  /** Keys that were not wanted. */
  unselected = 0
  readonly groups = new KeyGroups()
  readonly tree: PrefixTree
  readonly ttl = new Bands(TTL_BOUNDS)
  readonly idle = new Bands(IDLE_BOUNDS)
  readonly freq = new Bands(FREQ_BOUNDS)
  readonly limits = new TightLimits()
  readonly copies: ValueCopies | null
  readonly compression: Compression = {strings: 0, compressed: 0, expanded: 0}
  /** Keys, then memory, of each slot. */
  readonly slots: Float64Array | null
  /** Strings of few bytes: how many, their memory, bytes of their keys and values. */
  readonly small = {keys: 0, memory: 0, payload: 0}
  /** Keys without expiry. */
  readonly lasting = {keys: 0, memory: 0}
  readonly top: Record<TopOrder, FirstKeys<TopRow>>
  /** When the data was what it is. */
  private nowMs = 0

  constructor(settings: StateSettings) {
    const {separators, top, slots, dedup} = settings
    this.settings = settings
    this.tree = new PrefixTree(Uint8Array.from(separators))
    this.copies = dedup ? new ValueCopies() : null
    this.slots = slots ? new Float64Array(SLOTS * 2) : null
    this.top = {
      memory: new FirstKeys(top),
      elements: new FirstKeys(top),
      elementSize: new FirstKeys(top),
    }
  }

  /** The keys that follow are of a snapshot of this time. */
  begin(nowMs: number): void {
    this.nowMs = nowMs
  }

  add(facts: KeyFacts): void {
    const {memory, expiresAtMs, bytes, keyStart, keyEnd, size, slot} = facts
    const expires = !Number.isNaN(expiresAtMs)
    this.groups.add(facts)
    this.tree.add(bytes, keyStart, keyEnd, memory, size, expires)
    if (expires) this.ttl.add((expiresAtMs - this.nowMs) / 1000, memory)
    else {
      this.lasting.keys++
      this.lasting.memory += memory
    }
    if (facts.idleSeconds >= 0) this.idle.add(facts.idleSeconds, memory)
    if (facts.freq >= 0) this.freq.add(facts.freq, memory)
    if (facts.saves > 0) this.limits.add(facts)
    if (this.slots !== null && slot >= 0) {
      this.slots[slot * 2]++
      this.slots[slot * 2 + 1] += memory
    }
    if (facts.type === 0 && facts.longest <= SMALL) this.addSmall(facts)
    this.addTop('memory', memory, facts)
    this.addTop('elements', facts.elements, facts)
    this.addTop('elementSize', facts.longest, facts)
  }

  state(): PartState {
    const {settings, inputs, compression, small, lasting, slots} = this
    return {
      settings,
      inputs: [...inputs].sort(byInput),
      unselected: this.unselected,
      groups: this.groups.state(),
      tree: packTree(this.tree.root()),
      ttl: this.ttl.state(),
      idle: this.idle.state(),
      freq: this.freq.state(),
      limits: this.limits.state(),
      copies: this.copies?.state() ?? null,
      ...{compression, small, lasting},
      slots: slots === null ? null : sparse(slots),
      top: TOP_ORDERS.map((order) => this.top[order].rows()),
    }
  }

  /** `state` is what another one gave, checked (report-part.ts). */
  addState(state: PartState): void {
    this.inputs.push(...state.inputs)
    this.unselected += state.unselected
    this.groups.addState(state.groups)
    this.tree.merge(unpackTree(state.tree))
    this.ttl.addState(state.ttl)
    this.idle.addState(state.idle)
    this.freq.addState(state.freq)
    this.limits.addState(state.limits)
    if (state.copies !== null) this.copies?.addState(state.copies)
    addAll(this.compression, state.compression)
    addAll(this.small, state.small)
    addAll(this.lasting, state.lasting)
    for (const [slot, value] of state.slots ?? []) if (this.slots) this.slots[slot] += value
    TOP_ORDERS.forEach((order, i) => {
      for (const row of state.top[i]) this.addRow(order, row)
    })
  }

  private addSmall({memory, longest, keyStart, keyEnd}: KeyFacts): void {
    this.small.keys++
    this.small.memory += memory
    this.small.payload += longest + keyEnd - keyStart
  }

  private addTop(order: TopOrder, value: number, facts: KeyFacts): void {
    const {bytes, keyStart, keyEnd} = facts
    const end = Math.min(keyEnd, keyStart + KEY_KEPT)
    if (!this.top[order].mayTakeKey(-value, bytes, keyStart, end)) return
    const {db, type, encoding, elements, size, memory, longest, expiresAtMs} = facts
    const key = bytes.slice(keyStart, end)
    const expiry = Number.isNaN(expiresAtMs) ? null : expiresAtMs
    const rest = [expiry, latin1(key)] as const
    const row: TopRow = [db, type, encoding, elements, size, memory, longest, ...rest]
    this.top[order].add({rank: -value, db, key, row})
  }

  private addRow(order: TopOrder, row: TopRow): void {
    const [db, , , elements, , memory, longest, , text] = row
    const value = {memory, elements, elementSize: longest}[order]
    this.top[order].add({rank: -value, db, key: bytesOfLatin1(text), row})
  }
}

/** Longest value of a small string. */
const SMALL = 32

export interface PartState {
  settings: StateSettings
  inputs: InputSummary[]
  unselected: number
  groups: ReturnType<KeyGroups['state']>
  tree: ReturnType<typeof packTree>
  ttl: [number[], number[]]
  idle: [number[], number[]]
  freq: [number[], number[]]
  limits: number[]
  copies: ReturnType<ValueCopies['state']> | null
  compression: Compression
  small: ReportState['small']
  lasting: ReportState['lasting']
  slots: [slot: number, value: number][] | null
  top: TopRow[][]
}

function sparse(column: Float64Array): [number, number][] {
  const pairs: [number, number][] = []
  column.forEach((value, at) => {
    if (value !== 0) pairs.push([at, value])
  })
  return pairs
}

function addAll<Sums extends object>(to: Sums, from: Sums): void {
  for (const name of Object.keys(to) as (keyof Sums)[]) {
    to[name] = ((to[name] as number) + (from[name] as number)) as Sums[keyof Sums]
  }
}

/** The same one twice comes in some order too. */
export function byInput(a: InputSummary, b: InputSummary): number {
  const [one, other] = [a, b].map((summary) => JSON.stringify([summary.input, summary]))
  return one < other ? -1 : one > other ? 1 : 0
}
