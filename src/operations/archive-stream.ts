/** Brings the stream of a master into the log of an archive, record by record, and knows how far it is. */
import {absoluteExpiry, EXPIRING} from '../formats/aof/absolute-expiry.ts'
import {StreamSplitter} from '../formats/aof/stream-splitter.ts'
import {writeRecord, writeTimestamp} from '../formats/aof/writer.ts'
import {text, upperCase} from '../formats/text.ts'
import type {ArchiveLog} from '../io/archive-log.ts'

/** Longer words name no command that is looked at here. */
const NAME_MAX = 16
/** Of no use in a log. */
const LEFT_OUT: ReadonlySet<string> = new Set(['PING', 'REPLCONF', 'PUBLISH', 'SPUBLISH'])

export interface StreamPosition {
  id: string
  offset: number
  db: number | null
}

export interface StreamEvents {
  /** The master asks how far we are; the command that asks does not count. */
  asked(offset: number): void
  /** A record has ended, outside of transactions: the log may go on in another file. */
  boundary(offset: number): void
}

export class ArchiveStream {
  log: ArchiveLog
  position: StreamPosition
  commands = 0
  bytes = 0
  private readonly splitter = new StreamSplitter((memory, start, end) =>
    this.record(memory, start, end),
  )
  private readonly events: StreamEvents
  private readonly now: () => number
  private inTransaction = false
  private beforeTransaction: StreamPosition
  private marked: StreamPosition
  private toldSecond = 0
  /** Names by the bytes that they are most often written in. */
  private readonly names = new Map<string, string>()

  constructor(log: ArchiveLog, position: StreamPosition, events: StreamEvents, now: () => number) {
    this.log = log
    this.position = position
    this.beforeTransaction = position
    this.marked = {...position}
    this.events = events
    this.now = now
  }

  /** @throws FormatError `RESP`; DiskError. */
  feed(piece: Uint8Array): void {
    this.bytes += piece.length
    this.splitter.feed(piece)
  }

  /** Say in the log how far it is, where that can be said. */
  mark(): void {
    if (!this.inTransaction) this.markAt(this.position)
  }

  /** Go on in another file, which begins with the database that this one has selected. */
  continueIn(log: ArchiveLog): void {
    const before = this.log
    this.mark()
    before.close()
    this.log = log
    beginLog(log, this.position, this.now())
    log.sync()
  }

  /** Another connection goes on behind the last whole record. */
  resync(): void {
    this.splitter.reset()
  }

  /** Nothing more comes. A transaction that has not ended is as if it had not begun. */
  finish(): void {
    if (this.inTransaction) {
      this.log.rewind()
      this.position = {...this.beforeTransaction}
      this.inTransaction = false
    }
    this.markAt(this.position)
    this.log.close()
  }

  private markAt(position: StreamPosition): void {
    const {id, offset} = this.marked
    if (!this.log.isUnmarked && position.id === id && position.offset === offset) return
    this.log.mark(position)
    this.marked = {...position}
  }

  private record(memory: Uint8Array, start: number, end: number): void {
    const {position} = this
    const name = this.nameOf(memory)
    const before = position.offset
    if (name === 'MULTI' && !this.inTransaction) this.remember()
    position.offset += end - start
    if (LEFT_OUT.has(name)) {
      if (name === 'REPLCONF') this.events.asked(before)
    } else {
      this.commands++
      this.tellTime()
      this.follow(name, memory)
      this.write(name, memory, start, end)
    }
    if (!this.inTransaction) this.events.boundary(position.offset)
  }

  private remember(): void {
    this.tellTime()
    this.beforeTransaction = {...this.position}
    this.log.remember()
  }

  private follow(name: string, memory: Uint8Array): void {
    if (name === 'MULTI') this.inTransaction = true
    else if (name === 'EXEC') this.inTransaction = false
    else if (name === 'SELECT') this.position.db = Number(text(this.word(memory, 1)))
  }

  private write(name: string, memory: Uint8Array, start: number, end: number): void {
    const {log, splitter} = this
    if (EXPIRING.has(name) && (name !== 'SET' || splitter.argc > 3)) {
      const words = Array.from({length: splitter.argc}, (_, i) => this.word(memory, i))
      const absolute = absoluteExpiry(words, this.now())
      if (absolute !== null) return writeRecord(log, absolute)
    }
    log.write(memory, start, end)
  }

  /** Before the first command of a second, as servers do; never inside of a transaction. */
  private tellTime(): void {
    if (this.inTransaction) return
    const second = Math.floor(this.now() / 1000)
    if (second <= this.toldSecond) return
    this.toldSecond = second
    writeTimestamp(this.log, second)
  }

  private nameOf(memory: Uint8Array): string {
    const {spans} = this.splitter
    if (spans[1] - spans[0] > NAME_MAX) return ''
    const written = text(memory.subarray(spans[0], spans[1]))
    const known = this.names.get(written)
    if (known !== undefined) return known
    const name = upperCase(written)
    if (this.names.size < 1000) this.names.set(written, name)
    return name
  }

  private word(memory: Uint8Array, i: number): Uint8Array {
    const {spans} = this.splitter
    return memory.subarray(spans[i * 2], spans[i * 2 + 1])
  }
}

/** Every log of a set begins in database 0, whatever the stream has selected. */
export function beginLog(log: ArchiveLog, position: StreamPosition, nowMs: number): void {
  writeTimestamp(log, Math.floor(nowMs / 1000))
  log.mark(position)
  if (position.db !== null) writeRecord(log, ['SELECT', String(position.db)])
}
