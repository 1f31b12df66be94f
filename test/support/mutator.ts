/** Changes RDB and AOF files where it hurts: lengths, counts, types, whole records, the inside of packed values. */
import type {RecordSpan, Sample} from './campaign.ts'
import type {Random} from './random.ts'

export interface Subject extends Sample {
  readonly records: readonly RecordSpan[]
}

export interface Mutant {
  readonly bytes: Uint8Array
  /** What was done to which file: with the seed enough to make it again. */
  readonly what: string
}

interface Draft {
  bytes: Uint8Array
  readonly subject: Subject
  readonly others: readonly Subject[]
  readonly random: Random
}

type Change = (draft: Draft) => void

const hexParts = (...texts: string[]): Uint8Array[] =>
  texts.map((text) => new Uint8Array(Buffer.from(text, 'hex')))

const BOUNDARY_BYTES = [
  0, 1, 2, 0x0f, 0x10, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xe0, 0xf0,
  0xf4, 0xf8, 0xfc, 0xfd, 0xfe, 0xff,
]
const LONG_LENGTHS = hexParts(
  ...['7fff', '80ffffffff', '807fffffff', '8000000000', '80ffffff00', '8000010000', '40ff'],
  ...['81ffffffffffffffff', '817fffffffffffffff', '810020000000000000', '810000000100000000'],
  ...['c3', 'c30100', 'c3014058', 'c3800000000580ffffffff', 'c38000000000', 'c0ff', 'c2'],
)
const WORDS = hexParts(
  ...['0000', 'ffff', 'fffe', '0080', 'ff7f', '00000000', 'ffffffff', 'ffffff7f', '00000080'],
  ...['0000000000000000', 'ffffffffffffffff', 'ffffffffffffff7f', '000000000000f87f'],
)
const OPCODES = hexParts(
  ...['fe00', 'fe10', 'fe8100000000ffffffff', 'fb0000', 'fb80ffffffff00', 'fa0161c001', 'f800'],
  ...['f8810000000100000000', 'f9ff', 'fcffffffffffffffff', 'fc0000000000000080', 'fdffffffff'],
  ...['f5052321660a00', 'f4050101', 'f381', 'f200', 'f7810000000000000000020200', 'ff', 'ef', '06'],
  ...['fcffffffffffff1f00', 'fa0664662d7665720161', 'f601610162000163'],
)
const LINES = [
  ...['*0\r\n', '*-1\r\n', '*1073741824\r\n', '*2147483648\r\n', '$-5\r\n', '$99999999999\r\n'],
  ...['$0\r\n\r\n', '$536870913\r\n', '*1\r\n$4\r\nEXEC\r\n', '*1\r\n$5\r\nMULTI\r\n', 'PING\r\n'],
  ...['#TS:1700000000\r\n', '#TS:x\r\n', '#', '\r\n', '\n', '\0\0\0\0', '*3\r\n$3\r\nSET\r\n'],
  ...['*2\r\n$6\r\nSELECT\r\n$2\r\n99\r\n', '*01\r\n', '* 1\r\n', '*+1\r\n', '*1\n', 'REDIS0011'],
].map((line) => new Uint8Array(Buffer.from(line, 'latin1')))

const splice = (bytes: Uint8Array, start: number, end: number, part: Uint8Array): Uint8Array => {
  const out = new Uint8Array(start + part.length + Math.max(0, bytes.length - end))
  out.set(bytes.subarray(0, start))
  out.set(part, start)
  if (end < bytes.length) out.set(bytes.subarray(end), start + part.length)
  return out
}

function somewhere({bytes, random}: Draft): number {
  return random.int(Math.max(1, bytes.length))
}

/** A record, as it lay in the file before other changes. */
function record({subject, random, bytes}: Draft): RecordSpan {
  if (subject.records.length > 0) return random.pick(subject.records)
  return {start: 9, type: 9, inner: 9, end: bytes.length, isIntact: false}
}

/** A byte that is likely to be a length, a count or a type. */
function site(draft: Draft): number {
  const {type, inner, end} = record(draft)
  const {random} = draft
  switch (random.int(5)) {
    case 0:
      return type + 1
    case 1:
      return inner
    case 2:
      return inner + random.int(16)
    case 3:
      return type
    default:
      return inner + random.int(Math.max(1, end - inner))
  }
}

const ANYWHERE: readonly (readonly [string, Change])[] = [
  ['flip', flip],
  ['boundary byte', boundaryByte],
  ['nudge', nudge],
  ['word', word],
  ['swap inner bytes', swapInner],
  ['duplicate record', duplicateRecord],
  ['delete record', (d) => replaceRecord(d, new Uint8Array(0))],
  ['splice record', spliceRecord],
  ['truncate', truncate],
  ['zeros', zeros],
  ['repeat bytes', repeatBytes],
  ['delete bytes', deleteBytes],
]

const RDB_CHANGES: readonly (readonly [string, Change])[] = [
  ...ANYWHERE,
  ['long length', (d) => insertAt(d, site(d), d.random.int(6), LONG_LENGTHS)],
  ['type', changeType],
  ['opcode', (d) => insertAt(d, record(d).start, 0, OPCODES)],
  ['lzf', changeLzf],
]

const AOF_CHANGES: readonly (readonly [string, Change])[] = [
  ...ANYWHERE,
  ['digit', changeDigit],
  ['line', (d) => insertAt(d, record(d).start, 0, LINES)],
  ['line inside', (d) => insertAt(d, site(d), d.random.int(3), LINES)],
]

function flip(draft: Draft): void {
  for (let left = 1 + draft.random.int(3); left > 0; left--) {
    draft.bytes[somewhere(draft)] ^= 1 << draft.random.int(8)
  }
}

function boundaryByte(draft: Draft): void {
  draft.bytes[site(draft)] = draft.random.pick(BOUNDARY_BYTES)
}

function nudge(draft: Draft): void {
  draft.bytes[site(draft)] += draft.random.pick([-2, -1, 1, 2])
}

function word(draft: Draft): void {
  const part = draft.random.pick(WORDS)
  const at = Math.max(0, Math.min(site(draft), draft.bytes.length - part.length))
  if (part.length <= draft.bytes.length) draft.bytes.set(part, at)
}

function swapInner(draft: Draft): void {
  const {inner, end} = record(draft)
  const {random, bytes} = draft
  const length = 1 + random.int(4)
  const a = inner + random.int(Math.max(1, end - inner))
  const b = inner + random.int(Math.max(1, end - inner))
  for (let i = 0; i < length; i++) {
    const kept = bytes[a + i]
    bytes[a + i] = bytes[b + i]
    bytes[b + i] = kept
  }
}

function insertAt(draft: Draft, at: number, over: number, parts: readonly Uint8Array[]): void {
  const start = Math.min(at, draft.bytes.length)
  draft.bytes = splice(draft.bytes, start, start + over, draft.random.pick(parts))
}

function replaceRecord(draft: Draft, part: Uint8Array): void {
  const {start, end} = record(draft)
  const from = Math.min(start, draft.bytes.length)
  draft.bytes = splice(draft.bytes, from, Math.max(from, end), part)
}

function duplicateRecord(draft: Draft): void {
  const {start, end} = record(draft)
  const at = Math.min(draft.random.int(2) === 0 ? end : record(draft).start, draft.bytes.length)
  draft.bytes = splice(draft.bytes, at, at, draft.bytes.slice(start, end))
}

/** A record of another file: of another version, dialect, server. */
function spliceRecord(draft: Draft): void {
  const {random} = draft
  const other = random.pick(draft.others)
  const {start, end} = record({...draft, subject: other, bytes: other.bytes})
  const part = other.bytes.subarray(start, end)
  if (random.int(2) === 0) replaceRecord(draft, part)
  else insertAt(draft, record(draft).start, 0, [part])
}

function truncate(draft: Draft): void {
  const {start, end} = record(draft)
  draft.bytes = draft.bytes.slice(0, start + draft.random.int(Math.max(1, end - start)))
}

function zeros(draft: Draft): void {
  const at = somewhere(draft)
  draft.bytes.fill(0, at, at + 1 + draft.random.int(64))
}

function repeatBytes(draft: Draft): void {
  const from = somewhere(draft)
  const at = draft.random.int(2) === 0 ? from : somewhere(draft)
  const part = draft.bytes.slice(from, from + 1 + draft.random.int(40))
  draft.bytes = splice(draft.bytes, at, at, part)
}

function deleteBytes(draft: Draft): void {
  const at = site(draft)
  draft.bytes = splice(
    draft.bytes,
    Math.min(at, draft.bytes.length),
    at + 1 + draft.random.int(8),
    new Uint8Array(0),
  )
}

function changeType(draft: Draft): void {
  const {random} = draft
  draft.bytes[record(draft).type] = random.int(4) === 0 ? random.int(256) : random.int(34)
}

/** Lengths and data of the first compressed string behind some place. */
function changeLzf(draft: Draft): void {
  const {bytes, random} = draft
  const found = bytes.indexOf(0xc3, site(draft))
  if (found < 0) return flip(draft)
  const at = found + 1 + random.int(random.int(2) === 0 ? 6 : 30)
  bytes[at] = random.int(2) === 0 ? random.pick(BOUNDARY_BYTES) : random.int(256)
}

/** A digit of a header line. */
function changeDigit(draft: Draft): void {
  const {bytes, random} = draft
  const {start, end} = record(draft)
  const from = start + random.int(Math.max(1, end - start))
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== 0x24 && bytes[at] !== 0x2a) continue
    bytes[at + 1] = random.pick([0x30, 0x31, 0x32, 0x39, 0x2d, 0x20, 0x0d, 0, 0x61])
    return
  }
}

/** One to three changes to one of `subjects`; half of the RDB files lose their checksum, so that only structure is left to see. */
export function mutate(subjects: readonly Subject[], random: Random): Mutant {
  const subject = random.pick(subjects)
  const draft: Draft = {bytes: subject.bytes.slice(), subject, others: subjects, random}
  const changes = subject.kind === 'rdb' ? RDB_CHANGES : AOF_CHANGES
  const done: string[] = []
  for (let left = 1 + random.int(3); left > 0; left--) {
    const [name, change] = random.pick(changes)
    change(draft)
    done.push(name)
  }
  if (subject.kind === 'rdb' && random.int(2) === 0 && draft.bytes.length > 20) {
    draft.bytes.fill(0, draft.bytes.length - 8)
    done.push('no checksum')
  }
  return {bytes: draft.bytes, what: `${subject.name}: ${done.join(', ')}`}
}
