/** The digest of everything, and on the way what the rules of `verify` ask for: sizes of values, beginnings of keys. */
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import {reportBytes} from './report-builder.ts'
import type {Bytes} from './reports.ts'
import type {VerifyRules} from './verify-rules.ts'

type Memory = Uint8Array

const KEY_SHOWN = 1024

/** How many keys break a rule, and one of them. */
export interface Offenders {
  count: number
  db: number | null
  key: Bytes | null
  /** The most bytes that a value has, offending or not. */
  largest: number
}

export const NO_OFFENDERS: Readonly<Offenders> = {count: 0, db: null, key: null, largest: 0}

/** What several parts of a dataset have, together: of those that break a rule the largest is named. */
export function mergeOffenders(parts: readonly (Offenders | null)[]): Offenders | null {
  const found = parts.filter((part) => part !== null)
  if (found.length === 0) return null
  const [{db, key, largest}] = found.toSorted(
    (a, b) => Number(b.count > 0) - Number(a.count > 0) || b.largest - a.largest,
  )
  return {count: found.reduce((sum, {count}) => sum + count, 0), db, key, largest}
}

export class MeasuredDigest extends FullDigest {
  readonly large: Offenders = {...NO_OFFENDERS}
  readonly forbidden: Offenders = {...NO_OFFENDERS}
  private readonly area: HashMemory
  private readonly maxBytes: number
  private readonly prefixes: Uint8Array[]
  private bytes = 0
  private db = 0
  private readonly keyBytes = new Uint8Array(KEY_SHOWN)
  private keyLength = 0

  constructor(area: HashMemory, {maxValueBytes, forbiddenPrefixes = []}: VerifyRules) {
    super(area)
    this.area = area
    this.maxBytes = maxValueBytes ?? Number.POSITIVE_INFINITY
    const encoder = new TextEncoder()
    this.prefixes = forbiddenPrefixes.map((prefix) => encoder.encode(prefix))
  }

  override beginEntry(
    db: number,
    logical: LogicalType,
    keyStart: number,
    keyEnd: number,
    expiresAtMs: number | null,
  ): void {
    super.beginEntry(db, logical, keyStart, keyEnd, expiresAtMs)
    const {memory} = this.area
    this.bytes = 0
    this.db = db
    // Kept: while a long value goes by, the key need not stay where it is.
    this.keyLength = Math.min(keyEnd - keyStart, KEY_SHOWN)
    for (let i = 0; i < this.keyLength; i++) this.keyBytes[i] = memory[keyStart + i]
    for (const prefix of this.prefixes) {
      if (!startsWith(memory, keyStart, keyEnd, prefix)) continue
      this.offend(this.forbidden)
      break
    }
  }

  override endEntry(): void {
    super.endEntry()
    const {large, bytes} = this
    if (bytes > this.maxBytes) {
      if (bytes > large.largest) large.key = null
      this.offend(large)
    }
    if (bytes > large.largest) large.largest = bytes
  }

  override piece(memory: Memory, start: number, end: number): void {
    this.bytes += end - start
    super.piece(memory, start, end)
  }

  override member(memory: Memory, start: number, end: number): void {
    this.bytes += end - start
    super.member(memory, start, end)
  }

  override score(score: number): void {
    this.bytes += 8
    super.score(score)
  }

  override field(memory: Memory, start: number, end: number): void {
    this.bytes += end - start
    super.field(memory, start, end)
  }

  override value(memory: Memory, start: number, end: number): void {
    this.bytes += end - start
    super.value(memory, start, end)
  }

  override entry(memory: Memory, idStart: number): void {
    this.bytes += 16
    super.entry(memory, idStart)
  }

  private offend(rule: Offenders): void {
    rule.count++
    if (rule.key !== null) return
    rule.key = reportBytes(this.keyBytes.slice(0, this.keyLength))
    rule.db = this.db
  }
}

function startsWith(memory: Memory, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (memory[start + i] !== prefix[i]) return false
  return true
}
