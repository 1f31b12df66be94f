/** Past this a buffer is given back when it is emptied: one giant value must not stay in memory for the rest of a file. */
const KEEP_BYTES = 1 << 20
/** Under this a loop beats `subarray` and `set`, which allocate a view. */
const LOOP_BYTES = 48

/** Bytes that grow at the end. `bytes` is replaced when it grows: read it anew after each append. */
export class Growable {
  bytes: Uint8Array = new Uint8Array(1024)
  length = 0

  clear(): void {
    if (this.bytes.length > KEEP_BYTES) this.bytes = new Uint8Array(1024)
    this.length = 0
  }

  /** Make room for `n` more bytes. */
  reserve(n: number): void {
    const needed = this.length + n
    if (needed <= this.bytes.length) return
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
  }

  u8(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = value
  }

  u16le(value: number): void {
    this.reserve(2)
    this.bytes[this.length++] = value
    this.bytes[this.length++] = value >>> 8
  }

  u32le(value: number): void {
    this.reserve(4)
    putU32le(this.bytes, this.length, value)
    this.length += 4
  }

  u32be(value: number): void {
    this.reserve(4)
    this.bytes[this.length++] = value >>> 24
    this.bytes[this.length++] = value >>> 16
    this.bytes[this.length++] = value >>> 8
    this.bytes[this.length++] = value
  }

  append(memory: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    copyBytes(memory, start, end, this.bytes, this.length)
    this.length += end - start
  }

  /** Text of one byte per character. */
  text(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i)
  }

  /** Move everything from `at` on up by `n` bytes and return the gap's start, which is `at`. */
  insert(at: number, n: number): number {
    this.reserve(n)
    this.bytes.copyWithin(at + n, at, this.length)
    this.length += n
    return at
  }
}

export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): void {
  if (end - start > LOOP_BYTES) to.set(from.subarray(start, end), at)
  else for (let i = start; i < end; i++) to[at++] = from[i]
}

export function putU32le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

/** Order of two spans: bytewise, a prefix first. Source: sdscmp() in sds.c. */
export function compareSpans(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const shared = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i] - b[bStart + i]
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}
