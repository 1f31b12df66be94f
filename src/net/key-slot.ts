/** Slots of a cluster. */
export const SLOTS = 16384
const [OPEN, CLOSE] = [0x7b, 0x7d]

/** The slot of the key [start, end) of `memory`. */
export type SlotOfSpan = (memory: Uint8Array, start: number, end: number) => number

/** Loads the CRC only where there is a cluster. Returns the slot of a key. */
export async function loadKeySlot(): Promise<(key: Uint8Array) => number> {
  const slotOf = await loadSlotOfSpan()
  return (key) => slotOf(key, 0, key.length)
}

/** The same for keys where they lie: nothing is allocated for them. Source: keyHashSlot() in cluster.c. */
export async function loadSlotOfSpan(): Promise<SlotOfSpan> {
  const {default: crc16} = await import('crc/calculators/crc16xmodem')
  // This CRC starts at 0 and ends as it is, so that the CRC of one byte is its row in the table.
  const table = Uint16Array.from({length: 256}, (_, byte) => crc16(Uint8Array.of(byte)))
  return (memory, start, end) => {
    const close = tagEnd(memory, start, end)
    // What stands between the first { and the next }, if anything does, decides alone.
    const last = close < 0 ? end : close
    let crc = 0
    for (let at = close < 0 ? start : tagStart(memory, start); at < last; at++) {
      crc = ((crc << 8) & 0xffff) ^ table[(crc >>> 8) ^ memory[at]]
    }
    return crc % SLOTS
  }
}

/** Behind the first {, which is there. */
function tagStart(memory: Uint8Array, start: number): number {
  let at = start
  while (memory[at] !== OPEN) at++
  return at + 1
}

/** Where a hash tag ends; -1 where there is none or nothing in it. */
function tagEnd(memory: Uint8Array, start: number, end: number): number {
  let open = start
  while (open < end && memory[open] !== OPEN) open++
  for (let at = open + 1; at < end; at++) {
    if (memory[at] === CLOSE) return at === open + 1 ? -1 : at
  }
  return -1
}
