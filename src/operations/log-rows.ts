/**
 * What `log` emits, packed: millions of commands go from one thread to the other. A chunk holds whole rows, little-endian:
 *
 *     row        u32 length of all of it, u8 what it is, then
 *     0 command  u16 ordinal of the file, f64 offset, f64 bytes in the log, f64 number over all files, f64 number in its file,
 *                f64 time in seconds (NaN: not known), u32 database, u32 arguments, u32 of them here,
 *                those: u32 length, u32 bytes of it here, bytes; then JSON with what else is known of it, or nothing
 *     1 note     JSON
 *
 * Files are counted from 0 in the order of their notes (`"type": "file"`).
 */
import type {RecordArguments} from '../formats/aof/arguments.ts'

export const ROW_COMMAND = 0
export const ROW_NOTE = 1
const HEAD = 5
const COMMAND_HEAD = HEAD + 2 + 5 * 8 + 3 * 4
const CHUNK = 0x40000

/** Where a command is, apart from its arguments. */
export interface LogPlace {
  file: number
  offset: number
  bytes: number
  /** From 1, over all files of the input. */
  number: number
  /** From 1, in its file. */
  record: number
  /** Null when the log does not say. */
  seconds: number | null
  db: number
}

/** The arguments of a command, however they are held. */
export type RowArguments = Pick<RecordArguments, 'argc' | 'memory' | 'start' | 'end' | 'length'>

export interface RowLimits {
  /** Bytes that are kept of an argument, and arguments of a command. */
  maxArg: number
  maxArgs: number
  /** Only so many commands, the last ones; null for all. */
  tail: number | null
}

export class LogRows {
  private readonly emit: (chunk: Uint8Array<ArrayBuffer>) => void
  private readonly limits: RowLimits
  private tail: number | null
  private chunk = new Uint8Array(0)
  private view = new DataView(this.chunk.buffer)
  private used = 0
  /** Rows that may be among the last ones: a ring. */
  private readonly last: Uint8Array[] = []
  private lastAt = 0

  constructor(emit: (chunk: Uint8Array<ArrayBuffer>) => void, limits: RowLimits) {
    this.emit = emit
    this.limits = limits
    this.tail = limits.tail
  }

  command(place: LogPlace, args: RowArguments, extra: object | null = null): void {
    const {maxArg, maxArgs} = this.limits
    const json = extra === null ? null : encode(extra)
    const shown = Math.min(args.argc, maxArgs)
    let size = COMMAND_HEAD + (json?.length ?? 0)
    for (let i = 0; i < shown; i++) size += 8 + Math.min(maxArg, args.end(i) - args.start(i))
    const start = this.begin(size, ROW_COMMAND)
    let at = this.head(start + HEAD, place)
    const {chunk, view} = this
    view.setUint32(at, args.argc, true)
    view.setUint32(at + 4, shown, true)
    at += 8
    for (let i = 0; i < shown; i++) {
      const from = args.start(i)
      const kept = Math.min(maxArg, args.end(i) - from)
      view.setUint32(at, args.length(i), true)
      view.setUint32(at + 4, kept, true)
      at += 8
      for (let k = 0; k < kept; k++) chunk[at + k] = args.memory[from + k]
      at += kept
    }
    if (json !== null) chunk.set(json, at)
    if (this.tail !== null) this.keepLast(start, size, this.tail)
  }

  note(note: object): void {
    const json = encode(note)
    const start = this.begin(HEAD + json.length, ROW_NOTE)
    this.chunk.set(json, start + HEAD)
  }

  /** Emit what there is. */
  flush(): void {
    if (this.used > 0) this.emit(this.chunk.slice(0, this.used))
    this.used = 0
  }

  /** Emit everything, the last commands included. All that come from now on are emitted too. */
  finish(): void {
    const {last, lastAt} = this
    for (let i = 0; i < last.length; i++) {
      const row = last[(lastAt + i) % last.length]
      this.chunk.set(row, this.begin(row.length, ROW_COMMAND))
    }
    this.tail = null
    this.last.length = 0
    this.flush()
  }

  private begin(size: number, what: number): number {
    if (this.used + size > this.chunk.length) {
      this.flush()
      if (size > this.chunk.length) {
        this.chunk = new Uint8Array(Math.max(CHUNK, size))
        this.view = new DataView(this.chunk.buffer)
      }
    }
    const start = this.used
    this.used += size
    this.view.setUint32(start, size, true)
    this.view.setUint8(start + 4, what)
    return start
  }

  private head(at: number, {file, offset, bytes, number, record, seconds, db}: LogPlace): number {
    const {view} = this
    view.setUint16(at, file, true)
    view.setFloat64(at + 2, offset, true)
    view.setFloat64(at + 10, bytes, true)
    view.setFloat64(at + 18, number, true)
    view.setFloat64(at + 26, record, true)
    view.setFloat64(at + 34, seconds ?? Number.NaN, true)
    view.setUint32(at + 42, db, true)
    return at + 46
  }

  /** Take the row back and put it among the last ones. */
  private keepLast(start: number, size: number, tail: number): void {
    const row = this.chunk.slice(start, start + size)
    this.used = start
    if (this.last.length < tail) this.last.push(row)
    else if (tail > 0) {
      this.last[this.lastAt] = row
      this.lastAt = (this.lastAt + 1) % tail
    }
  }
}

function encode(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
