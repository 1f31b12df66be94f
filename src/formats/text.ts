/** Small helpers on whole byte strings, for rare records: not for reading paths. */

/** Latin-1 text of bytes: every byte one character. */
export function text(bytes: Uint8Array): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += 0x2000) {
    // Not spread: that walks an iterator, which costs ten times as much.
    const piece = bytes.subarray(at, at + 0x2000) as unknown as number[]
    out += String.fromCharCode.apply(null, piece)
  }
  return out
}

/** memcmp() order, the shorter first where one begins with the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}

/** Command names have no case, as far as ASCII goes; other bytes stay as they are. */
export function upperCase(name: string): string {
  return name.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}
