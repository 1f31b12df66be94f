/** How many strings were compressed. What belongs to an entry that was left to the reader is not counted. */
let stringsSeen: u32 = 0
let compressedSeen: u32 = 0
let expandedSeen: u32 = 0
let stringsSure: u32 = 0
let compressedSure: u32 = 0
let expandedSure: u32 = 0

export function lzfReset(): void {
  stringsSeen = 0
  compressedSeen = 0
  expandedSeen = 0
  lzfMark()
}

export function lzfSeen(compressed: u32, expanded: u32): void {
  stringsSeen++
  compressedSeen += compressed
  expandedSeen += expanded
}

/** All that was seen up to here counts. */
export function lzfMark(): void {
  stringsSure = stringsSeen
  compressedSure = compressedSeen
  expandedSure = expandedSeen
}

export function lzfTell(at: u32): void {
  store<u32>(at, stringsSure)
  store<u32>(at, compressedSure, 4)
  store<u32>(at, expandedSure, 8)
}
