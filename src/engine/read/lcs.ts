/**
 * LCS key key [LEN | IDX] [MINMATCHLEN n] [WITHMATCHLEN]: the longest common subsequence of two strings. Which of several it is
 * follows from how servers walk back through the table of lengths. Source: lcsCommand() in t_string.c.
 */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError, syntaxError} from '../call.ts'
import {Kind} from '../values/kinds.ts'
import {stringEnd, stringStart} from '../values/string.ts'
import type {ReadCall} from './read-call.ts'

/** Servers hold four bytes for every pair of lengths, and no more than a string may have. */
const TABLE_MAX = 512 * 1024 * 1024

interface LcsOptions {
  length: boolean
  indexes: boolean
  withLengths: boolean
  shortest: bigint
}

function optionsOf(call: ReadCall): LcsOptions {
  const options: LcsOptions = {length: false, indexes: false, withLengths: false, shortest: 0n}
  for (let i = 3; i < call.argc; i++) {
    if (call.is(i, 'IDX')) options.indexes = true
    else if (call.is(i, 'LEN')) options.length = true
    else if (call.is(i, 'WITHMATCHLEN')) options.withLengths = true
    else if (call.is(i, 'MINMATCHLEN') && i + 1 < call.argc) options.shortest = call.bigint(++i)
    else throw syntaxError()
  }
  if (options.indexes && options.length) {
    throw new CommandError('ERR If you want both the length and indexes, please just use IDX.')
  }
  return options
}

/** The entry of the string in argument `i`, 0 when there is none. */
function stringOf(call: ReadCall, i: number): number {
  const entry = call.find(i)
  if (entry === 0 || call.db.kind(entry) === Kind.STRING) return entry
  throw new CommandError('ERR The specified keys must contain string values')
}

function bytesOf({keyspace}: ReadCall, entry: number): Uint8Array {
  if (entry === 0) return new Uint8Array(0)
  return keyspace.arena.memory.slice(stringStart(keyspace, entry), stringEnd(keyspace, entry))
}

/** The lengths of two strings' common subsequences, of which only the ways back are kept: a bit for each pair of lengths. */
class Table {
  readonly length: number
  private readonly a: Uint8Array
  private readonly b: Uint8Array
  private readonly ways: Uint8Array | null

  /** `walked`: the way back is asked for. */
  constructor(a: Uint8Array, b: Uint8Array, walked: boolean) {
    this.a = a
    this.b = b
    this.ways = walked ? new Uint8Array(Math.ceil((a.length * b.length) / 8)) : null
    this.length = this.fill()
  }

  /** Is more left without the last byte of the first `i` of `a` than without that of the first `j` of `b`? */
  shortensFirst(i: number, j: number): boolean {
    const cell = (i - 1) * this.b.length + j - 1
    return this.ways !== null && (this.ways[cell >>> 3] & (1 << (cell & 7))) !== 0
  }

  private fill(): number {
    const {a, b, ways} = this
    const row = new Uint32Array(b.length + 1)
    let cell = 0
    for (const byte of a) {
      let diagonal = 0
      for (let j = 1; j <= b.length; j++, cell++) {
        const above = row[j]
        if (byte === b[j - 1]) row[j] = diagonal + 1
        else if (above > row[j - 1]) {
          if (ways !== null) ways[cell >>> 3] |= 1 << (cell & 7)
        } else row[j] = row[j - 1]
        diagonal = above
      }
    }
    return row[b.length]
  }
}

/** Bytes that both have in a row: from where in each, and how many. */
interface Match {
  a: number
  b: number
  length: number
}

/** What both have in common, from the last to the first. */
function matchesOf(a: Uint8Array, b: Uint8Array, table: Table): Match[] {
  const matches: Match[] = []
  let open: Match | null = null
  let i = a.length
  let j = b.length
  while (i > 0 && j > 0) {
    if (a[i - 1] !== b[j - 1]) {
      if (table.shortensFirst(i, j)) i--
      else j--
      open = null
      continue
    }
    i--
    j--
    if (open === null) {
      open = {a: i, b: j, length: 0}
      matches.push(open)
    }
    open.a = i
    open.b = j
    open.length++
  }
  return matches
}

function putMatches(
  reply: ReplyWriter,
  matches: Match[],
  length: number,
  {withLengths, shortest}: LcsOptions,
): void {
  const shown = matches.filter((match) => match.length >= shortest)
  reply.map(2)
  reply.text('matches')
  reply.array(shown.length)
  for (const match of shown) {
    reply.array(withLengths ? 3 : 2)
    for (const start of [match.a, match.b]) {
      reply.array(2)
      reply.integer(start)
      reply.integer(start + match.length - 1)
    }
    if (withLengths) reply.integer(match.length)
  }
  reply.text('len')
  reply.integer(length)
}

export function lcs(call: ReadCall, reply: ReplyWriter): void {
  const entries = [stringOf(call, 1), stringOf(call, 2)]
  const options = optionsOf(call)
  const [a, b] = entries.map((entry) => bytesOf(call, entry))
  if ((a.length + 1) * (b.length + 1) * 4 > TABLE_MAX) {
    throw new CommandError(
      'ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
    )
  }
  const table = new Table(a, b, !options.length)
  if (options.length) return reply.integer(table.length)
  const matches = matchesOf(a, b, table)
  if (options.indexes) return putMatches(reply, matches, table.length, options)
  const common = new Uint8Array(table.length)
  let at = 0
  for (const {a: start, length} of matches.reverse()) {
    common.set(a.subarray(start, start + length), at)
    at += length
  }
  reply.bulk(common, 0, common.length)
}
