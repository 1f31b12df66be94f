/**
 * Options of SET, GETEX, MSETEX and INCREX. An option given twice counts as its last one, unless the command forbids it.
 * Source: parseExtendedStringArgumentsOrReply() in t_string.c.
 */
import {type Call, CommandError, syntaxError, wrongType} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {stringEnd, stringStart} from '../values/string.ts'
import {shortArgument} from './numbers.ts'

export const Option = {
  NX: 1,
  XX: 2,
  GET: 4,
  KEEPTTL: 8,
  PERSIST: 16,
  EX: 32,
  PX: 64,
  EXAT: 128,
  PXAT: 256,
  IFEQ: 512,
  IFNE: 1024,
  IFDEQ: 2048,
  IFDNE: 4096,
} as const

export const TIMES = Option.EX | Option.PX | Option.EXAT | Option.PXAT
export const CONDITIONS = Option.IFEQ | Option.IFNE | Option.IFDEQ | Option.IFDNE
const KEEPING = Option.KEEPTTL | Option.PERSIST

/** What an option cannot stand beside; those of TIMES and CONDITIONS are followed by an argument. */
const ROWS: readonly (readonly [word: string, option: number, excludes: number])[] = [
  ['NX', Option.NX, Option.XX | CONDITIONS],
  ['XX', Option.XX, Option.NX | CONDITIONS],
  ['GET', Option.GET, 0],
  ['KEEPTTL', Option.KEEPTTL, TIMES | Option.PERSIST],
  ['PERSIST', Option.PERSIST, TIMES | Option.KEEPTTL],
  ['EX', Option.EX, KEEPING | (TIMES & ~Option.EX)],
  ['PX', Option.PX, KEEPING | (TIMES & ~Option.PX)],
  ['EXAT', Option.EXAT, KEEPING | (TIMES & ~Option.EXAT)],
  ['PXAT', Option.PXAT, KEEPING | (TIMES & ~Option.PXAT)],
  ['IFEQ', Option.IFEQ, Option.NX | Option.XX | (CONDITIONS & ~Option.IFEQ)],
  ['IFNE', Option.IFNE, Option.NX | Option.XX | (CONDITIONS & ~Option.IFNE)],
  ['IFDEQ', Option.IFDEQ, Option.NX | Option.XX | (CONDITIONS & ~Option.IFDEQ)],
  ['IFDNE', Option.IFDNE, Option.NX | Option.XX | (CONDITIONS & ~Option.IFDNE)],
]

export interface Options {
  /** Bits of Option. */
  given: number
  /** Argument with the time, 0 without. */
  time: number
  /** Argument with the value or digest to compare with, 0 without. */
  operand: number
}

/** Read the options from argument `from` on. @throws CommandError for any that is not in `allowed`. */
export function readOptions(call: Call, from: number, allowed: number): Options {
  const options: Options = {given: 0, time: 0, operand: 0}
  for (let i = from; i < call.argc; i++) i = readOption(call, i, allowed, options)
  return options
}

/** Read one option. Returns the last argument that belongs to it. */
export function readOption(call: Call, i: number, allowed: number, options: Options): number {
  const row = ROWS.find(([word, option]) => (option & allowed) !== 0 && call.is(i, word))
  if (row === undefined) throw syntaxError()
  const [, option, excludes] = row
  if ((options.given & excludes) !== 0) throw syntaxError()
  options.given |= option
  if ((option & (TIMES | CONDITIONS)) === 0) return i
  if (i + 1 === call.argc) throw syntaxError()
  if ((option & TIMES) !== 0) options.time = i + 1
  else options.operand = i + 1
  return i + 1
}

const INT64_MAX = 9223372036854775807n

/** The absolute expiry in ms that argument `i` names. @throws CommandError that names `command`. */
export function readExpiry(call: Call, i: number, option: number, command: string): number {
  const inSeconds = (option & (Option.EX | Option.EXAT)) !== 0
  const isRelative = (option & (Option.EX | Option.PX)) !== 0
  const short = shortArgument(call, i)
  if (short > 0) return (inSeconds ? short * 1000 : short) + (isRelative ? call.nowMs : 0)
  const given = call.bigint(i)
  const time = inSeconds ? given * 1000n : given
  const expiry = isRelative ? time + BigInt(call.nowMs) : time
  if (given <= 0n || time > INT64_MAX || expiry > INT64_MAX) throw invalidExpiry(command)
  return Number(expiry)
}

const invalidExpiry = (command: string) =>
  new CommandError(`ERR invalid expire time in '${command}' command`)

const DIGEST_LENGTH = 16

/** Check the digest that an option compares with. @throws CommandError. */
export function checkDigest(call: Call, {given, operand}: Options): void {
  if ((given & (Option.IFDEQ | Option.IFDNE)) === 0) return
  if (!/^[\da-f]{16}$/i.test(call.length(operand) === DIGEST_LENGTH ? call.text(operand) : '')) {
    throw new CommandError('ERR must be exactly 16 hexadecimal characters')
  }
}

/** Does the value of `entry`, 0 for none, meet the condition? @throws CommandError when it is no string. */
export function meets(call: Call, entry: number, {given, operand}: Options): boolean {
  const wantsEqual = (given & (Option.IFEQ | Option.IFDEQ)) !== 0
  if (entry === 0) return !wantsEqual
  if (call.db.kind(entry) !== Kind.STRING) throw wrongType()
  const byDigest = (given & (Option.IFDEQ | Option.IFDNE)) !== 0
  const equal = byDigest ? digestIs(call, entry, operand) : valueIs(call, entry, operand)
  return equal === wantsEqual
}

/** Is the value of a string argument `i`? */
export function valueIs(call: Call, entry: number, i: number): boolean {
  const {keyspace, memory, starts, ends} = call
  const start = stringStart(keyspace, entry)
  const end = stringEnd(keyspace, entry)
  if (end - start !== ends[i] - starts[i]) return false
  const own = keyspace.arena.memory
  for (let at = start, other = starts[i]; at < end; at++, other++) {
    if (own[at] !== memory[other]) return false
  }
  return true
}

function digestIs(call: Call, entry: number, i: number): boolean {
  const {keyspace} = call
  const {kernel} = keyspace.arena
  const digest = kernel.xxh3(stringStart(keyspace, entry), stringEnd(keyspace, entry))
  return BigInt.asUintN(64, digest) === BigInt(`0x${call.text(i)}`)
}

/** Argument `i` as a number of keys. @throws CommandError. */
export function readCount(call: Call, i: number, message: string): number {
  const count = shortArgument(call, i)
  if (!(count > 0)) throw new CommandError(message)
  return count
}
