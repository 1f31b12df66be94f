/** Damage to an AOF: cuts, transactions, digits, holes, whole commands in wrong places, hostile counts. */
import {bytes, type Part, resp} from './bytes.ts'
import {flipped, replaced, zeroed} from './damage-rdb.ts'
import type {Damage} from './damage-types.ts'
import type {Random} from './random.ts'

export interface CommandSpan {
  readonly at: number
  readonly end: number
  readonly name: string
  /** `header` is where the `$` line starts. */
  readonly args: readonly {header: number; at: number; length: number}[]
}

const CR = 13
const LF = 10

/** Whole commands from `start` on, and where the last ends; annotations are stepped over. */
export function commands(file: Buffer, start = 0): {list: CommandSpan[]; end: number} {
  const list: CommandSpan[] = []
  let at = start
  while (at < file.length) {
    if (file[at] === 0x23) {
      const end = file.indexOf(LF, at)
      if (end < 0) break
      at = end + 1
      continue
    }
    const command = commandAt(file, at)
    if (!command) break
    list.push(command)
    at = command.end
  }
  return {list, end: at}
}

function numberLine(file: Buffer, at: number, prefix: string): [n: number, next: number] | null {
  const end = file.indexOf('\r\n', at, 'latin1')
  if (end < 0 || end - at > 40) return null
  const line = file.toString('latin1', at, end)
  if (line[0] !== prefix || !/^\d+$/.test(line.slice(1))) return null
  return [Number(line.slice(1)), end + 2]
}

function commandAt(file: Buffer, at: number): CommandSpan | null {
  const count = numberLine(file, at, '*')
  if (!count) return null
  const args: {header: number; at: number; length: number}[] = []
  let next = count[1]
  for (let i = 0; i < count[0]; i++) {
    const line = numberLine(file, next, '$')
    if (!line) return null
    const [length, start] = line
    const end = start + length
    if (end + 2 > file.length || file[end] !== CR || file[end + 1] !== LF) return null
    args.push({header: next, at: start, length})
    next = end + 2
  }
  const first = args[0]
  const name = first ? file.toString('latin1', first.at, first.at + first.length) : ''
  return {at, end: next, name: name.toUpperCase(), args}
}

/** Where the commands of a single AOF begin: 0, or behind an RDB preamble; its size when it is an RDB only. */
export function textStart(file: Buffer): number {
  if (!/^(REDIS|VALKEY)/.test(file.toString('latin1', 0, 6))) return 0
  for (let at = file.indexOf('*', 9, 'latin1'); at >= 0; at = file.indexOf('*', at + 1, 'latin1')) {
    // EOF opcode, 8 bytes of checksum, then the first command.
    if (file[at - 9] !== 0xff) continue
    const {list, end} = commands(file, at)
    if (list.length > 0 && end === file.length) return at
  }
  return file.length
}

/** End of the last command that ends at or before `offset` and leaves no transaction open. */
export function safeEnd(list: readonly CommandSpan[], offset: number, start: number): number {
  let safe = start
  let open = false
  for (const {name, end} of list) {
    if (end > offset) break
    if (name === 'MULTI') open = true
    else if (name === 'EXEC') open = false
    if (!open) safe = end
  }
  return safe
}

interface Subject {
  readonly file: Buffer
  readonly start: number
  readonly list: readonly CommandSpan[]
  /** A command in the middle, and one before it. */
  readonly mid: CommandSpan
  readonly early: CommandSpan
  /** An argument of some length. */
  readonly arg: CommandSpan['args'][number]
}

type Change = Omit<Damage, 'lastCommandEnd'>

export function* aofDamage(file: Buffer, random: Random): Generator<Damage> {
  const start = textStart(file)
  const {list} = commands(file, start)
  if (list.length < 4) return
  const mid = list[Math.floor(list.length / 2)]
  const early = list[Math.floor(list.length / 4)]
  const later = list.slice(Math.floor(list.length / 3))
  const rich = later.find(({args}) => args.length >= 3 && args[2].length >= 4) ?? mid
  const arg = rich.args[Math.min(2, rich.args.length - 1)]
  const subject: Subject = {file, start, list, mid, early, arg}
  for (const kind of [cuts, transactions, digits]) yield* withEnds(subject, kind(subject))
  yield* withEnds(subject, flips(subject, random))
  yield* withEnds(subject, holes(subject))
  yield* withEnds(subject, inserts(subject, random))
  for (const kind of [blocks, counts, strangers]) yield* withEnds(subject, kind(subject))
}

function* withEnds({list, start}: Subject, changes: Iterable<Change>): Generator<Damage> {
  for (const each of changes) yield {...each, lastCommandEnd: safeEnd(list, each.intact, start)}
}

function* cuts({file, start, list, mid, arg}: Subject): Generator<Change> {
  const size = file.length
  const cut = (name: string, what: string, at: number): Change => ({
    name,
    what,
    bytes: file.subarray(0, at),
    intact: at,
  })
  const boundary = safeEnd(list, mid.at, start)
  yield {...cut('trunc-boundary', 'cut between two commands', boundary), sameData: 'prefix'}
  yield cut('trunc-last-byte', 'last byte missing', size - 1)
  yield cut('trunc-last-crlf', 'last CRLF missing', size - 2)
  yield cut('trunc-in-arg', 'cut inside an argument', arg.at + Math.ceil(arg.length / 2))
  yield cut('trunc-in-length', 'cut inside a $ line', arg.header + 1)
  yield cut('trunc-in-count', 'cut inside the * line', mid.at + 1)
  yield cut('trunc-after-count', 'cut after the * line', mid.args[0].header)
}

/** `part` put before the command in the middle. */
const before = ({file, mid}: Subject, name: string, what: string, part: Part): Change => ({
  name,
  what,
  bytes: replaced(file, mid.at, mid.at, part),
  intact: mid.at,
})

function* transactions(subject: Subject): Generator<Change> {
  const {file, list} = subject
  const rest = {intact: file.length, sameData: true} as const
  const open = bytes(file, resp('MULTI'), resp('SET', 'lost:1', 'x'), resp('INCR', 'lost:2'))
  const what = 'MULTI and two commands at the end, no EXEC'
  yield {...rest, name: 'multi-no-exec', what, bytes: open}
  const lone = bytes(file, resp('MULTI'))
  yield {...rest, name: 'multi-only', what: 'a lone MULTI at the end', bytes: lone}
  const multi = list.findIndex(({name}) => name === 'MULTI')
  if (multi >= 0) {
    const at = list[multi + 1].end
    const inside = 'cut inside a transaction of the file'
    const half = file.subarray(0, at)
    yield {name: 'multi-cut', what: inside, bytes: half, intact: at, sameData: 'prefix'}
  }
  yield before(subject, 'exec-no-multi', 'EXEC without MULTI', resp('EXEC'))
  const nested = bytes(resp('MULTI'), resp('MULTI'), resp('SET', 'nested', '1'), resp('EXEC'))
  yield before(subject, 'multi-nested', 'MULTI inside MULTI', nested)
}

function* digits({file, mid, arg}: Subject): Generator<Change> {
  const flip = (name: string, what: string, at: number, mask: number): Change => ({
    name,
    what,
    bytes: flipped(file, at, mask),
    intact: at,
  })
  const silent = 'a bit inside an argument: well-formed, other data'
  yield {...flip('flip-arg', silent, arg.at, 1), sameData: 'silent'}
  yield flip('flip-star', 'a bit of *', mid.at, 1)
  yield flip('flip-dollar', 'a bit of $', arg.header, 4)
  yield flip('flip-length', 'a length digit', arg.header + 1, 1)
  yield flip('flip-count', 'the argument count', mid.at + 1, 1)
  yield flip('flip-cr', 'a CR after an argument', arg.at + arg.length, 2)
}

function* flips({file, start}: Subject, random: Random): Generator<Change> {
  for (let i = 0; i < 8; i++) {
    const at = start + random.int(file.length - start)
    const bit = random.int(8)
    const what = `bit ${bit} of byte ${at}`
    yield {name: `flip-random-${i}`, what, bytes: flipped(file, at, 1 << bit), intact: at}
  }
}

function* holes({file, start, mid}: Subject): Generator<Change> {
  const size = file.length
  const at = mid.at + 3
  for (const hole of [16, 512]) {
    if (at + hole >= size) continue
    const what = `${hole} zero bytes at ${at}`
    yield {name: `zero-hole-${hole}`, what, bytes: zeroed(file, at, at + hole), intact: at}
  }
  const tail = Math.max(start + 1, size - Math.min(4096, Math.floor((size - start) / 3)))
  const what = `zeros from ${tail} to the end (power loss)`
  yield {name: 'zero-tail', what, bytes: zeroed(file, tail), intact: tail}
  const grown = bytes(file, Buffer.alloc(4096))
  const behind = '4096 zero bytes after the end'
  yield {name: 'zero-append', what: behind, bytes: grown, intact: size, sameData: true}
}

function* inserts(subject: Subject, random: Random): Generator<Change> {
  const {file, arg} = subject
  const between = '64 random bytes between two commands'
  yield before(subject, 'insert-garbage', between, random.bytes(64))
  const longer = replaced(file, arg.at + 1, arg.at + 1, 'xyz')
  const inside = '3 bytes inside an argument'
  yield {name: 'insert-in-arg', what: inside, bytes: longer, intact: arg.at + 1}
  yield before(subject, 'insert-newline', 'an empty line between two commands', '\r\n')
  const grown = bytes(file, random.bytes(50))
  const what = '50 random bytes after the end'
  yield {name: 'append-garbage', what, bytes: grown, intact: file.length, sameData: true}
}

function* blocks({file, list, mid, early, arg}: Subject): Generator<Change> {
  const last = list[list.length - 1]
  const run = file.subarray(early.at, mid.at)
  const silent = {sameData: 'silent'} as const
  yield {
    ...silent,
    name: 'duplicate-commands',
    what: 'a run of whole commands twice: well-formed',
    bytes: replaced(file, mid.at, mid.at, run),
    intact: mid.at,
  }
  yield {
    name: 'duplicate-bytes',
    what: 'a run of bytes twice, not on a boundary',
    bytes: replaced(file, mid.at + 2, mid.at + 2, file.subarray(early.at + 1, mid.at + 2)),
    intact: mid.at + 2,
  }
  const fewer = replaced(file, early.at, mid.at, '')
  const gone = 'a run of whole commands gone: well-formed'
  yield {...silent, name: 'delete-commands', what: gone, bytes: fewer, intact: early.at}
  const shorter = replaced(file, arg.header, arg.header + 7, '')
  yield {name: 'delete-bytes', what: '7 bytes gone', bytes: shorter, intact: arg.header}
  yield {
    ...silent,
    name: 'swap-segments',
    what: 'two runs of commands swapped: well-formed',
    bytes: replaced(file, early.at, last.at, bytes(file.subarray(mid.at, last.at), run)),
    intact: early.at,
  }
  const rest = file.subarray(mid.at).toString('latin1').replaceAll('\r\n', '\n')
  const what = 'CRLF turned into LF from the middle on'
  yield {name: 'lf-only', what, bytes: bytes(file.subarray(0, mid.at), rest), intact: mid.at + 2}
}

function* counts(subject: Subject): Generator<Change> {
  yield before(subject, 'count-negative', '*-1', '*-1\r\n')
  yield before(subject, 'count-zero', '*0', '*0\r\n')
  yield before(subject, 'count-huge', '*1000000000', '*1000000000\r\n')
  yield before(subject, 'length-huge', '$999999999999', '*1\r\n$999999999999\r\n')
  yield before(subject, 'length-negative', '$-1', '*1\r\n$-1\r\n')
  yield before(subject, 'length-text', '$abc', '*1\r\n$abc\r\n')
}

function* strangers(subject: Subject): Generator<Change> {
  const unknown = resp('FOOBAR', 'x')
  yield before(subject, 'unknown-command', 'a command no server knows', unknown)
  yield before(subject, 'wrong-arity', 'SET with one argument', resp('SET', 'x'))
  yield before(subject, 'inline-command', 'an inline command', 'PING\r\n')
  yield before(subject, 'ts-bad', 'a broken timestamp annotation', '#TS:abc\r\n')
  const comment = before(subject, 'comment', 'an unknown annotation', '#hello\r\n')
  yield {...comment, sameData: true}
}
