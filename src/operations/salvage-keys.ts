/** Reading single keys of what `salvage` keeps: the ones next to damage, and those that are there twice. */
import {FormatError} from '../formats/errors.ts'
import {REG_HASH, REGISTERS} from '../formats/kernel/layout.ts'
import {RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {flushHashes, logKey} from '../formats/rdb/run.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import {keyOf} from './check-rdb.ts'
import type {KeyHashes} from './key-hashes.ts'
import type {SalvageDuplicate, SalvageKey} from './reports.ts'
import type {KeptPiece, SalvagePlan, SalvageSource} from './salvage-plan.ts'

/** So many repeated hashes are looked up. */
const LOOKUPS = 100_000

/** A reader of the plan's input at `offset`, in database `db`. */
export function readerAt(
  {cursor, rewind}: SalvageSource,
  {version, dialect, templates}: SalvagePlan,
  offset: number,
  db: number,
): RdbReader {
  rewind(offset)
  const r = new RdbReader(cursor, {deep: false, checksum: false})
  r.version = version
  r.dialect = dialect
  r.db = Math.max(0, db)
  for (const [id, fields] of templates) r.templates.set(id, fields)
  return r
}

/** The key of a damaged entry; null when it is damaged itself. */
export function entryKey(
  source: SalvageSource,
  plan: SalvagePlan,
  offset: number,
  db: number,
): SalvageKey | null {
  const r = readerAt(source, plan, offset, db)
  try {
    return r.next() === RdbRecord.ENTRY ? {db, key: keyOf(r), offset: r.offset} : null
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return null
  }
}

/** The last key before an offset, which lies behind a piece. */
export function keyBefore(
  source: SalvageSource,
  plan: SalvagePlan,
  offset: number,
): SalvageKey | null {
  const piece = plan.pieces.findLast(({end, entries}) => end <= offset && entries > 0)
  if (piece === undefined) return null
  let key: SalvageKey | null = null
  walkEntries(readerAt(source, plan, piece.lastAt, piece.lastDb), piece.end, (r) => {
    key = {db: r.db, key: keyOf(r), offset: r.offset}
    return true
  })
  return key
}

/** The first key at or behind an offset. */
export function keyBehind(
  source: SalvageSource,
  plan: SalvagePlan,
  offset: number,
): SalvageKey | null {
  const piece = plan.pieces.find(({start, entries}) => start >= offset && entries > 0)
  if (piece === undefined) return null
  let key: SalvageKey | null = null
  walkEntries(readerAt(source, plan, piece.start, piece.db), piece.end, (r) => {
    key = {db: r.db, key: keyOf(r), offset: r.offset}
    return false
  })
  return key
}

/** Read on to `end`, as long as `visit` wants more. It is called with the cursor behind the key. */
function walkEntries(
  r: RdbReader,
  end: number,
  visit: (r: RdbReader) => boolean,
  after?: (r: RdbReader) => void,
): void {
  while (r.c.offset < end) {
    try {
      const record = r.next()
      if (record === RdbRecord.END) return
      if (record !== RdbRecord.ENTRY) continue
      if (!visit(r)) return
      r.skipValue()
      after?.(r)
    } catch (error) {
      // A piece holds no damage but that of records which lie between attributes and their key.
      if (!(error instanceof FormatError) || !error.framed) throw error
    }
  }
}

interface Met extends SalvageKey {
  bytes: Uint8Array
  end: number
  logical: LogicalType
  expires: boolean
}

/**
 * Take keys that are there twice out of the plan, all but the first (or last) of each: servers refuse a file that has one twice.
 * `hashes` holds those of all kept keys.
 */
export function removeDuplicates(
  source: SalvageSource,
  plan: SalvagePlan,
  hashes: KeyHashes,
  keepLast: boolean,
): SalvageDuplicate[] {
  const found: SalvageDuplicate[] = []
  for (;;) {
    const repeated = hashes.repeated(LOOKUPS)
    if (repeated.size > 0) {
      for (const twins of findTwins(source, plan, repeated)) {
        found.push(...takeOut(plan, twins, keepLast))
      }
    }
    if (!hashes.nextPass()) break
    walkPlan(source, plan, (r) => logKey(r, hashes))
    // What the walk logged last is still to be given away.
    flushHashes(readerAt(source, plan, 0, 0), hashes)
  }
  found.sort((a, b) => a.offset - b.offset)
  plan.pieces = without(plan.pieces, found)
  return found
}

/** Keys that come more than once, each with all its places. */
function findTwins(
  source: SalvageSource,
  plan: SalvagePlan,
  repeated: ReadonlySet<bigint>,
): Met[][] {
  const met = new Map<string, Met[]>()
  let open: Met | null = null
  walkPlan(
    source,
    plan,
    (r) => {
      const {c, db, offset, logical, expiresAtMs} = r
      c.kernel.hash(c.pinStart, c.pinEnd, db)
      const hash = c.view.getBigUint64(REGISTERS + REG_HASH, true)
      if (!repeated.has(hash)) return
      const bytes = c.memory.slice(c.pinStart, c.pinEnd)
      const expires = expiresAtMs !== null
      open = {db, key: keyOf(r), offset, bytes, end: 0, logical, expires}
      const name = `${db} ${latin1(bytes)}`
      const twins = met.get(name)
      if (twins) twins.push(open)
      else met.set(name, [open])
    },
    (r) => {
      if (open) open.end = r.c.offset
      open = null
    },
  )
  return [...met.values()].filter((twins) => twins.length > 1)
}

function takeOut(plan: SalvagePlan, twins: readonly Met[], keepLast: boolean): SalvageDuplicate[] {
  const kept = keepLast ? twins[twins.length - 1] : twins[0]
  return twins
    .filter((twin) => twin !== kept)
    .map(({db, key, offset, end, logical, expires}) => {
      const counts = plan.databases[db]
      counts.keys--
      counts.types[logical]--
      if (expires) counts.expires--
      plan.keys--
      return {db, key, offset, bytes: end - offset, keptOffset: kept.offset}
    })
}

/** The pieces with the ranges of duplicates taken out. */
function without(pieces: readonly KeptPiece[], out: readonly SalvageDuplicate[]): KeptPiece[] {
  const rest: KeptPiece[] = []
  let next = 0
  for (const piece of pieces) {
    let {start, db} = piece
    for (; next < out.length && out[next].offset < piece.end; next++) {
      const {offset, bytes, db: lostDb} = out[next]
      if (offset > start)
        rest.push({...piece, start, end: offset, db, endDb: lostDb, lastAt: start})
      start = offset + bytes
      db = lostDb
    }
    if (start < piece.end) rest.push({...piece, start, db})
  }
  return rest
}

function walkPlan(
  source: SalvageSource,
  plan: SalvagePlan,
  visit: (r: RdbReader) => void,
  after?: (r: RdbReader) => void,
): void {
  for (const {start, end, db, entries} of plan.pieces) {
    if (entries === 0) continue
    walkEntries(
      readerAt(source, plan, start, db),
      end,
      (r) => {
        visit(r)
        return true
      },
      after,
    )
  }
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
