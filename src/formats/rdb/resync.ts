/** Finding the next entry behind damage: a place from which several entries read well, one after the other. */
import {AREA_EXPANDED} from '../bytes/areas.ts'
import type {Cursor} from '../bytes/cursor.ts'
import {
  HASH_LOG,
  REG_HASHES,
  REG_RUN,
  REGISTERS,
  RUN_ALLOW_EVICTION,
  RUN_ALLOW_MS,
  RUN_DEEP,
  RUN_ENTRIES,
  RUN_EXPIRES,
  RUN_TYPES,
} from '../kernel/layout.ts'
import type {RdbReader} from './reader.ts'
import {ROOM, runTypes, START_OF_ENTRY} from './run.ts'
import {RdbOpcode} from './types.ts'

/** So many entries in a row are taken for the truth. */
const CONFIRM = 4
/** So many, if they are short, where the input may as well have been cut. */
const CONFIRM_SHORT = 16
const CONFIRM_BYTES = 64
/** A trial looks at so many bytes, and at more only so many times. */
const TRIAL = 0x2000
const LONG_TRIAL = 0x80000
const LONG_TRIALS = 512

/**
 * Move the cursor to the next place from which four entries, or the last ones of the file, read well. Returns false at the end
 * of the input. HASH_LOG must be empty. Entries of types that the fast path leaves to the reader (streams, modules) are stepped over.
 * `maybeCut` when the input may end inside a value, where small numbers can look like entries: then more has to read well.
 */
export function findEntry(r: RdbReader, maybeCut = false): boolean {
  const {c} = r
  let longTrials = LONG_TRIALS
  for (;;) {
    while (c.limit - c.next < LONG_TRIAL && c.more());
    if (c.next >= c.limit) return false
    const byte = c.memory[c.next]
    if (START_OF_ENTRY[byte] === 1 || byte === RdbOpcode.SELECTDB) {
      const at = byte === RdbOpcode.SELECTDB ? behindSelect(c) : c.next
      let found = at === 0 ? 'no' : tryEntries(r, at, TRIAL, maybeCut)
      if (found === 'longer' && longTrials-- > 0) found = tryEntries(r, at, LONG_TRIAL, maybeCut)
      if (found === 'yes') {
        r.resume()
        return true
      }
    }
    c.next++
  }
}

/** Address behind SELECTDB with a small database and, if there is one, RESIZEDB; 0 when that is not what stands here. */
function behindSelect(c: Cursor): number {
  let at = c.next + 2
  if (c.limit - c.next < 16 || c.memory[c.next + 1] >= 0x40) return 0
  if (c.memory[at] !== RdbOpcode.RESIZEDB) return at
  at++
  for (let i = 0; i < 2; i++) {
    const first = c.memory[at]
    if (first > 0x80) return 0
    at += first < 0x40 ? 1 : first < 0x80 ? 2 : 5
  }
  return at
}

/** Do entries start at `at`? 'longer' when the bytes looked at were too few to say. */
function tryEntries(
  r: RdbReader,
  at: number,
  length: number,
  maybeCut: boolean,
): 'yes' | 'no' | 'longer' {
  const {c} = r
  // A run of zeros reads as empty strings under empty keys.
  if (c.memory[at] === 0 && c.memory[at + 1] === 0) return 'no'
  const limit = Math.min(c.limit, at + length)
  const flags =
    RUN_DEEP | (r.version >= 3 ? RUN_ALLOW_MS : 0) | (r.version >= 9 ? RUN_ALLOW_EVICTION : 0)
  const area = c.area(AREA_EXPANDED, ROOM * 2)
  const max = maybeCut ? CONFIRM_SHORT : CONFIRM
  const end = c.kernel.rdbRun(at, limit, flags, runTypes(r), 0, area, ROOM, max) >>> 0
  const entries = c.view.getUint32(REGISTERS + REG_RUN + RUN_ENTRIES, true)
  const distinct = areDistinct(c, entries)
  forgetTrial(c)
  if (!distinct) return 'no'
  const isPlenty = !maybeCut || end - at >= CONFIRM_BYTES || endsWell(r, c.limit - c.next)
  if (entries >= CONFIRM && isPlenty) return 'yes'
  if (entries > 0 && isEnd(r, end) && (!maybeCut || isLongEnough(r, end - at))) return 'yes'
  return entries > 0 && limit < c.limit ? 'longer' : 'no'
}

/** No key comes twice: numbers with many zero bytes read as entries whose keys are empty. */
function areDistinct(c: Cursor, entries: number): boolean {
  for (let i = 1; i < entries; i++) {
    for (let j = 0; j < i; j++) if (hashAt(c, i) === hashAt(c, j)) return false
  }
  return true
}

const hashAt = (c: Cursor, i: number): bigint => c.view.getBigUint64(HASH_LOG + i * 8, true)

/** Does the file end here as it should? */
function isEnd(r: RdbReader, at: number): boolean {
  const {c} = r
  return c.memory[at] === RdbOpcode.EOF && c.limit - at === (r.version >= 5 ? 9 : 1)
}

/** A few bytes in front of what looks like the end prove nothing; nor does the end, if it is a single byte. */
const isLongEnough = (r: RdbReader, length: number): boolean => r.version >= 5 && length >= 12

/** Do the last bytes of an input, of which the last `unread` were in the window, look like the end of an RDB? */
export function endsWell({c, version}: RdbReader, unread: number): boolean {
  return version >= 5 && unread >= 9 && c.left <= unread && c.memory[c.limit - 9] === RdbOpcode.EOF
}

/** Undo what the kernel counted. The caller gave away the hashes of real entries before. */
function forgetTrial(c: Cursor): void {
  const run = REGISTERS + REG_RUN
  c.view.setUint32(REGISTERS + REG_HASHES, 0)
  c.view.setUint32(run + RUN_ENTRIES, 0)
  c.view.setUint32(run + RUN_EXPIRES, 0)
  for (let type = 0; type < 32; type++) c.view.setUint32(run + RUN_TYPES + type * 4, 0)
}
