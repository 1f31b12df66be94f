/** Runs of plain entries, which a kernel writes as JSON from where they lie in the window. */
import {AREA_EXPANDED} from '../bytes/areas.ts'
import type {Cursor} from '../bytes/cursor.ts'
import type {RunSink} from '../entry.ts'
import {
  TEXT_DB,
  TEXT_EXPIRES,
  TEXT_FREQ,
  TEXT_HEAD_SIZE,
  TEXT_HEADS,
  TEXT_IDLE,
} from '../kernel/layout.ts'
import {ROOM, type RunTally} from '../rdb/run.ts'
import {readNumber} from '../rdb/scores.ts'
import {type LogicalType, TYPES} from '../rdb/types.ts'
import {doubleText, type TextOutput} from '../text-output.ts'
import type {JsonShape} from './value-writer.ts'

/** Types whose values mean the same in every dialect; behind them those with expiries, which a document cannot hold. */
const SAME_TYPES = 22
const HASH_LISTPACK_EX = 25

export class JsonRuns implements RunSink {
  /** None, until `begin`. */
  types = 0
  readonly attributes = true
  /** Bytes to leave out of what stands before the next entry. */
  skip = 0
  private readonly c: Cursor
  private readonly out: TextOutput
  private readonly shape: JsonShape
  private readonly counted: (entries: number) => void

  constructor(c: Cursor, out: TextOutput, shape: JsonShape, counted: (entries: number) => void) {
    this.c = c
    this.out = out
    this.shape = shape
    this.counted = counted
  }

  /** `typeHead` is what stands before a value of a type. */
  begin(
    dialect: keyof typeof TYPES,
    typeHead: (logical: LogicalType, type: number) => string,
  ): void {
    const {c} = this
    this.types = 0xffffffff
    for (let type = 0; type < 32; type++) {
      const row = TYPES[dialect][type]
      const expiring = type === HASH_LISTPACK_EX && dialect === 'redis' && this.shape === 'lines'
      const sure = type < SAME_TYPES || expiring
      if (row && sure) this.head(type, typeHead(row.logical, type))
      else this.types &= ~(1 << type)
    }
    this.types >>>= 0
    this.head(TEXT_EXPIRES, ',"expiresAtMs":')
    this.head(TEXT_FREQ, ',"freq":')
    this.head(TEXT_IDLE, ',"idleSeconds":')
    const {textHooks} = c.kernel
    textHooks.number = (value, out) => this.put(doubleText(value), out)
    textHooks.score = (start, end, out) => this.put(doubleText(readNumber(c, start, end)), out)
  }

  /** What stands before the keys of a database. */
  database(head: string): void {
    this.head(TEXT_DB, head)
  }

  write(_memory: Uint8Array, start: number, end: number): void {
    const {c, out, skip} = this
    const lines = this.shape === 'lines' ? 1 : 0
    const area = c.area(AREA_EXPANDED, ROOM * 2)
    out.written((at) => c.kernel.textRun(start, end, at, lines, skip, area, ROOM))
    this.skip = 0
  }

  done(_db: number, tally: RunTally): void {
    this.counted(tally.entries)
  }

  private head(index: number, text: string): void {
    const at = TEXT_HEADS + index * TEXT_HEAD_SIZE
    this.c.memory[at] = text.length
    this.put(text, at + 1)
  }

  private put(text: string, at: number): number {
    const {memory} = this.c
    for (let i = 0; i < text.length; i++) memory[at++] = text.charCodeAt(i)
    return at
  }
}
