/**
 * Reads the lines of docs/jsonl.md: a header, what is no key, keys, the end.
 *
 *     {"schema":"respite.jsonl/1","dialect":"redis","rdbVersion":10}
 *     {"aux":[name,value]} | {"function":code} | {"moduleAux":[name,bytes]} | {"slotImport":bytes}
 *     {"db":0,"key":…,["expiresAtMs":…,"idleSeconds":…,"freq":…,"keyMeta":…,]"type":…,["encoding":…,]"value":…}
 *     {"end":{"keys":1}}
 *
 * The value comes last, because what is before it says how to read it.
 */
import type {Cursor} from '../bytes/cursor.ts'
import type {Entry} from '../entry.ts'
import {FormatError} from '../errors.ts'
import {IgnoringVisitor} from '../rdb/ignoring.ts'
import {emptyFields, type RecordFields} from '../rdb/opcodes.ts'
import {LOGICAL_TYPES, type LogicalType, RdbOpcode} from '../rdb/types.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import {JsonCursor} from './json-cursor.ts'
import {JSONL_SCHEMA} from './jsonl-entry-writer.ts'
import {JsonSeen, readJsonValue} from './read-value.ts'

/** What a line is. */
export const JsonlLine = {END: 0, KEY: 1, FUNCTION: 2, RECORD: 3} as const
type LineKind = (typeof JsonlLine)[keyof typeof JsonlLine]

const COMMA = 0x2c
const COLON = 0x3a
const OPEN = 0x5b
const CLOSE = 0x5d
const BRACE = 0x7b
const END = 0x7d
const DB_MAX = 2 ** 31 - 1

/** Fields of a key's line that tell something other than where it is and what it holds. */
const ATTRIBUTES = [
  'db',
  'key',
  'expiresAtMs',
  'idleSeconds',
  'freq',
  'keyMeta',
  'type',
  'encoding',
]

export class JsonlReader implements Entry {
  readonly c: Cursor
  readonly j: JsonCursor
  dialect: 'redis' | 'valkey' = 'redis'
  version = 0
  /** Keys so far, the current one included. */
  entries = 0
  /** How many there are, as the last line has it; null before that. */
  keys: number | null = null
  db = 0
  logical: LogicalType = 'string'
  readonly type = -1
  readonly from = null
  expiresAtMs: number | null = null
  idleSeconds: number | null = null
  freq: number | null = null
  keyMeta: Uint8Array | null = null
  offset = 0
  size = 0
  /** Code of the current line, where it is a library. */
  code = new Uint8Array(0)
  /** The current line, where it is a record of an RDB, and its opcode. */
  readonly record: RecordFields = emptyFields()
  opcode = 0
  private readonly seen: JsonSeen
  private readonly isPart: boolean
  private valueLeft = false
  private given = 0

  /** `isPart`: there may be keys before the first one, so that whoever knows of them has to compare `keys`. */
  constructor(c: Cursor, isPart = false) {
    this.c = c
    this.isPart = isPart
    this.j = new JsonCursor(c)
    this.seen = new JsonSeen(c)
  }

  get memory(): Uint8Array {
    return this.c.memory
  }
  get keyStart(): number {
    return this.c.pinStart
  }
  get keyEnd(): number {
    return this.c.pinEnd
  }

  /** The current line is a key's, and its key has been read. */
  get isInKey(): boolean {
    return this.valueLeft
  }

  /** @throws FormatError `JSON_FIELD` also for a schema that is newer than this. */
  readHeader(): void {
    this.told(() => {
      const {j} = this
      j.expect(BRACE)
      j.name('schema')
      const start = j.offset
      const schema = j.text()
      if (schema !== JSONL_SCHEMA) {
        throw new FormatError(
          'UNSUPPORTED',
          start,
          `schema ${schema}, where ${JSONL_SCHEMA} is known`,
        )
      }
      j.expect(COMMA)
      j.name('dialect')
      this.dialect = j.text() === 'valkey' ? 'valkey' : 'redis'
      j.expect(COMMA)
      j.name('rdbVersion')
      this.version = j.integer(1, 9999)
      j.expect(END)
      j.endLine()
    })
  }

  /** Move to the next line. A key's value must be read or skipped before. */
  next(): LineKind {
    return this.told(() => this.readLine())
  }

  /** Somebody else read so many keys' lines. */
  stepOver(lines: number): void {
    this.entries += lines
    this.j.line += lines
  }

  readValue(visit: ValueVisitor): boolean {
    return this.told(() => {
      const {j} = this
      const counts = readJsonValue(j, this.logical, visit, this.seen)
      this.valueLeft = false
      j.expect(END)
      this.size = this.c.offset - this.offset
      j.endLine()
      return counts
    })
  }

  copyValue(): boolean {
    throw new Error('lines hold no bytes of an RDB')
  }

  skipValue(): boolean {
    return this.readValue(IGNORING)
  }

  private readLine(): LineKind {
    const {j} = this
    if (this.valueLeft) throw new Error('the value of a key was not read')
    if (j.peek() === -1) throw this.c.truncated(1)
    const start = j.offset
    this.offset = start
    j.expect(BRACE)
    const name = j.text()
    j.expect(COLON)
    if (ATTRIBUTES.includes(name)) return this.readKey(name)
    if (name === 'end') return this.readEnd(start)
    if (name === 'function') {
      this.code = this.copied()
      j.expect(END)
      j.endLine()
      return JsonlLine.FUNCTION
    }
    this.readRecord(name, start)
    j.expect(END)
    j.endLine()
    return JsonlLine.RECORD
  }

  private readRecord(name: string, start: number): void {
    const {j, record} = this
    if (name === 'slotImport') {
      this.opcode = RdbOpcode.SLOT_IMPORT
      record.raw = this.copied()
      return
    }
    if (name !== 'aux' && name !== 'moduleAux') {
      throw new FormatError('JSON_FIELD', start, 'a line of an unknown kind')
    }
    j.expect(OPEN)
    record.name = this.copied()
    j.expect(COMMA)
    const second = this.copied()
    j.expect(CLOSE)
    if (name === 'aux') {
      this.opcode = RdbOpcode.AUX
      record.value = second
    } else {
      this.opcode = RdbOpcode.MODULE_AUX
      record.module = String.fromCharCode(...record.name.subarray(0, 9))
      record.raw = second
    }
  }

  private readKey(first: string): LineKind {
    const {j} = this
    this.entries++
    this.given = 0
    this.expiresAtMs = null
    this.idleSeconds = null
    this.freq = null
    this.keyMeta = null
    let name = first
    for (;;) {
      if (name === 'value') break
      this.readAttribute(name)
      j.expect(COMMA)
      const start = j.offset
      name = j.text()
      j.expect(COLON)
      if (name !== 'value' && !ATTRIBUTES.includes(name)) {
        throw new FormatError('JSON_FIELD', start, 'an unknown field of a key')
      }
    }
    for (const needed of ['db', 'key', 'type']) {
      if (this.given & bitOf(needed)) continue
      throw new FormatError('JSON_FIELD', j.offset, `\`${needed}\` is missing before \`value\``)
    }
    this.valueLeft = true
    return JsonlLine.KEY
  }

  private readAttribute(name: string): void {
    const {j, c} = this
    const start = j.offset
    if (this.given & bitOf(name)) {
      throw new FormatError('JSON_FIELD', start, `\`${name}\` is there twice`)
    }
    this.given |= bitOf(name)
    if (name === 'db') this.db = j.integer(0, DB_MAX)
    else if (name === 'key') {
      j.bytes()
      c.pin(c.start, c.end)
    } else if (name === 'expiresAtMs') {
      this.expiresAtMs = j.integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    } else if (name === 'idleSeconds') this.idleSeconds = j.integer(0, Number.MAX_SAFE_INTEGER)
    else if (name === 'freq') this.freq = j.integer(0, 255)
    else if (name === 'keyMeta') this.keyMeta = this.copied()
    else if (name === 'encoding') j.string()
    else this.logical = this.readType()
  }

  private readType(): LogicalType {
    const {j} = this
    const start = j.offset
    const type = j.text() as LogicalType
    if (!LOGICAL_TYPES.includes(type)) {
      throw new FormatError('JSON_FIELD', start, `none of ${LOGICAL_TYPES.join(', ')}`)
    }
    return type
  }

  private readEnd(start: number): LineKind {
    const {j} = this
    j.expect(BRACE)
    j.name('keys')
    const keys = j.integer(0, Number.MAX_SAFE_INTEGER)
    j.expect(END)
    j.expect(END)
    j.endLine()
    this.keys = keys
    if (!this.isPart && keys !== this.entries) {
      const detail = `the end counts ${keys} keys, there are ${this.entries}`
      throw new FormatError('JSON_COUNT', start, detail)
    }
    if (j.peek() !== -1) throw j.unexpected('the end of the file')
    return JsonlLine.END
  }

  private copied(): Uint8Array<ArrayBuffer> {
    const {j, c} = this
    j.bytes()
    return new Uint8Array(c.memory.subarray(c.start, c.end))
  }

  /** Errors say in which line they are. */
  private told<T>(read: () => T): T {
    const {line} = this.j
    try {
      return read()
    } catch (error) {
      if (error instanceof FormatError) error.path.unshift(`line ${line}`)
      throw error
    }
  }
}

const IGNORING = new IgnoringVisitor()

const bitOf = (name: string): number => 1 << ATTRIBUTES.indexOf(name)
