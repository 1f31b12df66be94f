/** The CRC-64 of A from the CRC of A followed by B, and B: every step of the CRC can be undone. */
import {CRC_TABLES, REG_CRC, REGISTERS} from '../layout'

/** Take the bytes [start, end), the last ones it covers, out of REG_CRC. For few bytes: it searches the table for each. */
export function crcRewind(start: u32, end: u32): void {
  let crc = load<u64>(REGISTERS + REG_CRC)
  for (let at = end; at > start; at--) {
    let index: u32 = 0
    // The highest bytes of the 256 entries are all different.
    while (load<u8>(CRC_TABLES + (index << 3), 7) != ((crc >> 56) as u8)) index++
    crc = ((crc ^ load<u64>(CRC_TABLES + (index << 3))) << 8) | ((index as u64) ^ load<u8>(at - 1))
  }
  store<u64>(REGISTERS + REG_CRC, crc)
}
