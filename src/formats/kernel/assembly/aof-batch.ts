/**
 * Many records of an append-only file at a time, for replay: a call between TypeScript and a kernel costs as much as a short
 * record. What is no plain record of a known command ends a batch and is left to the reader.
 *
 * Records stand one behind the other at SPANS, at most SPAN_MAX * 8 bytes in all:
 *
 *     u32 start | u32 end | u32 records left out before it | u32 argc | u16 command | u8 sure | u8
 *     argc times: u32 start, u32 end of an argument
 *
 * Their keys stand at BATCH_KEYS, each a length, u8, and its bytes; longer ones are left out.
 */
import {
  BATCH_ARGC,
  BATCH_COMMAND,
  BATCH_END,
  BATCH_HEAD,
  BATCH_KEYS,
  BATCH_KEYS_BYTES,
  BATCH_SKIPPED,
  BATCH_START,
  REG_AUX,
  REG_COUNT,
  REG_NEXT,
  REGISTERS,
  SPAN_MAX,
  SPANS,
} from '../layout'
import {headArgc, headEnd, headName, number, READ_AHEAD, recordHead} from './aof-run'
import {keyPart} from './key-parts'

const CRLF: u32 = 0x0a0d
const SPANS_MAX: u32 = SPAN_MAX
const ROOM_END: u32 = SPANS + SPAN_MAX * 8
const KEYS_END: u32 = BATCH_KEYS + BATCH_KEYS_BYTES
const KEY_MAX: u32 = 255
const KEY_POSITION: usize = 56
const KEY_ARGC: usize = 57
const ANY_ARGC: u32 = 0xff
/** Results of forPart(). */
const OTHERS: u32 = 0
const MAYBE: u32 = 1
const OURS: u32 = 2

/**
 * Read up to `count` records from `next` on that part `part` of `parts` has to see: those of its keys (sure), and those with no
 * key or with several. Of 0 parts only the latter with several. Returns where reading stopped; REG_COUNT is the number of
 * records, REG_AUX how many were left out behind the last, REG_NEXT the end of the keys.
 */
export function aofBatch(next: u32, limit: u32, part: u32, parts: u32, count: u32): u32 {
  let out: u32 = SPANS
  let keys: u32 = BATCH_KEYS
  let done: u32 = 0
  let skipped: u32 = 0
  while (done < count && limit - next >= READ_AHEAD) {
    const slot = recordHead(next, limit)
    if (slot == 0) break
    const argc = headArgc
    if (argc > SPANS_MAX || out + BATCH_HEAD + (argc << 3) > ROOM_END) break
    const end = readSpans(out + BATCH_HEAD, argc, limit)
    if (end == 0) break
    const outcome = forPart(slot, out + BATCH_HEAD, argc, part, parts)
    if (outcome == OTHERS) skipped++
    else {
      store<u32>(out, next, BATCH_START)
      store<u32>(out, end, BATCH_END)
      store<u32>(out, skipped, BATCH_SKIPPED)
      store<u32>(out, argc, BATCH_ARGC)
      store<u16>(out, load<u16>(slot, 52), BATCH_COMMAND)
      store<u16>(out, outcome == OURS ? 1 : 0, BATCH_COMMAND + 2)
      keys = putKey(slot, out + BATCH_HEAD, argc, keys)
      out += BATCH_HEAD + (argc << 3)
      skipped = 0
      done++
    }
    next = end
  }
  store<u32>(REGISTERS + REG_COUNT, done)
  store<u32>(REGISTERS + REG_AUX, skipped)
  store<u32>(REGISTERS + REG_NEXT, keys)
  return next
}

/** Put the spans of all arguments, the name included, to `out`. Returns the end of the record, 0 when it is not plain. */
// @ts-expect-error: decorator
@inline
function readSpans(out: u32, argc: u32, limit: u32): u32 {
  store<u32>(out, headName)
  store<u32>(out, headEnd - 2, 4)
  let at = headEnd
  for (let i: u32 = 1; i < argc; i++) {
    if (limit - at < 24 || load<u8>(at) != 0x24) return 0
    const size = number(at + 1)
    if (size == 0) return 0
    const start = size as u32
    const end = start + ((size >> 32) as u32)
    if (((size >> 32) as u32) > limit - start - 2 || load<u16>(end) != CRLF) return 0
    store<u32>(out + (i << 3), start)
    store<u32>(out + (i << 3), end, 4)
    at = end + 2
  }
  return at
}

// @ts-expect-error: decorator
@inline
function forPart(slot: u32, spans: u32, argc: u32, part: u32, parts: u32): u32 {
  if (parts == 1) return OURS
  const most: u32 = load<u8>(slot, KEY_ARGC)
  const several = most != ANY_ARGC && argc > most
  if (parts == 0) return several ? MAYBE : OTHERS
  const key: u32 = load<u8>(slot, KEY_POSITION)
  if (several || key == 0 || key >= argc) return MAYBE
  const span = spans + (key << 3)
  return keyPart(load<u32>(span), load<u32>(span, 4), parts) == part ? OURS : OTHERS
}

/** Append the key of a record to the keys. Returns where they end now. */
// @ts-expect-error: decorator
@inline
function putKey(slot: u32, spans: u32, argc: u32, keys: u32): u32 {
  const key: u32 = load<u8>(slot, KEY_POSITION)
  if (key == 0 || key >= argc) return keys
  const start = load<u32>(spans + (key << 3))
  const length = load<u32>(spans + (key << 3), 4) - start
  if (length > KEY_MAX || keys + KEY_MAX + 1 > KEYS_END) return keys
  store<u8>(keys, length as u8)
  memory.copy(keys + 1, start, length)
  return keys + length + 1
}
