/** One record of an append-only file as servers write it: see aof-run.ts for the layout. Works up to the last byte of the window. */
import {REG_ARGC, REG_AUX, REG_NEXT, REGISTERS, SPANS, SPAN_MAX} from '../layout'

const CRLF: u32 = 0x0a0d

/** Outcomes of aofRecord(), in the first word of REG_AUX. */
const WHOLE: u32 = 0
const NEEDS_MORE: u32 = 1
const NOT_PLAIN: u32 = 2

/**
 * Read one whole plain record at `next`: its argc to REG_ARGC, the first SPAN_MAX arguments to SPANS. Returns its end; on 0
 * REG_AUX says whether it runs past `limit` (1) or is not plain (2), REG_NEXT where that shows.
 */
export function aofRecord(next: u32, limit: u32): u32 {
  let at = plainLine(next, limit, 0x2a)
  if (at == 0) return 0
  const argc = lineValue
  store<u32>(REGISTERS + REG_ARGC, argc)
  if (argc == 0) return stop(next + 1, NOT_PLAIN)
  for (let i: u32 = 0; i < argc; i++) {
    at = plainLine(at, limit, 0x24)
    if (at == 0) return 0
    const length = lineValue
    if (length > limit - at || limit - at - length < 2) return stop(at, NEEDS_MORE)
    if (load<u16>(at + length) != CRLF) return stop(at + length, NOT_PLAIN)
    if (i < (SPAN_MAX as u32)) {
      store<u32>(SPANS + (i << 3), at)
      store<u32>(SPANS + (i << 3), at + length, 4)
    }
    at += length + 2
  }
  store<u32>(REGISTERS + REG_AUX, WHOLE)
  return at
}

let lineValue: u32 = 0

/** `prefix`, one to nine digits, CR LF. Leaves the number in lineValue and returns the address after it, or 0. */
function plainLine(from: u32, limit: u32, prefix: u32): u32 {
  let at = from
  if (at >= limit) return stop(at, NEEDS_MORE)
  if ((load<u8>(at++) as u32) != prefix) return stop(from, NOT_PLAIN)
  const first = at
  let value: u32 = 0
  for (;;) {
    if (at >= limit) return stop(at, NEEDS_MORE)
    const digit = (load<u8>(at) as u32) - 0x30
    if (digit > 9) break
    if (at - first == 9) return stop(at, NOT_PLAIN)
    value = value * 10 + digit
    at++
  }
  const digits = at - first
  if (digits == 0 || (digits > 1 && load<u8>(first) == 0x30)) return stop(first, NOT_PLAIN)
  if (load<u8>(at) != 0x0d) return stop(at, NOT_PLAIN)
  if (at + 1 >= limit) return stop(at + 1, NEEDS_MORE)
  if (load<u8>(at + 1) != 0x0a) return stop(at + 1, NOT_PLAIN)
  lineValue = value
  return at + 2
}

function stop(at: u32, outcome: u32): u32 {
  store<u32>(REGISTERS + REG_NEXT, at)
  store<u32>(REGISTERS + REG_AUX, outcome)
  return 0
}
