/** Records that a kernel reads many at a time; the layout is in aof-batch.ts. */
import type {Cursor} from '../bytes/cursor.ts'
import {
  BATCH_ARGC,
  BATCH_COMMAND,
  BATCH_END,
  BATCH_HEAD,
  BATCH_SKIPPED,
  BATCH_START,
  REG_AUX,
  REG_COUNT,
  REG_NEXT,
  REGISTERS,
  SPANS,
} from '../kernel/layout.ts'

/** Records of a batch: so many keys are worth looking for together. */
const BATCH = 32
/** More unread bytes than this are not worth a refill. */
const REST = 4096

/** Walks the plain records of known commands that a part of the dataset has to see, and leaves all others to the reader. */
export class RecordBatch {
  /** The current record: its ordinal, where it lies, its command, the address of its spans. */
  record = 0
  start = 0
  end = 0
  argc = 0
  command = 0
  spans = SPANS
  /** It is for this part, whatever its command. */
  sure = false
  /** After a new batch was read its keys are at [BATCH_KEYS, keysEnd); 0 once somebody took them. */
  keysEnd = 0
  /** Behind the last record that was read ahead; 0 when the batch has been left. */
  batchEnd = 0
  private readonly c: Cursor
  private readonly part: number
  private readonly parts: number
  /** Records that wait, where the first of them stands, records left out behind the batch. */
  private waiting = 0
  private at = SPANS
  private leftOut = 0

  constructor(c: Cursor, part: number, parts: number) {
    this.c = c
    this.part = part
    this.parts = parts
  }

  /** Move on from record number `record`. Returns false when what comes next is no plain record: then it is at `c.next`. */
  next(record: number): boolean {
    this.record = record
    if (this.waiting === 0 && !this.read()) return false
    const {view} = this.c
    const {at} = this
    this.start = view.getUint32(at + BATCH_START, true)
    this.end = view.getUint32(at + BATCH_END, true)
    this.record += view.getUint32(at + BATCH_SKIPPED, true) + 1
    this.argc = view.getUint32(at + BATCH_ARGC, true)
    const command = view.getUint32(at + BATCH_COMMAND, true)
    this.command = command & 0xffff
    this.sure = command > 0xffff
    this.spans = at + BATCH_HEAD
    this.at = this.spans + this.argc * 8
    this.waiting--
    return true
  }

  private read(): boolean {
    const {c} = this
    // Behind the last batch; 0 when that has been left.
    if (this.batchEnd > 0) c.next = this.batchEnd
    do {
      this.record += this.leftOut
      this.batchEnd = c.kernel.aofBatch(c.next, c.limit, this.part, this.parts, BATCH)
      this.waiting = c.view.getUint32(REGISTERS + REG_COUNT, true)
      this.leftOut = c.view.getUint32(REGISTERS + REG_AUX, true)
      this.at = SPANS
      this.keysEnd = c.view.getUint32(REGISTERS + REG_NEXT, true)
      if (this.waiting > 0) return true
      c.next = this.batchEnd
    } while (c.limit - c.next < REST && c.more())
    this.record += this.leftOut
    this.leftOut = 0
    this.batchEnd = 0
    return false
  }
}
