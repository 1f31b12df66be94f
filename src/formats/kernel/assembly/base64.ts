/** Base64 as RFC 4648 has it, with padding. */

/** Write [start, end) at `out`. Returns the end. */
export function base64Encode(start: u32, end: u32, out: u32): u32 {
  let at = start
  for (; end - at > 2; at += 3, out += 4) {
    const bits = ((load<u8>(at) as u32) << 16) | ((load<u8>(at, 1) as u32) << 8) | (load<u8>(at, 2) as u32)
    put4(out, bits)
  }
  if (at == end) return out
  const two = end - at == 2
  put4(out, ((load<u8>(at) as u32) << 16) | (two ? (load<u8>(at, 1) as u32) << 8 : 0))
  store<u8>(out, 0x3d, 3)
  if (!two) store<u8>(out, 0x3d, 2)
  return out + 4
}

function put4(out: u32, bits: u32): void {
  store<u8>(out, digit(bits >> 18))
  store<u8>(out, digit((bits >> 12) & 63), 1)
  store<u8>(out, digit((bits >> 6) & 63), 2)
  store<u8>(out, digit(bits & 63), 3)
}

// @ts-ignore: decorator
@inline
function digit(value: u32): u8 {
  if (value < 26) return (0x41 + value) as u8
  if (value < 52) return (0x61 + value - 26) as u8
  return (value < 62 ? 0x30 + value - 52 : value == 62 ? 0x2b : 0x2f) as u8
}

/** Decode [start, end) to `out`, which may be `start`. Returns the end, or 0 for what is no base64. */
export function base64Decode(start: u32, end: u32, out: u32): u32 {
  if (((end - start) & 3) != 0) return 0
  let padding: u32 = 0
  while (padding < 2 && end > start + padding && load<u8>(end - 1 - padding) == 0x3d) padding++
  for (let at = start; at < end; at += 4) {
    const isLast = at + 4 == end
    const missing = isLast ? padding : 0
    let bits: u32 = 0
    for (let i: u32 = 0; i < 4; i++) {
      const value = i < 4 - missing ? valueOf(load<u8>(at + i)) : 0
      if (value > 63) return 0
      bits = (bits << 6) | value
    }
    // What the padding cuts off has to be zero: one text for one string.
    if (missing != 0 && (bits & (missing == 1 ? 0xff : 0xffff)) != 0) return 0
    store<u8>(out, (bits >> 16) as u8)
    if (missing < 2) store<u8>(out, (bits >> 8) as u8, 1)
    if (missing < 1) store<u8>(out, bits as u8, 2)
    out += 3 - missing
  }
  return out
}

function valueOf(byte: u32): u32 {
  if (byte - 0x41 < 26) return byte - 0x41
  if (byte - 0x61 < 26) return byte - 0x61 + 26
  if (byte - 0x30 < 10) return byte - 0x30 + 52
  return byte == 0x2b ? 62 : byte == 0x2f ? 63 : 64
}
