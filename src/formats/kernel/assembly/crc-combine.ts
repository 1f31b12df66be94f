/**
 * The CRC of two blocks from the CRCs of each: crc(A || B) = crc(A) * x^(8 |B|) + crc(B), modulo the polynomial. Multiplying by a
 * fixed factor is linear, so it becomes eight lookups; the tables for the last length stay in CRC_ADVANCE.
 */
import {CRC_ADVANCE, REG_ADVANCE, REG_CRC, REG_CRC_NEXT, REGISTERS} from '../layout'
import {POLYNOMIAL} from './crc'

/** x^0 and x^8 in the reflected notation, where the highest bit is the lowest power. */
const ONE: u64 = 0x8000000000000000
const BYTE: u64 = 0x0080000000000000

/** Turn REG_CRC, of A, and REG_CRC_NEXT, of B, into the CRC of A || B in REG_CRC; B has lengthHi * 2^32 + lengthLo bytes. */
export function crcCombine(lengthLo: u32, lengthHi: u32): void {
  const length = (lengthLo as u64) | ((lengthHi as u64) << 32)
  const advanced = crcAdvance(load<u64>(REGISTERS + REG_CRC), length)
  store<u64>(REGISTERS + REG_CRC, advanced ^ load<u64>(REGISTERS + REG_CRC_NEXT))
}

/** The CRC of what `crc` covers followed by `length` zero bytes. */
export function crcAdvance(crc: u64, length: u64): u64 {
  if (length == 0) return crc
  if (load<u64>(REGISTERS + REG_ADVANCE) != length) fillTables(length)
  let result: u64 = 0
  let table: u32 = CRC_ADVANCE
  for (let byte = 0; byte < 8; byte++, table += 0x800, crc >>= 8) {
    result ^= load<u64>(table + (((crc as u32) & 0xff) << 3))
  }
  return result
}

function fillTables(length: u64): void {
  const factor = power(length)
  for (let bit: u32 = 0; bit < 64; bit++) {
    // What one bit of the CRC becomes, xored onto every entry with lower bits only.
    const table: u32 = CRC_ADVANCE + ((bit >> 3) << 11)
    const step: u32 = 8 << (bit & 7)
    const value = multiply((1 as u64) << bit, factor)
    if ((bit & 7) == 0) store<u64>(table, 0)
    for (let at: u32 = 0; at < step; at += 8)
      store<u64>(table + step + at, load<u64>(table + at) ^ value)
  }
  store<u64>(REGISTERS + REG_ADVANCE, length)
}

/** x^(8 length) modulo the polynomial. */
function power(length: u64): u64 {
  let result = ONE
  for (let square = BYTE; length != 0; length >>= 1, square = multiply(square, square)) {
    if ((length & 1) != 0) result = multiply(result, square)
  }
  return result
}

function multiply(a: u64, b: u64): u64 {
  let result: u64 = 0
  for (; a != 0; a <<= 1) {
    if ((a & ONE) != 0) result ^= b
    b = (b >> 1) ^ (POLYNOMIAL & (0 - (b & 1)))
  }
  return result
}
