/**
 * Slow and plain readings of packed blobs: the oracle for the kernels. Each returns the elements, or null for a blob that a
 * server's deep check refuses.
 */

/** One entry: text, and whether it was packed as an integer. */
export interface Entry {
  readonly text: string
  readonly isInt: boolean
}

class Bad extends Error {}

class Reader {
  next: number
  readonly blob: Buffer
  /** Where the terminator is: nothing may reach it. */
  readonly limit: number
  constructor(blob: Uint8Array, next: number) {
    this.blob = Buffer.from(blob)
    this.next = next
    this.limit = blob.length - 1
  }
  take(length: number): Buffer {
    if (length > this.limit - this.next) throw new Bad()
    this.next += length
    return this.blob.subarray(this.next - length, this.next)
  }
  u8 = () => this.take(1)[0]
  int(width: number): Entry {
    const bytes = this.take(width)
    const value = width === 8 ? bytes.readBigInt64LE() : bytes.readIntLE(0, width)
    return {text: String(value), isInt: true}
  }
  text = (length: number): Entry => ({text: this.take(length).toString('latin1'), isInt: false})
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Bad) return null
    throw error
  }
}

function need(condition: boolean): void {
  if (!condition) throw new Bad()
}

/** `streamNode`: its count is nobody's business, and bytes may follow the terminator. */
export function readListpack(blob: Uint8Array, streamNode = false): Entry[] | null {
  return attempt(() => {
    const r = new Reader(blob, 6)
    need(blob.length >= 7 && r.blob.readUInt32LE(0) === blob.length && blob[r.limit] === 0xff)
    const entries: Entry[] = []
    while (r.next < r.limit && !(streamNode && blob[r.next] === 0xff)) {
      const start = r.next
      entries.push(listpackEntry(r))
      const size = r.next - start
      r.take(size <= 127 ? 1 : size < 16383 ? 2 : size < 2097151 ? 3 : 4)
      need(backwardLength(r.blob, r.next - 1) === size)
    }
    const count = r.blob.readUInt16LE(4)
    need(streamNode || count === 0xffff || count === entries.length)
    return entries
  })
}

/** As lpDecodeBacklen() in listpack.c reads it, which may lead into the data. */
function backwardLength(blob: Buffer, last: number): number {
  let value = 0
  for (let i = 0; i < 5; i++) {
    value += (blob[last - i] & 127) * 128 ** i
    if (blob[last - i] < 128) return value
  }
  return -1
}

function listpackEntry(r: Reader): Entry {
  const first = r.u8()
  if (first < 0x80) return {text: String(first), isInt: true}
  if (first < 0xc0) return r.text(first & 63)
  if (first < 0xe0) {
    const value = ((first & 31) << 8) | r.u8()
    return {text: String(value > 4095 ? value - 8192 : value), isInt: true}
  }
  if (first < 0xf0) return r.text(((first & 15) << 8) | r.u8())
  if (first === 0xf0) return r.text(r.take(4).readUInt32LE())
  need(first <= 0xf4)
  return r.int([2, 3, 4, 8][first - 0xf1])
}

export function readZiplist(blob: Uint8Array): Entry[] | null {
  return attempt(() => {
    const r = new Reader(blob, 10)
    need(blob.length >= 11 && r.blob.readUInt32LE(0) === blob.length && blob[r.limit] === 0xff)
    const entries: Entry[] = []
    let last = 10
    let size = 0
    while (r.next < r.limit) {
      last = r.next
      const first = r.u8()
      need(first !== 0xff)
      need((first === 0xfe ? r.take(4).readUInt32LE() : first) === size)
      entries.push(ziplistEntry(r))
      size = r.next - last
    }
    const tail = r.blob.readUInt32LE(4)
    need(entries.length === 0 ? tail <= r.limit : tail === last)
    const count = r.blob.readUInt16LE(8)
    need(count === 0xffff || count === entries.length)
    return entries
  })
}

function ziplistEntry(r: Reader): Entry {
  const first = r.u8()
  if (first < 0x40) return r.text(first)
  if (first < 0x80) return r.text(((first & 63) << 8) | r.u8())
  if (first < 0xc0) return r.text(r.take(4).readUInt32BE())
  if (first > 0xf0 && first < 0xfe) return {text: String((first & 15) - 1), isInt: true}
  const width = new Map([
    [0xc0, 2],
    [0xd0, 4],
    [0xe0, 8],
    [0xf0, 3],
    [0xfe, 1],
  ]).get(first)
  need(width !== undefined)
  return r.int(width!)
}

/** Fields and values in turn. */
export function readZipmap(blob: Uint8Array): string[] | null {
  return attempt(() => {
    const r = new Reader(blob, 1)
    need(blob.length >= 2 && blob[r.limit] === 0xff)
    const texts: string[] = []
    while (blob[r.next] !== 0xff) {
      texts.push(r.text(zipmapLength(r)).text)
      const length = zipmapLength(r)
      const free = r.u8()
      texts.push(r.text(length).text)
      r.take(free)
    }
    const pairs = texts.length / 2
    need(pairs > 0 && (blob[0] === 254 || blob[0] === pairs))
    need(new Set(texts.filter((_, i) => i % 2 === 0)).size === pairs)
    return texts
  })
}

function zipmapLength(r: Reader): number {
  const first = r.u8()
  if (first < 254) return first
  const length = r.take(4).readUInt32LE()
  need(length >= 254)
  return length
}

export function readIntset(blob: Uint8Array): string[] | null {
  return attempt(() => {
    const bytes = Buffer.from(blob)
    need(bytes.length >= 8)
    const [width, count] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)]
    need([2, 4, 8].includes(width) && count > 0 && 8 + width * count === bytes.length)
    const members = Array.from({length: count}, (_, i) => {
      const at = 8 + i * width
      return width === 8 ? bytes.readBigInt64LE(at) : BigInt(bytes.readIntLE(at, width))
    })
    need(members.every((member, i) => i === 0 || members[i - 1] < member))
    return members.map(String)
  })
}

/** Whether the texts are tuples of `size` with unique first elements, at least one. */
export function areTuples(entries: readonly Entry[] | null, size: number): boolean {
  if (entries === null || entries.length === 0 || entries.length % size !== 0) return false
  const firsts = entries.filter((_, i) => i % size === 0).map(({text}) => text)
  return new Set(firsts).size === firsts.length
}

/** Whether no second entry is NaN to C's strtod(). */
export function areScores(entries: readonly Entry[]): boolean {
  return entries.every(({text}, i) => i % 2 === 0 || !/^[ \t\n\v\f\r]*[+-]?nan/i.test(text))
}

/** Whether every third entry is an expiry: an integer of up to 48 bits, ascending, zeros last. */
export function areExpiries(entries: readonly Entry[]): boolean {
  const ttls = entries.filter((_, i) => i % 3 === 2)
  if (ttls.some(({isInt, text}) => !isInt || Number(text) < 0 || Number(text) >= 2 ** 48))
    return false
  const order = ttls.map(({text}) => (text === '0' ? Number.POSITIVE_INFINITY : Number(text)))
  return order.every((ttl, i) => i === 0 || order[i - 1] <= ttl)
}
