/**
 * Tables as CSV (RFC 4180): CR LF, texts in quotation marks, nothing where there is nothing. A spreadsheet must not take a text of
 * the data for a formula: one that begins with = + - @, a tab, CR, LF or an apostrophe gets an apostrophe in front. What is no UTF-8,
 * or looks like what this makes of it, is written as base64 behind `base64:`.
 */
import type {Entry} from '../entry.ts'
import {TEXT_CSV} from '../kernel/layout.ts'
import type {LogicalType} from '../rdb/types.ts'
import {ELEMENT_COLUMNS, KEY_COLUMNS, type RowWriter} from '../table/rows.ts'
import {doubleText, type TextOutput} from '../text-output.ts'

const COMMA = 0x2c
const QUOTE = 0x22
const LINE_END = '\r\n'
const GUARDED = new Uint8Array(256)
for (const letter of "=+-@\t\r\n'") GUARDED[letter.charCodeAt(0)] = 1
export const BASE64 = 'base64:'

/** Write a text of the data as a cell. */
export function putCell(out: TextOutput, memory: Uint8Array, start: number, end: number): void {
  const first = start < end ? memory[start] : 0
  const isPlain = GUARDED[first] === 0 && !looksEncoded(memory, start, end)
  if (isPlain && out.string(memory, start, end, TEXT_CSV)) return
  out.byte(QUOTE)
  if (GUARDED[first] === 1 && out.isText(memory, start, end, TEXT_CSV)) {
    out.byte(0x27)
    out.body(memory, start, end, TEXT_CSV)
  } else {
    out.ascii(BASE64)
    out.base64(memory, start, end)
  }
  out.byte(QUOTE)
}

export function looksEncoded(memory: Uint8Array, start: number, end: number): boolean {
  if (memory[start] !== 0x62 || end - start < BASE64.length) return false
  for (let i = 0; i < BASE64.length; i++) {
    if (memory[start + i] !== BASE64.charCodeAt(i)) return false
  }
  return true
}

/** One row per key. */
export class CsvKeyRows implements RowWriter {
  private readonly out: TextOutput

  constructor(out: TextOutput) {
    this.out = out
    out.ascii(KEY_COLUMNS.join() + LINE_END)
  }

  begin(entry: Entry, logical: LogicalType, encoding: string | null): void {
    const {out} = this
    const {db, memory, keyStart, keyEnd, expiresAtMs, idleSeconds, freq} = entry
    out.integer(db)
    out.byte(COMMA)
    putCell(out, memory, keyStart, keyEnd)
    out.ascii(`,${logical},${encoding ?? ''},`)
    for (const number of [expiresAtMs, idleSeconds, freq]) {
      if (number !== null) out.integer(number)
      out.byte(COMMA)
    }
  }

  row(): void {}
  field(): void {}
  value(): void {}
  score(): void {}
  expiry(): void {}

  end(elements: number, bytes: number): void {
    this.out.ascii(`${elements},${bytes}${LINE_END}`)
  }

  finish(): void {
    this.out.flush()
  }
}

/** One row per element. */
export class CsvElementRows implements RowWriter {
  private readonly out: TextOutput
  private entry: Entry | null = null
  private type = ''
  private filled = 0

  constructor(out: TextOutput) {
    this.out = out
    out.ascii(ELEMENT_COLUMNS.join() + LINE_END)
  }

  begin(entry: Entry, logical: LogicalType): void {
    this.entry = entry
    this.type = `,${logical},`
    this.filled = 0
  }

  row(index: bigint | number | string | null): void {
    const {out} = this
    const {db, memory, keyStart, keyEnd} = this.entry!
    this.endRow()
    out.integer(db)
    out.byte(COMMA)
    putCell(out, memory, keyStart, keyEnd)
    out.ascii(this.type)
    if (typeof index === 'number') out.integer(index)
    else if (index !== null) out.ascii(String(index))
    this.filled = 4
  }

  field(memory: Uint8Array, start: number, end: number): void {
    this.column(5)
    putCell(this.out, memory, start, end)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    this.column(6)
    putCell(this.out, memory, start, end)
  }

  score(score: number): void {
    this.column(7)
    if (Number.isFinite(score)) this.out.double(score)
    else this.out.ascii(doubleText(score).slice(1, -1))
  }

  expiry(expiresAtMs: number): void {
    this.column(8)
    this.out.integer(expiresAtMs)
  }

  end(): void {
    this.endRow()
  }

  finish(): void {
    this.out.flush()
  }

  /** Leave what is before this column empty. */
  private column(number: number): void {
    for (; this.filled < number; this.filled++) this.out.byte(COMMA)
  }

  private endRow(): void {
    if (this.filled === 0) return
    this.column(ELEMENT_COLUMNS.length)
    this.out.ascii(LINE_END)
    this.filled = 0
  }
}
