/** What the elements of a value are, numbered as digests number types. */
export const TEXT: u32 = 0
export const LIST: u32 = 1
export const SET: u32 = 2
export const ZSET: u32 = 3
export const HASH: u32 = 4
export const STREAM: u32 = 5

export const NO_EXPIRY: u64 = 0x8000000000000000

/** How digests put the elements of a shape together. */
export function howOf(shape: u32): u32 {
  return shape == TEXT ? 0 : shape == SET ? 1 : 2
}

/** What a value of a type in an RDB is, of those that runs read. */
export function shapeOfType(type: u32): u32 {
  switch (type) {
    case 0:
      return TEXT
    case 1:
    case 10:
    case 14:
    case 18:
      return LIST
    case 2:
    case 11:
    case 20:
      return SET
    case 3:
    case 5:
    case 12:
    case 17:
      return ZSET
    case 15:
    case 19:
    case 21:
      return STREAM
  }
  return HASH
}
