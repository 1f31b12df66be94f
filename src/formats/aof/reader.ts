/**
 * The text part of an append-only file: records (see record.ts) and, since Redis 7.0, lines that begin with '#':
 *
 *     '#TS:' seconds CR LF      time of what follows
 *     '#' anything LF           ignored by loaders; at most 1023 bytes, LF included
 *
 * No header and no end mark: the input ends where a record may start.
 */
import {type Cursor, GAP} from '../bytes/cursor.ts'
import {FormatError} from '../errors.ts'
import {
  COMMAND_COUNTS,
  COMMAND_COUNTS_MAX,
  REG_ARGC,
  REG_AUX,
  REG_COUNT,
  REG_RUN,
  REGISTERS,
  SPAN_MAX,
  SPANS,
} from '../kernel/layout.ts'
import {upperCase} from '../text.ts'
import {RecordBatch} from './batch.ts'
import type {ArgumentVisitor, Deviation, LoaderVerdict} from './loader.ts'
import {RecordParser} from './record.ts'
import type {LogState} from './state.ts'

export type RecordKind = 'command' | 'annotation' | 'end'

/** Source: AOF_ANNOTATION_LINE_MAX_LEN in server.h, less the NUL that fgets() adds. */
export const ANNOTATION_MAX = 1023
const NEEDS_MORE = 1
const HASH_SIGN = 0x23
const LF = 0x0a
/** More unread bytes than this are not worth a refill before a run. */
const RUN_REST = 4096
const RUN = REGISTERS + REG_RUN

/** Reads records one by one. Spans are addresses in the cursor's memory, valid until the next call. */
export class AofReader {
  readonly c: Cursor
  /** Absolute offset of the current record or annotation. */
  offset = 0
  /** Ordinal of the last command, from 1. */
  record = 0
  argc = 0
  /** The last time that an annotation gave, in seconds; null before the first. */
  timestamp: number | null = null
  /** Absolute offset where the last part of the last run began. */
  runOffset = 0
  annotationStart = 0
  annotationEnd = 0
  /** What is not as servers write it in this record, although they load it. Of a big record, complete after `finish`. */
  deviation: Deviation | null = null
  /** Index of the command in the installed table; -1 where its name has not been looked up. */
  command = -1
  /** The record is for the part that is read, whatever its command. */
  sure = false
  /** Address of the spans of a whole command: start and end of each argument, u32 each. */
  spans = SPANS
  private readonly parser: RecordParser
  private whole = true
  private batch: RecordBatch | null = null

  constructor(c: Cursor) {
    this.c = c
    this.parser = new RecordParser(c)
  }

  /** Of the current record or annotation, once it has been read to its end. */
  get bytes(): number {
    return this.c.offset - this.offset
  }

  /** After an error: what a server makes of the record. */
  get verdict(): LoaderVerdict {
    return this.parser.verdict
  }

  /** After an error: absolute offset of the header line that was read last. */
  get lineOffset(): number {
    return this.parser.lineOffset
  }

  /** After an error: how many bytes an argument claims, right behind its header line, that reaches over the end; -1 without. */
  get claim(): number {
    return this.parser.claim
  }

  /**
   * From now on read only records that part `part` of `parts` has to see, and some that it has not: `sure` tells them apart.
   * Needs a compiled command table. All records count in `record`.
   */
  readPart(part: number, parts: number): RecordBatch {
    this.batch = new RecordBatch(this.c, part, parts)
    return this.batch
  }

  /** Move to the next record or annotation. @throws FormatError where no server could have written this. */
  next(): RecordKind {
    const {c, batch} = this
    if (this.parser.left > 0) this.finish()
    this.deviation = null
    if (batch) {
      if (batch.next(this.record)) return this.takeFromBatch(batch)
      this.record = batch.record
    }
    this.command = -1
    this.sure = false
    this.spans = SPANS
    this.offset = c.offset
    if (c.atEnd()) return 'end'
    if (c.memory[c.next] === HASH_SIGN) return this.readAnnotation()
    this.record++
    if (!this.readPlain()) {
      this.parser.read()
      this.argc = this.parser.argc
      this.whole = this.parser.whole
      this.deviation = this.parser.deviation
    }
    return 'command'
  }

  /**
   * Step over records that need no second look: strictly framed, known to the compiled command table, arity right. MULTI,
   * EXEC and SELECT are followed in `state`. Returns their number; `takeCounts` says which commands they were.
   */
  run(state: LogState): number {
    const {c} = this
    const before = this.record
    if (this.parser.left > 0) this.finish()
    do {
      this.runWindow(state, () => c.kernel.aofRun(c.next, c.limit))
    } while (c.limit - c.next < RUN_REST && c.more())
    return this.record - before
  }

  /**
   * As `run`, over at most `max` records of the window, with a row of each at `out`, see aof-list.ts. Returns their
   * number; 0 where the next record needs a second look, or is the last one of the window.
   */
  list(state: LogState, max: number, out: number): number {
    const {c} = this
    if (this.parser.left > 0) this.finish()
    if (c.limit - c.next < RUN_REST) c.more()
    return this.runWindow(state, () => c.kernel.aofList(c.next, c.limit, max, out))
  }

  /** Add the counts of all runs since the last call to `counts`, by index of the command. */
  takeCounts(counts: Float64Array): void {
    const {view} = this.c
    for (let i = 0; i < COMMAND_COUNTS_MAX; i++) {
      counts[i] += view.getUint32(COMMAND_COUNTS + i * 4, true)
      view.setUint32(COMMAND_COUNTS + i * 4, 0, true)
    }
  }

  /** Are all arguments of this command in memory, so that `argStart` and `argEnd` give them? */
  get isWhole(): boolean {
    return this.whole
  }

  argStart(i: number): number {
    return this.c.view.getUint32(this.spans + i * 8, true)
  }

  argEnd(i: number): number {
    return this.c.view.getUint32(this.spans + i * 8 + 4, true)
  }

  /** Argument `i` of a whole command, one character per byte, cut after `max` bytes. */
  argText(i: number, max = 64): string {
    return this.text(this.argStart(i), Math.min(this.argEnd(i), this.argStart(i) + max))
  }

  /** The command's name in upper case, cut after 64 bytes. Before `readArguments` or `finish` of a big one. */
  commandName(): string {
    if (this.whole) return upperCase(this.argText(0))
    const {c} = this
    const length = Math.min(this.parser.length, 64)
    while (c.limit - c.next < length && c.more());
    return upperCase(this.text(c.next, Math.min(c.limit, c.next + length)))
  }

  /** Hand every argument to `visitor`, once. */
  readArguments(visitor: ArgumentVisitor): void {
    if (!this.whole) {
      this.finish(visitor)
      return
    }
    for (let i = 0; i < this.argc; i++) {
      const start = this.argStart(i)
      const end = this.argEnd(i)
      visitor.begin(i, end - start)
      if (end > start) visitor.piece(this.c.memory, start, end)
    }
  }

  /** Verify what is left of a big record; `next` does so too. */
  finish(visitor: ArgumentVisitor | null = null): void {
    if (this.parser.left === 0) return
    this.parser.finish(visitor)
    this.deviation = this.parser.deviation
  }

  /** Forget a record that threw, so that reading can go on where the cursor is put. */
  abandon(): void {
    this.parser.left = 0
    this.whole = true
  }

  private takeFromBatch(batch: RecordBatch): RecordKind {
    this.offset = this.c.offsetOf(batch.start)
    this.c.next = batch.end
    this.record = batch.record
    this.argc = batch.argc
    this.command = batch.command
    this.sure = batch.sure
    this.spans = batch.spans
    this.whole = true
    return 'command'
  }

  private runWindow(state: LogState, run: () => number): number {
    const {c} = this
    this.runOffset = c.offset
    state.store(c.view, RUN)
    c.view.setUint32(REGISTERS + REG_COUNT, 0, true)
    const end = run()
    const count = c.view.getUint32(REGISTERS + REG_COUNT, true)
    if (count > 0) state.load(c, RUN, this.record)
    c.next = end
    this.record += count
    return count
  }

  /** The usual case: the kernel finds a whole plain record in the window. */
  private readPlain(): boolean {
    const {c} = this
    for (;;) {
      const end = c.kernel.aofRecord(c.next, c.limit)
      if (end !== 0) {
        this.argc = c.view.getUint32(REGISTERS + REG_ARGC, true)
        if (this.argc > SPAN_MAX) return false
        c.next = end
        this.whole = true
        return true
      }
      if (c.view.getUint32(REGISTERS + REG_AUX, true) !== NEEDS_MORE) return false
      if (c.limit - c.next >= GAP || !c.more()) return false
    }
  }

  private readAnnotation(): RecordKind {
    const {c} = this
    let length = 1
    for (; ; length++) {
      if (c.limit - c.next < length + 1 && !c.more()) break
      if (c.memory[c.next + length] === LF) break
      if (length === ANNOTATION_MAX - 1) {
        const at = this.offset + ANNOTATION_MAX
        this.parser.verdict = 'format-error'
        throw new FormatError('AOF_ANNOTATION', at, `an annotation of over ${ANNOTATION_MAX} bytes`)
      }
    }
    const ends = c.next + length < c.limit
    this.annotationStart = c.next
    this.annotationEnd = c.next + length
    c.next += length + (ends ? 1 : 0)
    if (!ends) this.deviate('the last line, an annotation, does not end')
    this.readTimestamp()
    return 'annotation'
  }

  private readTimestamp(): void {
    const text = this.text(this.annotationStart, this.annotationEnd)
    if (!text.startsWith('#TS:')) return
    const seconds = /^#TS:(\d{1,15})\r?$/.exec(text)
    if (seconds) this.timestamp = Number(seconds[1])
    else this.deviate('a #TS annotation without a plain number of seconds')
  }

  private deviate(detail: string): void {
    const offset = this.offset
    this.deviation ??= {
      code: 'AOF_ANNOTATION',
      offset,
      detail,
      passesCheckAof: true,
      inHeader: false,
    }
  }

  private text(start: number, end: number): string {
    let text = ''
    for (let at = start; at < end; at++) text += String.fromCharCode(this.c.memory[at])
    return text
  }
}
