/**
 * The commands of `log` as lines; src/operations/log-rows.ts has the layout of what comes in.
 *
 *     #12         @345  2026-02-03T04:05:06Z  db0  SET "user:1" "..."
 */
import type {Finding, ShortValue} from '../operations/reports.ts'
import {countText, plural} from '../sizes.ts'
import {ByteLines} from './byte-lines.ts'
import {printable} from './escape.ts'
import {jsonLine} from './json.ts'
import {isoTime, valueText} from './short-value-text.ts'

const ROW_COMMAND = 0
const HEAD = 5
const ARGUMENTS = HEAD + 54
const NUMBER_WIDTH = 9
const OFFSET_WIDTH = 12
const TIME_WIDTH = 20
const INDENT = ' '.repeat(NUMBER_WIDTH + 2)

interface FileNote {
  type: 'file'
  file: string
  role: string
  /** Keys of an RDB that the file is or begins with; null without one. */
  baseKeys: number | null
}

/** What the key is in an RDB part, for `--values`. */
interface BaseNote {
  type: 'base'
  file: string
  values: ShortValue[]
}

interface Values {
  before: ShortValue[]
  after: ShortValue[]
}

type Note = FileNote | BaseNote | ({type: 'finding'} & Finding)

/** Turns chunks of rows into lines. */
export class LogLines {
  private readonly asJson: boolean
  private readonly onFinding: (finding: Finding) => void
  private readonly lines = new ByteLines()
  private readonly files: string[] = []
  private seconds = Number.NaN
  private time = ''

  /** `onFinding` gets findings that are not printed as lines: all, in text. */
  constructor(asJson: boolean, onFinding: (finding: Finding) => void) {
    this.asJson = asJson
    this.onFinding = onFinding
  }

  /** Lines of a chunk, valid until the next call. */
  of(chunk: Uint8Array): Uint8Array {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    for (let at = 0; at < chunk.length; ) {
      const end = at + view.getUint32(at, true)
      if (chunk[at + 4] !== ROW_COMMAND) this.note(jsonOf(chunk, at + HEAD, end) as Note)
      else if (this.asJson) this.jsonCommand(chunk, view, at, end)
      else this.textCommand(chunk, view, at, end)
      at = end
    }
    return this.lines.take()
  }

  private textCommand(chunk: Uint8Array, view: DataView, row: number, end: number): void {
    const {lines} = this
    const number = `#${view.getFloat64(row + HEAD + 18, true)}`.padStart(NUMBER_WIDTH)
    const offset = `@${view.getFloat64(row + HEAD + 2, true)}`.padStart(OFFSET_WIDTH)
    const time = this.timeOf(view.getFloat64(row + HEAD + 34, true)).padEnd(TIME_WIDTH)
    lines.ascii(`${number} ${offset}  ${time}  db${view.getUint32(row + HEAD + 42, true)} `)
    const argc = view.getUint32(row + ARGUMENTS - 8, true)
    const shown = view.getUint32(row + ARGUMENTS - 4, true)
    let at = row + ARGUMENTS
    for (let i = 0; i < shown; i++) {
      const length = view.getUint32(at, true)
      const kept = view.getUint32(at + 4, true)
      at += 8
      lines.ascii(' ')
      if (i === 0 && isName(chunk, at, at + kept)) lines.raw(chunk, at, at + kept)
      else lines.quoted(chunk, at, at + kept)
      if (kept < length) lines.ascii(`... (${countText(length)} bytes)`)
      at += kept
    }
    if (shown < argc) lines.ascii(` ... (${countText(argc)} arguments)`)
    lines.ascii('\n')
    if (at < end) this.textValues(jsonOf(chunk, at, end) as Values)
  }

  /** `db0: string "1" -> string "2"`. */
  private textValues({before, after}: Values): void {
    const dbs = new Set([...before, ...after].map(({db}) => db))
    for (const db of dbs) {
      const was = before.find((value) => value.db === db)
      const is = after.find((value) => value.db === db)
      this.lines.text(`${INDENT}db${db}: ${valueText(was)} -> ${valueText(is)}\n`)
    }
  }

  private jsonCommand(chunk: Uint8Array, view: DataView, row: number, end: number): void {
    const {lines} = this
    const at = row + HEAD
    const time = this.timeOf(view.getFloat64(at + 34, true))
    lines.ascii('{"type":"command","file":')
    lines.ascii(this.files[view.getUint16(at, true)])
    lines.ascii(
      `,"number":${view.getFloat64(at + 18, true)},"record":${view.getFloat64(at + 26, true)},"offset":${view.getFloat64(at + 2, true)},"bytes":${view.getFloat64(at + 10, true)},"time":${time === '-' ? 'null' : `"${time}"`},"db":${view.getUint32(at + 42, true)},"argc":${view.getUint32(at + 46, true)},"args":[`,
    )
    const behind = this.jsonArguments(chunk, view, row)
    lines.ascii(']')
    if (behind < end) lines.text(`,${jsonLine(jsonOf(chunk, behind, end)).slice(1, -1)}`)
    lines.ascii('}\n')
  }

  private jsonArguments(chunk: Uint8Array, view: DataView, row: number): number {
    const {lines} = this
    const shown = view.getUint32(row + ARGUMENTS - 4, true)
    let at = row + ARGUMENTS
    for (let i = 0; i < shown; i++) {
      const length = view.getUint32(at, true)
      const kept = view.getUint32(at + 4, true)
      at += 8
      if (i > 0) lines.ascii(',')
      if (kept === length) lines.json(chunk, at, at + kept)
      else {
        lines.ascii('{"head":')
        lines.json(chunk, at, wholeEnd(chunk, at, at + kept))
        lines.ascii(`,"bytes":${length}}`)
      }
      at += kept
    }
    return at
  }

  private note(note: Note): void {
    // ASCII, so that it can be put into every line as it is.
    if (note.type === 'file') this.files.push(asciiJson(note.file))
    if (this.asJson) return this.lines.text(`${jsonLine(note)}\n`)
    if (note.type === 'finding') return this.onFinding(note)
    if (note.type === 'base') {
      for (const value of note.values) {
        this.lines.text(`${INDENT}db${value.db}: ${valueText(value)}\n`)
      }
      return
    }
    const {file, role, baseKeys} = note
    if (role === 'aof' && baseKeys === null) return
    const base = baseKeys === null ? '' : `: base: ${plural(baseKeys, 'key')}, not commands`
    this.lines.text(`# ${printable(file)}${base}\n`)
  }

  /** Many commands have the same second. */
  private timeOf(seconds: number): string {
    if (Number.isNaN(seconds)) return '-'
    if (seconds !== this.seconds) {
      this.seconds = seconds
      this.time = isoTime(seconds * 1000) ?? String(seconds)
    }
    return this.time
  }
}

function jsonOf(chunk: Uint8Array, start: number, end: number): object {
  return JSON.parse(Buffer.from(chunk.buffer, chunk.byteOffset + start, end - start).toString())
}

/** What looks like a command's name needs no quotes. */
function isName(chunk: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = chunk[at]
    const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
    if (!letter && !(byte >= 0x2d && byte <= 0x39 && byte !== 0x2f) && byte !== 0x5f) return false
  }
  return end > start
}

/** The end of the last whole UTF-8 character before a cut, so that what is left of valid text is valid. */
function wholeEnd(chunk: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && end - at < 3 && (chunk[at - 1] & 0xc0) === 0x80) at--
  if (at === start) return end
  const lead = chunk[at - 1]
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return at - 1 + length > end ? at - 1 : end
}

function asciiJson(text: string): string {
  return jsonLine([text])
    .slice(1, -1)
    .replace(/[\x80-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
