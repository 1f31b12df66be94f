/** Lines on their way out as bytes: a string per line, and turning it into bytes again, would cost most of the time of a long list. */

import type {Bytes} from '../operations/reports.ts'
import {escapeByte} from './escape.ts'
import {jsonLine} from './json.ts'

const ESCAPED: readonly string[] = Array.from({length: 256}, (_, byte) => escapeByte(byte))
const QUOTE = 0x22
/** No byte takes more than this, escaped: `\xHH`. */
const GROWTH = 4
const BACKSLASH = 0x5c
/** 1 for what stands for itself between quotes, in our text as in JSON. */
const PLAIN = Uint8Array.from({length: 256}, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
)

export class ByteLines {
  private bytes = Buffer.alloc(0x20000)
  private length = 0

  /** Everything so far. The caller is done with it before it adds more. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length)
    this.length = 0
    return taken
  }

  /** Text that is plain ASCII. It is short: a loop costs less than to call Buffer.write(). */
  ascii(text: string): void {
    this.reserve(text.length)
    const {bytes} = this
    let to = this.length
    for (let i = 0; i < text.length; i++) bytes[to++] = text.charCodeAt(i)
    this.length = to
  }

  /** Bytes as they are. */
  raw(memory: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    const {bytes} = this
    let to = this.length
    for (let at = start; at < end; at++) bytes[to++] = memory[at]
    this.length = to
  }

  text(text: string): void {
    this.reserve(text.length * 3)
    this.length += this.bytes.write(text, this.length, 'utf8')
  }

  /** Bytes between quotes, as redis-cli shows them. */
  quoted(memory: Uint8Array, start: number, end: number): void {
    this.ascii('"')
    this.escaped(memory, start, end)
    this.ascii('"')
  }

  /** What stands between such quotes. */
  escaped(memory: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * GROWTH)
    const {bytes} = this
    let to = this.length
    for (let at = start; at < end; at++) {
      const byte = memory[at]
      if (PLAIN[byte] === 1) bytes[to++] = byte
      else to += bytes.write(ESCAPED[byte], to, 'latin1')
    }
    this.length = to
  }

  /** Bytes as JSON: a string where they are UTF-8, else in base64. */
  json(memory: Uint8Array, start: number, end: number): void {
    if (!this.plainJson(memory, start, end)) {
      this.text(jsonLine([bytesOf(memory.subarray(start, end))]).slice(1, -1))
    }
  }

  private plainJson(memory: Uint8Array, start: number, end: number): boolean {
    this.reserve(end - start + 2)
    const {bytes} = this
    let to = this.length
    bytes[to++] = QUOTE
    for (let at = start; at < end; at++) {
      const byte = memory[at]
      if (PLAIN[byte] === 0) return false
      bytes[to++] = byte
    }
    bytes[to++] = QUOTE
    this.length = to
    return true
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const larger = Buffer.alloc((this.length + count) * 2)
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}

/** As a report has them. */
export function bytesOf(span: Uint8Array): Bytes {
  const bytes = Buffer.from(span.buffer, span.byteOffset, span.length)
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : {base64: bytes.toString('base64')}
}
