/**
 * Builders for RDB bytes and RESP records, so that a test shows what it reads: `bytes('REDIS0011', 0xfe, 0, 0xff)`.
 * Nothing here uses the code under test: the CRC-64 below is the oracle for the one in the kernel.
 */

/** A number is one byte, a string its characters as bytes (latin1), anything else its bytes. */
export type Part = number | string | Uint8Array | readonly number[]

/** The parts, one after the other. */
export function bytes(...parts: Part[]): Buffer {
  return Buffer.concat(parts.map(toBuffer))
}

function toBuffer(part: Part): Uint8Array {
  if (typeof part === 'number') return Buffer.from([part])
  if (typeof part === 'string') return Buffer.from(part, 'latin1')
  return part instanceof Uint8Array ? part : Buffer.from(part)
}

/** Bytes written as hex, blanks and `|` ignored: how rdb layouts are usually shown. */
export const hex = (text: string): Buffer => Buffer.from(text.replace(/[\s|]/g, ''), 'hex')

/** `text` as UTF-8. */
export const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8')

function fixed(size: number, write: (b: Buffer) => void): Buffer {
  const b = Buffer.alloc(size)
  write(b)
  return b
}

export const u16le = (n: number): Buffer => fixed(2, (b) => b.writeUInt16LE(n))
export const u32le = (n: number): Buffer => fixed(4, (b) => b.writeUInt32LE(n >>> 0))
export const u32be = (n: number): Buffer => fixed(4, (b) => b.writeUInt32BE(n >>> 0))
export const i32le = (n: number): Buffer => fixed(4, (b) => b.writeInt32LE(n))
export const u64le = (n: number | bigint): Buffer =>
  fixed(8, (b) => b.writeBigUInt64LE(BigInt.asUintN(64, BigInt(n))))
export const u64be = (n: number | bigint): Buffer =>
  fixed(8, (b) => b.writeBigUInt64BE(BigInt.asUintN(64, BigInt(n))))
export const i64le = u64le
export const f32le = (n: number): Buffer => fixed(4, (b) => b.writeFloatLE(n))
export const f64le = (n: number): Buffer => fixed(8, (b) => b.writeDoubleLE(n))

/** The `width` low bytes of `n`, little-endian: integers of packed encodings (24 bits among them). */
export const intle = (n: number | bigint, width: number): Buffer => u64le(n).subarray(0, width)

/** A length in its shortest form; -1 reads as 2^64-1. Source: rdbSaveLen() in rdb.c. */
export function len(n: number | bigint): Buffer {
  const value = BigInt.asUintN(64, BigInt(n))
  if (value < 64n) return bytes(Number(value))
  if (value < 16384n) return bytes(0x40 | Number(value >> 8n), Number(value & 255n))
  if (value < 1n << 32n) return bytes(0x80, u32be(Number(value)))
  return bytes(0x81, u64be(value))
}

/** A plain string: length and bytes, whatever it holds. */
export function str(value: Part): Buffer {
  const body = toBuffer(value)
  return bytes(len(body.length), body)
}

/** An integer string in the given width: 1 (C0), 2 (C1) or 4 (C2) bytes. */
export function intStr(n: number, width: 1 | 2 | 4 = 1): Buffer {
  return bytes({1: 0xc0, 2: 0xc1, 4: 0xc2}[width], intle(n, width))
}

/** LZF data made of literal runs only: valid, never shorter than its input. */
export function lzfLiterals(value: Part): Buffer {
  const body = toBuffer(value)
  const runs: Part[] = []
  for (let at = 0; at < body.length; at += 32) {
    const run = body.subarray(at, at + 32)
    runs.push(run.length - 1, run)
  }
  return bytes(...runs)
}

/** LZF data of `count` (at least 12) equal bytes: one literal, then back references to the byte before. */
export function lzfRun(byte: number, count: number): Buffer {
  const out: Part[] = [0, byte]
  let left = count - 1
  while (left > 0) {
    // A reference copies 9 to 264 bytes in its long form; never leave a rest shorter than that.
    const copy = left > 264 && left < 273 ? left - 9 : Math.min(left, 264)
    out.push(0xe0, copy - 9, 0)
    left -= copy
  }
  return bytes(...out)
}

/** A compressed string from its LZF data and the length that it claims to expand to. */
export const lzfStr = (compressed: Uint8Array, claimed: number): Buffer =>
  bytes(0xc3, len(compressed.length), len(claimed), compressed)

/** A sorted set score as type 3 writes it: its length and text, or 253, 254, 255 for nan, inf, -inf. */
export function asciiDouble(text: string): Buffer {
  const special: Record<string, number> = {nan: 253, inf: 254, '-inf': 255}
  return text in special ? bytes(special[text]) : bytes(text.length, text)
}

const crcTable = Array.from({length: 256}, (_, n) => {
  let crc = BigInt(n)
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n
  return crc
})
/** In halves: with big integers a large file takes minutes. */
const crcHigh = Uint32Array.from(crcTable, (crc) => Number(crc >> 32n))
const crcLow = Uint32Array.from(crcTable, (crc) => Number(crc & 0xffffffffn))

/** CRC-64/Redis (Jones), one byte at a time. Source: crc64.c. */
export function crc64(data: Uint8Array, start = 0n): bigint {
  let high = Number(start >> 32n) | 0
  let low = Number(start & 0xffffffffn) | 0
  for (let i = 0; i < data.length; i++) {
    const index = (low ^ data[i]) & 255
    low = crcLow[index] ^ ((low >>> 8) | (high << 24))
    high = crcHigh[index] ^ (high >>> 8)
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}

export interface RdbParts {
  /** `REDIS`, or `VALKEY` whose version has three digits. */
  readonly magic?: 'REDIS' | 'VALKEY'
  readonly version: number
  /** All between the header and the EOF opcode. */
  readonly body?: Part
  /** `real` from version 5 on, else none; `zero` is what `rdbchecksum no` writes. */
  readonly checksum?: 'real' | 'zero' | 'wrong' | 'none'
}

/** A whole RDB file: header, body, EOF opcode, checksum. */
export function rdbFile({magic = 'REDIS', version, body = '', checksum}: RdbParts): Buffer {
  const digits = String(version).padStart(magic === 'REDIS' ? 4 : 3, '0')
  const content = bytes(magic, digits, body, 0xff)
  const kind = checksum ?? (version >= 5 ? 'real' : 'none')
  if (kind === 'none') return content
  const crc = kind === 'zero' ? 0n : crc64(content) ^ (kind === 'wrong' ? 1n : 0n)
  return bytes(content, u64le(crc))
}

/** A DUMP payload: type, body, version, checksum. */
export function dumpPayload(type: number, body: Part, version: number): Buffer {
  const content = bytes(type, body, u16le(version))
  return bytes(content, u64le(crc64(content)))
}

/** The same file with a checksum that fits its bytes again. */
export const resealed = (file: Uint8Array): Buffer =>
  bytes(file.subarray(0, -8), u64le(crc64(file.subarray(0, -8))))

export const aux = (name: string, value: string): Buffer => bytes(0xfa, str(name), str(value))
export const selectDb = (db: number): Buffer => bytes(0xfe, len(db))
export const resizeDb = (keys: number, expires: number): Buffer =>
  bytes(0xfb, len(keys), len(expires))
export const expireMs = (at: number | bigint): Buffer => bytes(0xfc, i64le(at))
export const expireSeconds = (at: number): Buffer => bytes(0xfd, i32le(at))

/** One key: type, name, value as it lies in the file. */
export const entry = (type: number, key: Part, value: Part): Buffer => bytes(type, str(key), value)

/** A count and its items. */
export const counted = (items: readonly Part[], perItem = 1): Buffer =>
  bytes(len(items.length / perItem), ...items)

/** A RESP record: what an AOF holds and what a client sends. */
export function resp(...args: (Part | bigint)[]): Buffer {
  const words = args.map((arg) =>
    typeof arg === 'number' || typeof arg === 'bigint' ? utf8(String(arg)) : toBuffer(arg),
  )
  return bytes(
    `*${words.length}\r\n`,
    ...words.flatMap((word) => [`$${word.length}\r\n`, word, '\r\n']),
  )
}

/** Bytes as UTF-8 text. */
export const text = (data: Uint8Array): string => Buffer.from(data).toString('utf8')
