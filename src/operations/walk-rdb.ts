/** Reads an RDB from its header to its end, past damage where that can be done, and tells what it meets. */
import {FormatError} from '../formats/errors.ts'
import {type RdbReader, RdbRecord} from '../formats/rdb/reader.ts'
import {endsWell, findEntry} from '../formats/rdb/resync.ts'
import {
  beginRuns,
  flushHashes,
  type HashSink,
  logKey,
  newTally,
  type RunTally,
  skipRun,
} from '../formats/rdb/run.ts'

export interface RdbWalker {
  /** Whole runs of plain entries, all in the reader's database. The tally is emptied afterwards. */
  run?(r: RdbReader, tally: RunTally): void
  /** An entry that was read by itself; `fault` when its value is damaged, `bytes` its length in the file. */
  entry(r: RdbReader, fault: FormatError | null): void
  /** A record that is no entry. */
  record(r: RdbReader, opcode: number): void
  /** A record that is damaged though its end is known. */
  fault(r: RdbReader, error: FormatError): void
  /** Damage after which no record starts. Returns whether to look for the next entry. */
  lost(r: RdbReader, error: FormatError): boolean
  /** The next entry was found behind damage, or not. */
  found(r: RdbReader, found: boolean): void
}

/** Walk the entries of a reader whose header was read. Returns false when it ended in damage. */
export function walkRdb(r: RdbReader, walker: RdbWalker, hashes: HashSink | null): boolean {
  const tally = newTally()
  beginRuns(r)
  for (;;) {
    try {
      if (walker.run) takeRun(r, walker, tally, hashes)
      const record = r.next()
      if (record === RdbRecord.END) break
      if (record === RdbRecord.ENTRY) walkEntry(r, walker, hashes)
      else walker.record(r, record)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      if (error.framed) {
        walker.fault(r, error)
        continue
      }
      flushHashes(r, hashes)
      if (!resume(r, walker, error)) return false
    }
  }
  flushHashes(r, hashes)
  return true
}

function takeRun(r: RdbReader, walker: RdbWalker, tally: RunTally, hashes: HashSink | null): void {
  skipRun(r, tally, hashes)
  if (tally.entries === 0) return
  walker.run?.(r, tally)
  tally.entries = 0
  tally.expires = 0
  tally.types.fill(0)
}

function walkEntry(r: RdbReader, walker: RdbWalker, hashes: HashSink | null): void {
  let fault: FormatError | null = null
  try {
    r.skipValue()
  } catch (error) {
    if (!(error instanceof FormatError) || !error.framed) throw error
    fault = error
  }
  logKey(r, hashes)
  walker.entry(r, fault)
}

/** Tell of damage, and find the place to go on from. */
function resume(r: RdbReader, walker: RdbWalker, error: FormatError): boolean {
  if (error.code === 'TRUNCATED' || error.code === 'RDB_COUNT') return resumeClaim(r, walker, error)
  if (!walker.lost(r, error)) return false
  const found = findEntry(r)
  walker.found(r, found)
  return found
}

/**
 * More is claimed than is left. Either the input was cut, or the claim is wrong: then entries go on behind it, or at least
 * the file ends as it should.
 */
function resumeClaim(r: RdbReader, walker: RdbWalker, error: FormatError): boolean {
  const {offset, left} = r.c
  const found = findEntry(r, true)
  const isCut = !found && !endsWell(r, left)
  const end = Number.isFinite(left) ? offset + left : r.c.offset
  const named = isCut
    ? new FormatError('TRUNCATED', end, error.message)
    : new FormatError('RDB_COUNT', Math.min(offset, error.offset), error.message)
  named.path.push(...error.path)
  if (!walker.lost(r, named)) return false
  walker.found(r, found)
  return found
}
