/**
 * Writes records of an append-only file:
 *
 *     *<argc> CRLF, then for each argument $<bytes> CRLF <argument> CRLF
 *
 * and annotations: #TS:<seconds> CRLF. Source: catAppendOnlyGenericCommand() and genAofTimestampAnnotationIfNeeded() in aof.c.
 */
import type {Sink} from '../bytes/sink.ts'
import {Growable} from '../packed/growable.ts'
import type {AofReader} from './reader.ts'

/** Room for the first line. */
const HEAD_BYTES = 16

/** Builds one record from arguments in order; how many there are shows at its end. */
export class RecordWriter {
  private readonly sink: Sink
  /** The arguments, from HEAD_BYTES on. */
  private readonly body = new Growable()
  /** Arguments of the record so far. */
  argc = 0

  constructor(sink: Sink) {
    this.sink = sink
    this.body.length = HEAD_BYTES
  }

  /** Bytes of the record so far. */
  get size(): number {
    return this.body.length - HEAD_BYTES
  }

  add(memory: Uint8Array, start: number, end: number): void {
    const {body} = this
    body.u8(0x24)
    putDecimal(body, end - start)
    putCrLf(body)
    body.append(memory, start, end)
    putCrLf(body)
    this.argc++
  }

  /** An argument of one byte per character. */
  addText(text: string): void {
    const {body} = this
    body.u8(0x24)
    putDecimal(body, text.length)
    putCrLf(body)
    body.text(text)
    putCrLf(body)
    this.argc++
  }

  addTexts(...texts: readonly string[]): void {
    for (const text of texts) this.addText(text)
  }

  /** Write the record, if it has arguments. */
  end(): void {
    const {sink, body} = this
    if (this.argc === 0) return
    const line = `*${this.argc}\r\n`
    const start = HEAD_BYTES - line.length
    for (let i = 0; i < line.length; i++) body.bytes[start + i] = line.charCodeAt(i)
    sink.write(body.bytes, start, body.length)
    body.clear()
    body.length = HEAD_BYTES
    this.argc = 0
  }
}

/** Write one whole record. */
export function writeRecord(sink: Sink, args: readonly (string | Uint8Array)[]): void {
  const record = new RecordWriter(sink)
  for (const arg of args) {
    if (typeof arg === 'string') record.addText(arg)
    else record.add(arg, 0, arg.length)
  }
  record.end()
}

/** Write the record that `reader` stands at, framed as servers write it. */
export function writeFramed(reader: AofReader, sink: Sink): void {
  const line = new Growable()
  const put = (text: string) => {
    line.clear()
    line.text(text)
    sink.write(line.bytes, 0, line.length)
  }
  let first = true
  put(`*${reader.argc}\r\n`)
  reader.readArguments({
    begin(_index, length) {
      if (!first) put('\r\n')
      put(`$${length}\r\n`)
      first = false
    },
    piece(memory, start, end) {
      sink.write(memory, start, end)
    },
  })
  put('\r\n')
}

/** Say when the records after this were written, in Unix seconds. Redis 7.0 and later read it; older servers refuse the file. */
export function writeTimestamp(sink: Sink, seconds: number): void {
  const line = new Growable()
  line.text(`#TS:${seconds}\r\n`)
  sink.write(line.bytes, 0, line.length)
}

function putDecimal(out: Growable, value: number): void {
  if (value < 10) out.u8(0x30 + value)
  else out.text(String(value))
}

function putCrLf(out: Growable): void {
  out.u8(0x0d)
  out.u8(0x0a)
}
