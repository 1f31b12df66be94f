/**
 * CRC-64/Jones as Redis uses it: polynomial 0xad93d23594c935a9, reflected, no initial value, no final xor.
 *
 * Table k holds the CRC of each byte value followed by k zero bytes, so that sixteen bytes cost sixteen independent lookups.
 * Source of the parameters: crc64.c.
 */
import {CRC_TABLES} from '../layout'

/** The polynomial without its x^64 term, bit-reversed: bit 63 is the coefficient of x^0. */
export const POLYNOMIAL: u64 = 0x95ac9329ac4bc9b5

const TABLE_BYTES: u32 = 0x800
const TABLES_END: u32 = CRC_TABLES + 0x8000

/** Fill the lookup tables; every thread may do so, the bytes are always the same. */
export function crcInit(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc: u64 = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0 - (crc & 1)))
    store<u64>(CRC_TABLES + (byte << 3), crc)
  }
  for (let at: u32 = CRC_TABLES + 0x800; at < TABLES_END; at += 8) {
    const previous = load<u64>(at - TABLE_BYTES)
    store<u64>(at, lookup(0, previous) ^ (previous >> 8))
  }
}

/** The CRC of what `crc` covers followed by [start, end). */
export function crcSpan(crc: u64, start: u32, end: u32): u64 {
  let at = start
  for (; end - at >= 16; at += 16) crc = crcStep(crc ^ load<u64>(at), load<u64>(at, 8))
  if (end - at >= 8) {
    crc = crcWord(crc ^ load<u64>(at))
    at += 8
  }
  for (; at < end; at++) crc = lookup(0, crc ^ load<u8>(at)) ^ (crc >> 8)
  return crc
}

/** Sixteen bytes; `low` already contains the running CRC. */
export function crcStep(low: u64, high: u64): u64 {
  const late =
    lookup(7, high) ^
    lookup(6, high >> 8) ^
    (lookup(5, high >> 16) ^ lookup(4, high >> 24)) ^
    (lookup(3, high >> 32) ^ lookup(2, high >> 40) ^ (lookup(1, high >> 48) ^ lookup(0, high >> 56)))
  const early =
    lookup(15, low) ^
    lookup(14, low >> 8) ^
    (lookup(13, low >> 16) ^ lookup(12, low >> 24)) ^
    (lookup(11, low >> 32) ^ lookup(10, low >> 40) ^ (lookup(9, low >> 48) ^ lookup(8, low >> 56)))
  return early ^ late
}

function crcWord(word: u64): u64 {
  return (
    lookup(7, word) ^
    lookup(6, word >> 8) ^
    (lookup(5, word >> 16) ^ lookup(4, word >> 24)) ^
    (lookup(3, word >> 32) ^ lookup(2, word >> 40) ^ (lookup(1, word >> 48) ^ lookup(0, word >> 56)))
  )
}

// @ts-expect-error: decorator
@inline
function lookup(table: u32, word: u64): u64 {
  return load<u64>((((word as u32) & 0xff) << 3) + (CRC_TABLES + (table << 11)))
}
