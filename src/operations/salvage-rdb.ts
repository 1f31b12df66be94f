/** Salvage of one RDB, wherever it comes from: a file, the preamble of a log, the base of a set. */
import type {Sink} from '../formats/bytes/sink.ts'
import {KeyHashes} from './key-hashes.ts'
import type {SalvageReport} from './reports.ts'
import {entryKey, keyBefore, keyBehind, removeDuplicates} from './salvage-keys.ts'
import {lossOf} from './salvage-loss.ts'
import {removeOdd} from './salvage-odd.ts'
import {intactPart, type Part} from './salvage-partial.ts'
import {planSalvage, type SalvageGap, type SalvagePlan, type SalvageSource} from './salvage-plan.ts'
import {writeSalvage} from './salvage-write.ts'
import {SummedSink} from './summed-sink.ts'

export interface SalvageRdbOptions {
  greedy?: boolean
  partial?: boolean
  duplicates?: 'first' | 'last'
  maxMemory?: number
  /** Told now and then how many keys were found. */
  progress?: (keys: number) => void
}

export interface RdbSalvage {
  plan: SalvagePlan
  parts: readonly Part[]
  report: SalvageReport
}

const MAX_MEMORY = 0x4000000
const MOST_GAPS = 1000

/**
 * Read an RDB and say what of it can be kept. `writeRdb` writes that. An input of zero bytes has nothing to keep.
 * @throws FormatError `RDB_MAGIC`, `RDB_VERSION`, `UNSUPPORTED`, `TRUNCATED` when not even the header can be read.
 */
export function salvageRdb(source: SalvageSource, options: SalvageRdbOptions): RdbSalvage {
  const hashes = new KeyHashes(source.cursor.kernel.module, options.maxMemory ?? MAX_MEMORY)
  const plan = planSalvage(source, options.greedy === true, hashes, options.progress)
  if (options.greedy !== true) removeOdd(source, plan)
  const {offset} = plan.end
  source.rewind(offset)
  const trailingBytes = source.size < 0 ? 0 : source.size - offset
  const isLog = trailingBytes > 0 && !source.cursor.atEnd() && isText(source)
  const duplicates = removeDuplicates(source, plan, hashes, options.duplicates === 'last')
  const parts = options.partial ? collectParts(source, plan) : []
  const gaps = plan.gaps.slice(0, MOST_GAPS).map((gap) => gapReport(source, plan, gap, parts))
  const bytesLost = plan.gaps.reduce((sum, {start, end}) => sum + end - start, 0)
  const isLossy = plan.gaps.some(({start, end}) => end > start) || duplicates.length > 0 || isLog
  const {version, dialect, producer, databases, functions, keysBehindDamage, end} = plan
  const report: SalvageReport = {
    schema: 'respite.salvage/1',
    input: '',
    output: null,
    outputBytes: null,
    wrapped: [],
    bytes: Math.max(source.size, offset),
    rdbVersion: version,
    dialect: dialect === 'valkey' ? 'valkey' : 'redis',
    producer,
    checksum: end.checksum,
    verdict: verdictOf(plan, isLossy),
    keys: plan.keys,
    keysBehindDamage,
    databases,
    lost: lossOf(plan, parts),
    functions,
    bytesLost,
    gaps,
    gapCount: plan.gaps.length,
    partial: parts.length,
    duplicates,
    trailingBytes,
  }
  return {plan, parts, report}
}

/** Write what `salvageRdb` found worth keeping. */
export function writeRdb({plan, parts}: RdbSalvage, source: SalvageSource, sink: Sink): void {
  writeSalvage(plan, parts, source, new SummedSink(sink, source.cursor))
}

function isText({cursor}: SalvageSource): boolean {
  const byte = cursor.memory[cursor.next]
  return byte === 0x2a || byte === 0x23
}

function verdictOf({keys, end}: SalvagePlan, isLossy: boolean): SalvageReport['verdict'] {
  if (keys === 0 && isLossy) return 'nothing'
  if (isLossy) return 'salvaged'
  return end.checksum === 'wrong' || end.checksum === 'missing' ? 'checksum' : 'sound'
}

/** The intact parts of damaged collections, counted as the keys that they are. */
function collectParts(source: SalvageSource, plan: SalvagePlan): Part[] {
  const parts: Part[] = []
  for (const gap of plan.gaps) {
    const part = intactPart(source, plan, gap)
    if (part === null) continue
    parts.push(part)
    plan.databases[part.db] ??= {keys: 0, expires: 0, types: {}}
    const counts = plan.databases[part.db]
    counts.keys++
    if (part.expires) counts.expires++
    counts.types[part.logical] = (counts.types[part.logical] ?? 0) + 1
    plan.keys++
  }
  return parts
}

function gapReport(
  source: SalvageSource,
  plan: SalvagePlan,
  gap: SalvageGap,
  parts: readonly Part[],
): SalvageReport['gaps'][number] {
  const {start, end, error, isInside, isCut, logical, db} = gap
  const part = parts.find(({at}) => at === start)
  const inValue = isInside && logical !== null
  const own = inValue ? entryKey(source, plan, start, db) : null
  return {
    offset: start,
    bytes: end - start,
    code: error.code,
    message: error.message,
    kind: inValue ? 'value' : isInside ? 'record' : isCut ? 'cut' : 'gap',
    db: own?.db ?? db,
    key: own?.key ?? null,
    type: logical ?? part?.logical ?? null,
    elementsKept: part?.kept ?? null,
    elementsLost: part && part.claimed >= part.kept ? part.claimed - part.kept : null,
    before: keyBefore(source, plan, start),
    after: keyBehind(source, plan, end),
    databaseUnsure: gap.databaseUnsure,
    attributesUnsure: gap.attributesUnsure,
    file: null,
  }
}
