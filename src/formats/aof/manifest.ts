/**
 * The manifest of a multi-part append-only file: lines of at most 1024 bytes, LF included.
 *
 *     line  = '#' anything LF
 *           | 'file' name 'seq' number 'type' ('b' | 'h' | 'i') {key value} LF
 *
 * Words are split and quoted as in split-args.ts. Keys come in any order and case; unknown ones are ignored by servers and
 * kept here (`startoffset`, `endoffset` since Redis 8). Only the first byte of the type counts.
 * Source: aofLoadManifestFromFile() in aof.c.
 */
import type {FormatErrorCode} from '../errors.ts'
import {quoteArg, splitArgs} from './split-args.ts'

export type ManifestType = 'b' | 'h' | 'i'

export interface ManifestEntry {
  name: string
  seq: number
  type: ManifestType
  /** Line it stands on, from 1. */
  line: number
  /** Further keys and values, in order. */
  fields: [string, string][]
}

export interface ManifestProblem {
  code: FormatErrorCode
  line: number
  /** Offset of that line in the manifest. */
  offset: number
  detail: string
  /** A server refuses to start because of it. */
  refused: boolean
}

export interface Manifest {
  entries: ManifestEntry[]
  comments: {line: number; text: string}[]
  problems: ManifestProblem[]
}

const LINE_MAX = 1024
const HASH_SIGN = 0x23
const LF = 0x0a

/** Is this the beginning of a manifest: is its first line that is no comment one that names a file? */
export function isManifest(head: Uint8Array): boolean {
  for (const {bytes} of lines(head)) {
    if (bytes[0] === HASH_SIGN) continue
    const words = splitArgs(trim(bytes))?.map(text) ?? []
    const keys = new Set(words.filter((_, i) => i % 2 === 0).map((key) => key.toLowerCase()))
    return words.length >= 6 && keys.has('file') && keys.has('seq') && keys.has('type')
  }
  return false
}

/** Read a manifest. Lines that a server refuses are problems; the others are entries all the same. */
export function readManifest(bytes: Uint8Array): Manifest {
  const reader = new ManifestReader()
  for (const line of lines(bytes)) reader.readLine(line.bytes, line.offset)
  return reader.finish()
}

/** The manifest as servers write it: base, history, incr files in the order given, each line with its further fields. */
export function writeManifest(entries: readonly ManifestEntry[]): Uint8Array {
  const order = ['b', 'h', 'i']
  const sorted = [...entries].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type))
  const encoder = new TextEncoder()
  const word = (value: string) => quoteArg(encoder.encode(value))
  const rows = sorted.map(({name, seq, type, fields}) => {
    const more = fields.map(([key, value]) => ` ${word(key)} ${word(value)}`).join('')
    return `file ${word(name)} seq ${seq} type ${type}${more}\n`
  })
  return encoder.encode(rows.join(''))
}

/** Why a file of this name must not be opened, or null: it has to be a plain name inside the manifest's directory. */
export function badFileName(name: string): string | null {
  if (name === '') return 'an empty file name'
  if (name === '.' || name === '..') return 'a file name that is a directory'
  if (/[/\\]/.test(name)) return 'a file name with a path separator'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (/[\0-\x1f\x7f]/.test(name)) return 'a file name with control characters'
  if (name.includes('\ufffd')) return 'a file name that is not UTF-8'
  return null
}

class ManifestReader {
  private readonly manifest: Manifest = {entries: [], comments: [], problems: []}
  private line = 0
  private offset = 0
  private lastIncr = 0
  private hasBase = false
  private readonly names = new Map<string, number>()

  readLine(bytes: Uint8Array, offset: number): void {
    this.line++
    this.offset = offset
    if (bytes[0] === HASH_SIGN) {
      this.manifest.comments.push({line: this.line, text: text(trim(bytes)).slice(1)})
      return
    }
    const end = bytes.indexOf(0)
    if (end >= 0) this.refuse('MANIFEST_SYNTAX', 'a NUL byte')
    else if (bytes[bytes.length - 1] !== LF) {
      const long = bytes.length === LINE_MAX
      this.refuse(
        'MANIFEST_SYNTAX',
        long ? `a line of over ${LINE_MAX} bytes` : 'a last line without LF',
      )
    }
    const trimmed = trim(bytes)
    if (trimmed.length === 0) {
      if (end < 0) this.refuse('MANIFEST_SYNTAX', 'a blank line')
      return
    }
    this.readEntry(splitArgs(trimmed))
  }

  finish(): Manifest {
    const {entries, problems} = this.manifest
    if (this.line === 0) {
      this.line = 1
      this.refuse('MANIFEST_EMPTY', 'the manifest is empty')
    } else if (entries.length === 0 && problems.length === 0) {
      this.note('MANIFEST_EMPTY', 'the manifest holds comments only')
    }
    return this.manifest
  }

  private readEntry(words: Uint8Array[] | null): void {
    if (words === null) {
      this.refuse('MANIFEST_SYNTAX', 'quotes that do not match')
      return
    }
    if (words.length < 6 || words.length % 2 !== 0) {
      this.refuse(
        'MANIFEST_SYNTAX',
        `${words.length} words, not pairs of a key and a value from three on`,
      )
      return
    }
    const values = new Map<string, Uint8Array>()
    const fields: [string, string][] = []
    for (let i = 0; i < words.length; i += 2) {
      const key = text(words[i])
      const lower = key.toLowerCase()
      if (lower === 'file' || lower === 'seq' || lower === 'type') values.set(lower, words[i + 1])
      else fields.push([key, text(words[i + 1])])
    }
    this.addEntry(values, fields)
  }

  private addEntry(values: Map<string, Uint8Array>, fields: [string, string][]): void {
    const file = values.get('file')
    const number = text(values.get('seq') ?? new Uint8Array())
    const seq = Number(/^\s*[+-]?\d+/.exec(number)?.[0] ?? 0)
    const type = text(values.get('type') ?? new Uint8Array())[0]
    if (file === undefined || seq === 0 || type === undefined) {
      this.refuse('MANIFEST_SYNTAX', 'no file, no seq above 0 or no type')
      return
    }
    if (!/^\d{1,15}$/.test(number)) this.note('MANIFEST_SYNTAX', 'a seq that is not a plain number')
    const name = text(file)
    const bad = badFileName(name)
    if (bad !== null) {
      this.refuse('MANIFEST_PATH', bad)
      return
    }
    if (type !== 'b' && type !== 'h' && type !== 'i') {
      this.refuse('MANIFEST_SYNTAX', 'a type that is not b, h or i')
      return
    }
    const entry = {name, seq, type: type as ManifestType, line: this.line, fields}
    this.checkOrder(entry)
    this.manifest.entries.push(entry)
  }

  private checkOrder({name, seq, type}: ManifestEntry): void {
    if (type === 'b') {
      if (this.hasBase) this.refuse('MANIFEST_DUPLICATE', 'a second base')
      this.hasBase = true
    }
    if (type === 'i') {
      if (seq <= this.lastIncr) {
        this.refuse('MANIFEST_SEQUENCE', `incr ${seq} after incr ${this.lastIncr}`)
      }
      this.lastIncr = Math.max(seq, this.lastIncr)
    }
    const before = this.names.get(name)
    if (before !== undefined) this.note('MANIFEST_DUPLICATE', `the file of line ${before} again`)
    this.names.set(name, this.line)
  }

  private refuse(code: FormatErrorCode, detail: string): void {
    this.add(code, detail, true)
  }

  private note(code: FormatErrorCode, detail: string): void {
    this.add(code, detail, false)
  }

  private add(code: FormatErrorCode, detail: string, refused: boolean): void {
    const {line, offset} = this
    this.manifest.problems.push({code, line, offset, detail, refused})
  }
}

/** Pieces as fgets() into a buffer of 1025 gives them: up to LF, at most 1024 bytes. */
function* lines(bytes: Uint8Array): Generator<{bytes: Uint8Array; offset: number}> {
  for (let offset = 0; offset < bytes.length; ) {
    const line = bytes.indexOf(LF, offset)
    const end = Math.min(line < 0 ? bytes.length : line + 1, offset + LINE_MAX)
    yield {bytes: bytes.subarray(offset, end), offset}
    offset = end
  }
}

function trim(line: Uint8Array): Uint8Array {
  let start = 0
  let end = line.length
  while (start < end && isEdge(line[start])) start++
  while (end > start && isEdge(line[end - 1])) end--
  return line.subarray(start, end)
}

/** sdstrim(line, " \t\r\n"). */
function isEdge(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13 || byte === LF
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes)
}
