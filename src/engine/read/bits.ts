/** Commands that read the bits of strings, and HyperLogLogs. Source: bitops.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {fieldAt, readOffset, readWidth} from '../apply/bitmaps.ts'
import {findString} from '../apply/find-string.ts'
import {pfcount} from '../apply/hyperloglog.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {CommandError, syntaxError} from '../call.ts'
import {stringEnd, stringStart} from '../values/string.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

function getbit(call: ReadCall, reply: ReplyWriter): void {
  const offset = readOffset(call, 2, 0)
  const entry = findString(call, 1)
  if (entry === 0) return reply.integer(0)
  const {keyspace} = call
  const at = stringStart(keyspace, entry) + Math.floor(offset / 8)
  const byte = at < stringEnd(keyspace, entry) ? keyspace.arena.memory[at] : 0
  reply.integer((byte >> (7 - (offset % 8))) & 1)
}

/** Bits [start, end) of a string, counted from its first. */
interface BitRange {
  start: number
  end: number
  from: number
}

/** BYTE or BIT in argument `i`, which may be missing. */
function isBits(call: ReadCall, i: number): boolean {
  if (i >= call.argc) return false
  if (call.is(i, 'BIT')) return true
  if (call.is(i, 'BYTE')) return false
  throw syntaxError()
}

/** The range in arguments `i` and behind, all where there are none. */
function bitRange(call: ReadCall, entry: number, i: number, first: number, last: number): BitRange {
  const {keyspace} = call
  const from = stringStart(keyspace, entry)
  const bytes = stringEnd(keyspace, entry) - from
  const unit = isBits(call, i + 2) ? 1 : 8
  const total = unit === 1 ? bytes * 8 : bytes
  const start = Math.max(first < 0 ? first + total : first, 0)
  const end = Math.min(Math.max(last < 0 ? last + total : last, 0), total - 1)
  if (start > end) return {start: 0, end: 0, from}
  return {start: start * unit, end: (end + 1) * unit, from}
}

/** A server looks at the key before the range: without one nothing of it can be wrong. */
function bitcount(call: ReadCall, reply: ReplyWriter): void {
  const entry = findString(call, 1)
  if (entry === 0) return reply.integer(0)
  if (call.argc === 3 || call.argc > 5) throw syntaxError()
  const first = call.argc > 3 ? indexArgument(call, 2) : 0
  const last = call.argc > 3 ? indexArgument(call, 3) : -1
  const {start, end, from} = bitRange(call, entry, 2, first, last)
  // BITPOS brings such a range into the string; so it may be one of a byte.
  if (first < 0 && last < 0 && first > last) return reply.integer(0)
  const {memory} = call.keyspace.arena
  let count = 0
  for (let bit = start; bit < end; ) {
    const byte = memory[from + (bit >> 3)]
    if ((bit & 7) === 0 && end - bit >= 8) {
      count += ONES[byte]
      bit += 8
    } else {
      count += (byte >> (7 - (bit & 7))) & 1
      bit++
    }
  }
  reply.integer(count)
}

const ONES = Uint8Array.from(
  {length: 256},
  (_, byte) => byte.toString(2).replaceAll('0', '').length,
)

function bitpos(call: ReadCall, reply: ReplyWriter): void {
  const wanted = indexArgument(call, 2)
  if (wanted !== 0 && wanted !== 1) {
    throw new CommandError('ERR The bit argument must be 1 or 0.')
  }
  const entry = findString(call, 1)
  if (entry === 0) return reply.integer(wanted === 1 ? -1 : 0)
  if (call.argc > 6) throw syntaxError()
  const first = call.argc > 3 ? indexArgument(call, 3) : 0
  const last = call.argc > 4 ? indexArgument(call, 4) : -1
  const {start, end, from} = bitRange(call, entry, 3, first, last)
  if (start >= end) return reply.integer(-1)
  const {memory} = call.keyspace.arena
  const skip = wanted === 1 ? 0 : 0xff
  for (let bit = start; bit < end; ) {
    const byte = memory[from + (bit >> 3)]
    if ((bit & 7) === 0 && end - bit >= 8 && byte === skip) bit += 8
    else if (((byte >> (7 - (bit & 7))) & 1) === wanted) return reply.integer(bit)
    else bit++
  }
  // A string is taken to go on with zeros, unless its end was given.
  reply.integer(wanted === 0 && call.argc <= 4 ? end : -1)
}

function bitfield(call: ReadCall, reply: ReplyWriter): void {
  const steps: {at: number; bits: number; signed: boolean}[] = []
  for (let i = 2; i < call.argc; i += 3) {
    if (!call.is(i, 'GET')) {
      if (!/^(SET|INCRBY|OVERFLOW)$/i.test(call.text(i))) throw syntaxError()
      throw new CommandError('ERR BITFIELD_RO only supports the GET subcommand')
    }
    if (i + 2 >= call.argc) throw syntaxError()
    const signed = call.memory[call.starts[i + 1]] === 0x69
    const bits = readWidth(call, i + 1, signed)
    steps.push({at: readOffset(call, i + 2, bits), bits, signed})
  }
  const entry = findString(call, 1)
  reply.array(steps.length)
  for (const step of steps) reply.bigint(fieldAt(call, entry, step))
}

export const BIT_READS: ReadRows = [
  ['GETBIT', getbit],
  ['BITCOUNT', bitcount],
  ['BITPOS', bitpos],
  ['BITFIELD_RO', bitfield],
  ['PFCOUNT', pfcount],
]
