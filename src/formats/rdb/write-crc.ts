/**
 * CRC-64 of bytes that were changed after they were summed. The CRC is linear (no initial value, no final xor): the CRC of old xor
 * new, moved on over the bytes behind the change, is what the sum has to be xored with.
 */

/** x^64 is left out; reflected, so the top bit is x^0. Source: the table in crc64.c has the same polynomial. */
const POLYNOMIAL = 0x95ac9329ac4bc9b5n
const ONE = 1n << 63n

/** a x b modulo the polynomial. Source of the method: multmodp() in zlib's crc32.c. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n
  for (let bit = ONE; bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= b
    b = (b & 1n) === 1n ? (b >> 1n) ^ POLYNOMIAL : b >> 1n
  }
  return product
}

/** The CRC after `count` more zero bytes. */
export function crcAfterZeros(crc: bigint, count: number): bigint {
  let power = ONE >> 8n // x^8: one byte
  for (let left = count; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = multiply(crc, power)
    power = multiply(power, power)
  }
  return crc
}
