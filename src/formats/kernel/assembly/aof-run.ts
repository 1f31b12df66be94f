/**
 * Records of an append-only file, as servers write them:
 *
 *     '*' argc CR LF, then argc times: '$' length CR LF, bytes, CR LF
 *
 * with counts in plain decimal: no sign, no leading zero, no space. Anything else is left to the TypeScript reader, which
 * knows what a server would make of it.
 *
 * The command table, COMMAND_SLOTS slots of 64 bytes, open addressing:
 *
 *      0  name, 24 bytes: upper case, padded with zeros
 *     24  mask, 24 bytes: 0xdf for letters, which takes away their case, else 0xff
 *     48  u16 least argc, u16 greatest argc (0xffff: none), u16 index of the command
 *     54  u8 length of the name (0: free slot)
 *     55  u8 role: 0 plain, 1 stops a run, 2 MULTI, 3 EXEC, 4 SELECT, 5 has subcommands
 *     56  u8 position of the first key, 0 without one; u8 greatest argc without a second key (0: never, 0xff: any)
 *
 * A subcommand has a slot too, with 0xff00 and the index of its command in the last eight bytes of the name.
 *
 * The state that a run keeps, at REG_RUN, between calls too:
 *
 *      0  u32 1 inside a transaction, u32 address of its MULTI, u32 records of this call before it
 *     12  u32 selected database, u32 number of databases
 */
import {
  COMMAND_COUNTS,
  COMMAND_SLOTS,
  COMMAND_TABLE,
  REG_COUNT,
  REG_RUN,
  REGISTERS,
} from '../layout'

const CRLF: u32 = 0x0a0d
/** "*0\r\n$0\r\n" as a number, and the bits in which two digits may differ from it. */
const HEAD: u64 = 0x0a0d30240a0d302a
const HEAD_DIGITS: u64 = 0x00000f0000000f00
const ZEROS: u64 = 0x3030303030303030
const UPPER: u64 = 0xdfdfdfdfdfdfdfdf
/** A line of a header, the loads of its last bytes included, never reaches further than this. */
export const READ_AHEAD: u32 = 48
const NAME_MAX: u32 = 24
const STATE: u32 = REGISTERS + REG_RUN
const ROLE_MULTI: u32 = 2
const ROLE_EXEC: u32 = 3
const ROLE_SELECT: u32 = 4
const ROLE_CONTAINER: u32 = 5
const NAME_LENGTH: usize = 54
const ROLE: usize = 55
const SUBCOMMAND: u64 = 0xff00000000000000
const MIX: u64 = 0x9e3779b97f4a7c15

/**
 * Step over records from `next` on that are plainly right: strictly framed, wholly below `limit`, of a known command with a
 * legal number of arguments. Adds their number to REG_COUNT and to the counters at COMMAND_COUNTS. Returns where it stopped:
 * the first byte of a record that is none of this, or too near to `limit`.
 */
export function aofRun(next: u32, limit: u32): u32 {
  let done: u32 = 0
  let at = next
  while (limit - at >= READ_AHEAD) {
    const end = step(at, limit, done)
    if (end == 0) break
    at = end
    done++
  }
  store<u32>(REGISTERS + REG_COUNT, load<u32>(REGISTERS + REG_COUNT) + done)
  return at
}

/** Index of the command that step() was over. */
export let stepIndex: u32 = 0

/** Step over one record, the one after `done` others of this call. Returns its end, or 0. */
// @ts-ignore: decorator
@inline
export function step(at: u32, limit: u32, done: u32): u32 {
  const slot = recordHead(at, limit)
  if (slot == 0) return 0
  const end = restOfRecord(headEnd, headArgc, limit)
  if (end == 0) return 0
  const role = load<u8>(slot, ROLE) as u32
  if (role != 0 && !enact(slot, role, at, end, done)) return 0
  stepIndex = load<u16>(slot, 52) as u32
  const counter = COMMAND_COUNTS + (stepIndex << 2)
  store<u32>(counter, load<u32>(counter) + 1)
  return end
}

/** Follow MULTI, EXEC and SELECT where they are plainly right. */
function enact(slot: u32, role: u32, at: u32, end: u32, done: u32): bool {
  if (role == ROLE_CONTAINER) return hasSubcommand(slot, headEnd, end)
  const open = load<u32>(STATE)
  if (role == ROLE_MULTI && open == 0) {
    store<u32>(STATE, 1)
    store<u32>(STATE, at, 4)
    store<u32>(STATE, done, 8)
    return true
  }
  if (role == ROLE_EXEC && open == 1) {
    store<u32>(STATE, 0)
    return true
  }
  return role == ROLE_SELECT && select(headEnd, end)
}

/** Is the argument at [at, end) a subcommand of the command in `slot`, and the number of arguments right for it? */
function hasSubcommand(slot: u32, at: u32, end: u32): bool {
  // Loads may reach over the argument, never over the record: what is that short goes through the reader.
  if (headArgc < 2 || end - at < 32) return false
  const size = number(at + 1)
  const name = size as u32
  const length = (size >> 32) as u32
  if (length == 0 || length > 16) return false
  const first = load<u64>(name) & low(length)
  const second = length > 8 ? load<u64>(name, 8) & low(length - 8) : 0
  const found = findSlot(first, second, SUBCOMMAND | (load<u16>(slot, 52) as u64), length)
  return found != 0 && takes(found, headArgc)
}

/** The argument of SELECT, one or two digits, at [at, end). */
function select(at: u32, end: u32): bool {
  const digits = end - at - 6
  if (digits != 1 && digits != 2) return false
  let db = (load<u8>(at, 4) as u32) - 0x30
  if (db > 9) return false
  if (digits == 2) {
    const last = (load<u8>(at, 5) as u32) - 0x30
    if (db == 0 || last > 9) return false
    db = db * 10 + last
  }
  if (db >= load<u32>(STATE, 16)) return false
  store<u32>(STATE, db, 12)
  return true
}

/** Results of recordHead(): where the name starts, where the line after it ends, the number of arguments. */
export let headName: u32 = 0
export let headEnd: u32 = 0
export let headArgc: u32 = 0

/** Read '*' argc and the name. Returns the command's slot, 0 when this is not plainly right. READ_AHEAD bytes are readable. */
// @ts-expect-error: decorator
@inline
export function recordHead(at: u32, limit: u32): u32 {
  let argc: u32
  let length: u32
  let name: u32
  const digits = load<u64>(at) ^ HEAD
  if ((digits & ~HEAD_DIGITS) == 0) {
    // The usual case: one digit each, all of it in the first eight bytes.
    argc = (digits >> 8) as u32 & 15
    length = (digits >> 40) as u32 & 15
    if (argc > 9 || length > 9) return 0
    name = at + 8
  } else {
    if (load<u8>(at) != 0x2a) return 0
    const count = number(at + 1)
    if (count == 0) return 0
    argc = (count >> 32) as u32
    const line = count as u32
    if (load<u8>(line) != 0x24) return 0
    const size = number(line + 1)
    if (size == 0) return 0
    length = (size >> 32) as u32
    name = size as u32
  }
  if (argc == 0 || length == 0 || length > NAME_MAX) return 0
  if (limit - name < NAME_MAX + 2 || load<u16>(name + length) != CRLF) return 0
  const slot = findCommand(name, length)
  if (slot == 0 || load<u8>(slot, ROLE) == 1 || !takes(slot, argc)) return 0
  headName = name
  headEnd = name + length + 2
  headArgc = argc
  return slot
}

/** The arguments after the name. Returns the end of the record, or 0. */
// @ts-expect-error: decorator
@inline
function restOfRecord(from: u32, argc: u32, limit: u32): u32 {
  let at = from
  for (let i: u32 = 1; i < argc; i++) {
    if (limit - at < 24 || load<u8>(at) != 0x24) return 0
    const size = number(at + 1)
    if (size == 0) return 0
    const start = size as u32
    const length = (size >> 32) as u32
    if (length > limit - start - 2 || load<u16>(start + length) != CRLF) return 0
    at = start + length + 2
  }
  return at
}

/**
 * Up to seven digits and CR LF at `at`, without a loop: find the CR, move the digits to the high end, check and add them
 * all at once. Returns the number << 32 | address after the line, 0 when this is not a plain number. Ten bytes are readable.
 */
// @ts-expect-error: decorator
@inline
export function number(at: u32): u64 {
  const word = load<u64>(at)
  const returns = word ^ 0x0d0d0d0d0d0d0d0d
  const found = (returns - 0x0101010101010101) & ~returns & 0x8080808080808080
  // A borrow can only mark bytes above the first CR, so that the lowest mark is right.
  const bits = (ctz<u64>(found) as u32) & 0x78
  if (found == 0 || bits == 0) return 0
  const after = at + (bits >> 3)
  if (load<u16>(after) != CRLF) return 0
  const figures = (word ^ ZEROS) << (64 - bits)
  if ((((figures + 0x7676767676767676) | figures) & 0x8080808080808080) != 0) return 0
  if ((word & 0xff) == 0x30 && bits != 8) return 0
  const pairs = figures * 10 + (figures >> 8)
  const low = (pairs & 0x000000ff000000ff) * 0x000f424000000064
  const high = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001
  return (((low + high) >> 32) << 32) | ((after + 2) as u64)
}

/** Does the command in `slot` take so many arguments? */
// @ts-ignore: decorator
@inline
function takes(slot: u32, argc: u32): bool {
  const capped = min<u32>(argc, 0xfffe)
  return capped >= (load<u16>(slot, 48) as u32) && capped <= (load<u16>(slot, 50) as u32)
}

/** The slot of the command whose name lies at `at`, in any case; 0 when there is none. 24 bytes are readable. */
// @ts-ignore: decorator
@inline
function findCommand(at: u32, length: u32): u32 {
  const first = load<u64>(at)
  if (length <= 8) return findSlot(first & low(length), 0, 0, length)
  const second = load<u64>(at, 8)
  if (length <= 16) return findSlot(first, second & low(length - 8), 0, length)
  return findSlot(first, second, load<u64>(at, 16) & low(length - 16), length)
}

/** The lowest `count` bytes, 1 to 8. */
// @ts-ignore: decorator
@inline
function low(count: u32): u64 {
  return ~(0 as u64) >> (64 - (count << 3))
}

function findSlot(first: u64, second: u64, third: u64, length: u32): u32 {
  const mixed = (first & UPPER) ^ rotl<u64>(second & UPPER, 21) ^ rotl<u64>(third & UPPER, 42)
  let index = ((mixed * MIX) >> 54) as u32
  while (true) {
    const slot = COMMAND_TABLE + (index << 6)
    const known = load<u8>(slot, NAME_LENGTH) as u32
    if (known == 0) return 0
    if (
      known == length &&
      load<u64>(slot) == (first & load<u64>(slot, 24)) &&
      load<u64>(slot, 8) == (second & load<u64>(slot, 32)) &&
      load<u64>(slot, 16) == (third & load<u64>(slot, 40))
    ) {
      return slot
    }
    index = (index + 1) & (COMMAND_SLOTS - 1)
  }
}

/** The index of the command whose name is [start, end), in either case; -1 for one that is not in the table. */
export function aofCommand(start: u32, end: u32): i32 {
  if (start == end || end - start > NAME_MAX) return -1
  const slot = findCommand(start, end - start)
  return slot == 0 ? -1 : (load<u16>(slot, 52) as i32)
}
