/** Slots of a cluster. */
const SLOTS = 16384
const [OPEN, CLOSE] = [0x7b, 0x7d]

/** Loads the CRC only where there is a cluster. Returns the slot of a key. Source: keyHashSlot() in cluster.c. */
export async function loadKeySlot(): Promise<(key: Uint8Array) => number> {
  const {default: crc16} = await import('crc/calculators/crc16xmodem')
  return (key) => crc16(hashed(key)) % SLOTS
}

/** What stands between the first { and the next }, if anything does, decides alone. */
function hashed(key: Uint8Array): Uint8Array {
  const open = key.indexOf(OPEN)
  const close = open < 0 ? -1 : key.indexOf(CLOSE, open + 1)
  return close > open + 1 ? key.subarray(open + 1, close) : key
}
