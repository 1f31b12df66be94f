/** What is left of a damaged collection: its elements up to the damage, as an entry of its own. */
import {FormatError} from '../formats/errors.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import {WRITABLE} from '../formats/rdb/features.ts'
import {IgnoringVisitor} from '../formats/rdb/ignoring.ts'
import {RdbRecord} from '../formats/rdb/reader.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'
import {RdbWriter} from '../formats/rdb/writer.ts'
import {readerAt} from './salvage-keys.ts'
import type {SalvageGap, SalvagePlan, SalvageSource} from './salvage-plan.ts'
import {type MadeEntry, targetOf} from './salvage-write.ts'

/** More elements than this are not held. */
const MOST_BYTES = 0x4000000
/** What a writer adds behind entries: EOF and the checksum. */
const FOOTER = 9

export interface Part extends MadeEntry {
  db: number
  logical: LogicalType
  expires: boolean
  kept: number
  /** Elements that the collection says it has; -1 when it does not say. */
  claimed: number
}

/** The intact part of the entry in a gap; null when there is none, or the file's version cannot be written. */
export function intactPart(source: SalvageSource, plan: SalvagePlan, gap: SalvageGap): Part | null {
  const target = targetOf(plan)
  if (gap.entryAt === null || !WRITABLE[target.dialect].includes(target.version)) return null
  const r = readerAt(source, plan, gap.entryAt, gap.db)
  r.givesDamaged = true
  const elements = new Collected()
  try {
    if (r.next() !== RdbRecord.ENTRY) return null
    r.readValue(elements)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    // Where the end is not known, what was read last may lie in the damage.
    if (!error.framed) elements.dropLast()
  }
  const kept = elements.count
  if (kept === 0 || !elements.isWhole) return null
  const {memory, pinStart, pinEnd} = r.c
  const {expiresAtMs, idleSeconds, freq, db, logical} = r
  const head = {memory, keyStart: pinStart, keyEnd: pinEnd, expiresAtMs, idleSeconds, freq}
  const pieces: Uint8Array[] = []
  const sink = {
    write: (from: Uint8Array, start: number, end: number) =>
      void pieces.push(from.slice(start, end)),
  }
  const writer = new RdbWriter(sink, createKernel(r.c.kernel.module), target)
  elements.give(writer.beginEntry(head))
  writer.finish()
  const whole = Buffer.concat(pieces)
  const bytes = new Uint8Array(whole.subarray(0, whole.length - FOOTER))
  const expires = expiresAtMs !== null
  return {bytes, at: gap.start, db, logical, expires, kept, claimed: elements.claimed}
}

interface Element {
  name: Uint8Array
  value: Uint8Array | null
  score: number | null
  expiresAtMs: number | null
}

/** Keeps members and fields; of a member whose score, or a field whose value is missing nothing is given on. */
class Collected extends IgnoringVisitor {
  claimed = -1
  isWhole = true
  private logical: LogicalType = 'string'
  private type = 0
  private readonly elements: Element[] = []
  private readonly names = new Set<string>()
  private bytes = 0

  get count(): number {
    return this.elements.filter((element) => this.isComplete(element)).length
  }

  override begin(logical: LogicalType, type: number, count: number): void {
    this.logical = logical
    this.type = type
    this.claimed = count
    this.isWhole = ['list', 'set', 'zset', 'hash'].includes(logical)
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    this.add(memory.slice(start, end))
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    this.add(memory.slice(start, end))
  }

  override score(score: number): void {
    const last = this.elements.at(-1)
    if (last) last.score = score
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    const last = this.elements.at(-1)
    if (last) last.value = memory.slice(start, end)
  }

  override fieldExpiry(expiresAtMs: number): void {
    const last = this.elements.at(-1)
    if (last) last.expiresAtMs = expiresAtMs
  }

  dropLast(): void {
    this.elements.pop()
  }

  give(visit: ValueVisitor): void {
    const elements = this.elements.filter((element) => this.isComplete(element))
    visit.begin(this.logical, this.type, elements.length)
    for (const {name, value, score, expiresAtMs} of elements) {
      if (this.logical === 'hash' && value) {
        visit.field(name, 0, name.length)
        visit.value(value, 0, value.length)
        if (expiresAtMs !== null) visit.fieldExpiry(expiresAtMs)
      } else {
        visit.member(name, 0, name.length)
        if (score !== null) visit.score(score)
      }
    }
    visit.end()
  }

  private add(name: Uint8Array): void {
    this.bytes += name.length + 64
    if (this.bytes > MOST_BYTES) this.isWhole = false
    if (!this.isWhole) return
    // An element that is there twice is what damage looks like, and servers refuse it.
    const text = this.logical === 'list' ? '' : Buffer.from(name).toString('latin1')
    if (this.logical !== 'list' && this.names.has(text)) return
    this.names.add(text)
    this.elements.push({name, value: null, score: null, expiresAtMs: null})
  }

  private isComplete({value, score}: Element): boolean {
    if (this.logical === 'hash') return value !== null
    return this.logical !== 'zset' || (score !== null && !Number.isNaN(score))
  }
}
