/** Damage to an RDB file: cuts, flips, holes, blocks in wrong places, hostile lengths, transfers as text. */
import {bytes, hex, type Part} from './bytes.ts'
import type {Damage} from './damage-types.ts'
import type {Random} from './random.ts'

export const isRdb = (file: Buffer): boolean =>
  /^(REDIS|VALKEY)/.test(file.toString('latin1', 0, 6))

/** A copy with one byte changed. */
export function flipped(file: Buffer, offset: number, mask: number): Buffer {
  const copy = Buffer.from(file)
  copy[offset] ^= mask
  return copy
}

/** A copy with zeros in [start, end). */
export const zeroed = (file: Buffer, start: number, end = file.length): Buffer =>
  Buffer.from(file).fill(0, start, Math.min(file.length, end))

/** A copy with `part` in the place of [start, end). */
export const replaced = (file: Buffer, start: number, end: number, part: Part): Buffer =>
  bytes(file.subarray(0, start), part, file.subarray(end))

export function* rdbDamage(file: Buffer, random: Random): Generator<Damage> {
  yield* cuts(file)
  yield* flips(file, random)
  yield* blocks(file, random)
  yield* headers(file)
  yield* endings(file, random)
  yield* hostile(file)
  yield* transfers(file)
}

/** An offset between header and end, by its share of the file. */
const shareOf = (file: Buffer, share: number): number =>
  Math.max(9, Math.min(file.length - 12, Math.floor(file.length * share)))

function* cuts(file: Buffer): Generator<Damage> {
  const size = file.length
  const cut = (name: string, what: string, at: number): Damage => ({
    name,
    what,
    bytes: file.subarray(0, at),
    intact: at,
  })
  yield cut('empty-file', 'zero bytes', 0)
  yield cut('trunc-magic', 'cut inside the magic', 4)
  yield cut('trunc-header', 'only the 9 header bytes', 9)
  for (const percent of [10, 50, 90]) {
    yield cut(`trunc-${percent}`, `cut at ${percent} %`, shareOf(file, percent / 100))
  }
  yield cut('trunc-last-byte', 'last byte missing', size - 1)
  yield cut('trunc-checksum', 'checksum missing, EOF opcode there', size - 8)
  yield cut('trunc-eof-opcode', 'EOF opcode and checksum missing', size - 9)
}

function* flips(file: Buffer, random: Random): Generator<Damage> {
  const size = file.length
  for (let i = 0; i < 12; i++) {
    const at = 9 + random.int(size - 18)
    const bit = random.int(8)
    const what = `bit ${bit} of byte ${at}`
    yield {name: `flip-${i}`, what, bytes: flipped(file, at, 1 << bit), intact: at}
  }
  const sum = {intact: size - 4, sameData: true} as const
  yield {
    ...sum,
    name: 'checksum-flip',
    what: 'one bit of the checksum',
    bytes: flipped(file, size - 4, 1),
  }
  yield {
    name: 'checksum-zero',
    what: 'checksum zeroed: reads as none',
    bytes: zeroed(file, size - 8),
    intact: size - 8,
    sameData: true,
  }
}

function* blocks(file: Buffer, random: Random): Generator<Damage> {
  const big = file.length > 4096
  const half = shareOf(file, 0.5)
  for (const size of big ? [16, 512, 4096] : [16]) {
    const what = `${size} zero bytes at ${half}`
    yield {name: `zero-hole-${size}`, what, bytes: zeroed(file, half, half + size), intact: half}
  }
  const tail = shareOf(file, 0.7)
  const what = `zeros from ${tail} to the end`
  yield {name: 'zero-tail', what, bytes: zeroed(file, tail), intact: tail}
  for (const size of [1, 64]) {
    const grown = replaced(file, half, half, random.bytes(size))
    const inserted = `${size} random bytes inserted at ${half}`
    yield {name: `insert-${size}`, what: inserted, bytes: grown, intact: half}
  }
  for (const size of [1, 16]) {
    const shrunk = replaced(file, half, half + size, '')
    const deleted = `${size} bytes removed at ${half}`
    yield {name: `delete-${size}`, what: deleted, bytes: shrunk, intact: half}
  }
  yield duplicated(file, shareOf(file, 0.4), big ? 1024 : 64)
  yield swapped(file, shareOf(file, 0.3), shareOf(file, 0.6), big ? 512 : 32)
}

function duplicated(file: Buffer, at: number, size: number): Damage {
  const twice = replaced(file, at, at, file.subarray(at, at + size))
  const what = `${size} bytes at ${at} twice`
  return {name: 'duplicate-block', what, bytes: twice, intact: at + size}
}

function swapped(file: Buffer, first: number, second: number, size: number): Damage {
  const copy = Buffer.from(file)
  file.copy(copy, first, second, second + size)
  file.copy(copy, second, first, first + size)
  const what = `${size} bytes at ${first} and ${second} swapped`
  return {name: 'swap-blocks', what, bytes: copy, intact: first}
}

function* headers(file: Buffer): Generator<Damage> {
  const digits = file.toString('latin1', 0, 5) === 'REDIS' ? 5 : 6
  const newest = '9'.repeat(9 - digits)
  yield {name: 'bad-magic', what: 'first byte changed', bytes: replaced(file, 0, 1, 'X'), intact: 0}
  yield {
    name: 'version-99',
    what: `version ${newest}`,
    bytes: replaced(file, digits, 9, newest),
    intact: 5,
  }
  yield {
    name: 'version-text',
    what: 'version not a number',
    bytes: replaced(file, 5, 9, 'abcd'),
    intact: 5,
  }
}

function* endings(file: Buffer, random: Random): Generator<Damage> {
  const rest = {intact: file.length, sameData: true} as const
  const junk = bytes(file, random.bytes(100))
  yield {...rest, name: 'trailing-junk', what: '100 random bytes after the end', bytes: junk}
  yield {
    ...rest,
    name: 'trailing-newline',
    what: 'a newline after the end',
    bytes: bytes(file, '\n'),
  }
  yield {...rest, name: 'twice', what: 'the file twice', bytes: bytes(file, file)}
}

function* hostile(file: Buffer): Generator<Damage> {
  const behindHeader = (name: string, what: string, part: string): Damage => ({
    name,
    what,
    bytes: replaced(file, 9, 9, hex(part)),
    intact: 9,
  })
  yield behindHeader('length-64-bomb', 'an AUX length of 2^63-1', 'fa 81 7fffffffffffffff')
  yield behindHeader('length-32-bomb', 'an AUX length of 2^32-1', 'fa 80 ffffffff')
  yield behindHeader(
    'lzf-bomb',
    'an LZF string that claims 4 GiB',
    'fa c3 05 80 ffffffff 0061200000',
  )
  yield behindHeader('unknown-opcode', 'type byte 0xEF', 'ef')
}

function* transfers(file: Buffer): Generator<Damage> {
  const crlf = Buffer.from(file.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
  if (crlf.length !== file.length) {
    const what = 'LF turned into CRLF (text-mode transfer)'
    yield {name: 'text-mode', what, bytes: crlf, intact: file.indexOf(10)}
  }
  const mangled = Buffer.from(file.toString('utf8'))
  let intact = 0
  while (intact < file.length && mangled[intact] === file[intact]) intact++
  yield {name: 'utf8-mangled', what: 'read and written as UTF-8 text', bytes: mangled, intact}
}
