/**
 * Values as JSON, element by element. What differs between the lines of docs/jsonl.md and one document for people:
 *
 *             lines                                    document
 *     zset    [["member",1.5],…]                       {"member":1.5,…}
 *     hash    [["field","value"],["f","v",expiry],…]   {"field":"value",…}
 *     string  "…" | {"base64":"…"} | {"parts":[…]}     "…"
 *     bytes that are no UTF-8   {"base64":"…"}         \udc80 to \udcff, as Python's surrogateescape has them
 *
 * Streams, arrays and modules look the same in both.
 */
import {HeldString} from '../held-string.ts'
import {TEXT_JSON, TEXT_LENIENT} from '../kernel/layout.ts'
import {moduleName} from '../rdb/module.ts'
import type {LogicalType} from '../rdb/types.ts'
import type {GroupMeta, IdmpMeta, StreamMeta, ValueVisitor} from '../rdb/visitor.ts'
import type {TextMemory, TextOutput} from '../text-output.ts'
import {integerText} from './numbers.ts'
import {JsonStreamWriter} from './stream-writer.ts'

const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22
const OPEN = 0x5b
const CLOSE = 0x5d

const STRING = 5
const NAMES = ['', 'signed', 'unsigned', 'float', 'double']

export type JsonShape = 'lines' | 'document'

export class JsonValueWriter implements ValueVisitor {
  /** Nothing is written of a collection that is empty. */
  isEmpty = false
  private readonly out: TextOutput
  private readonly lines: boolean
  private readonly head: (logical: LogicalType, type: number) => void
  private readonly refuse: () => void
  private readonly held: HeldString
  private readonly stream: JsonStreamWriter
  private logical: LogicalType = 'string'
  private items = 0
  /** A pair was begun that an expiry may end. */
  private inPair = false

  /** `head` writes what comes before a value; `refuse` is told of an expiry of an element that a document cannot hold. */
  constructor(
    out: TextOutput,
    c: TextMemory,
    shape: JsonShape,
    head: (logical: LogicalType, type: number) => void,
    refuse: () => void = () => {},
  ) {
    this.refuse = refuse
    this.out = out
    this.lines = shape === 'lines'
    this.head = head
    this.held = new HeldString(c, () => this.part())
    this.stream = new JsonStreamWriter(out, (memory, start, end) => this.text(memory, start, end))
  }

  begin(logical: LogicalType, type: number, count: number): void {
    this.logical = logical
    this.isEmpty = count === 0
    this.items = 0
    this.inPair = false
    if (this.isEmpty) return
    this.head(logical, type)
    if (logical === 'string') this.held.begin()
    else if (logical === 'list' || logical === 'set') this.out.byte(OPEN)
    else if (logical === 'hash' || logical === 'zset') this.out.byte(this.lines ? OPEN : 0x7b)
    else if (logical === 'stream') this.stream.begin(type)
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    this.held.piece(memory, start, end)
  }

  member(memory: Uint8Array, start: number, end: number): void {
    const {out, logical} = this
    if (this.items++ > 0) out.byte(COMMA)
    if (logical === 'zset' && this.lines) out.byte(OPEN)
    this.text(memory, start, end)
  }

  score(score: number): void {
    const {out} = this
    out.byte(this.lines ? COMMA : COLON)
    out.double(score)
    if (this.lines) out.byte(CLOSE)
  }

  field(memory: Uint8Array, start: number, end: number): void {
    const {out} = this
    if (this.logical === 'stream') return this.stream.fieldOrValue(memory, start, end)
    if (this.inPair) out.byte(CLOSE)
    if (this.items++ > 0) out.byte(COMMA)
    if (this.lines) out.byte(OPEN)
    this.inPair = this.lines
    this.text(memory, start, end)
  }

  value(memory: Uint8Array, start: number, end: number): void {
    const {out} = this
    if (this.logical === 'stream') return this.stream.fieldOrValue(memory, start, end)
    out.byte(this.lines || this.logical === 'array' ? COMMA : COLON)
    this.text(memory, start, end)
    if (this.logical === 'array') out.byte(CLOSE)
  }

  fieldExpiry(expiresAtMs: number): void {
    const {out} = this
    if (!this.lines) return this.refuse()
    out.byte(COMMA)
    if (this.logical === 'hash') out.integer(expiresAtMs)
    else {
      // Behind its member: only forks of Redis have them.
      out.ascii('{"expiresAtMs":')
      out.integer(expiresAtMs)
      out.byte(0x7d)
    }
  }

  entry(memory: Uint8Array, idStart: number): void {
    this.stream.entry(memory, idStart)
  }
  streamEnd(meta: StreamMeta): void {
    this.stream.streamEnd(meta)
  }
  group(memory: Uint8Array, start: number, end: number, meta: GroupMeta): void {
    this.stream.group(memory, start, end, meta)
  }
  pending(memory: Uint8Array, idStart: number, timeMs: bigint, deliveries: bigint): void {
    this.stream.pending(memory, idStart, timeMs, deliveries)
  }
  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void {
    this.stream.consumer(memory, start, end, seenMs, activeMs)
  }
  owned(memory: Uint8Array, idStart: number): void {
    this.stream.owned(memory, idStart)
  }
  nacked(memory: Uint8Array, idStart: number): void {
    this.stream.nacked(memory, idStart)
  }
  idmp(meta: IdmpMeta): void {
    this.stream.idmp(meta)
  }
  producer(memory: Uint8Array, start: number, end: number): void {
    this.stream.producer(memory, start, end)
  }
  iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    this.stream.iid(memory, start, end, ms, seq)
  }

  arrayMeta(insertIndex: bigint | null): void {
    if (this.isEmpty) return
    const {out} = this
    out.ascii('{"insertIndex":')
    out.ascii(insertIndex === null ? 'null' : integerText(insertIndex))
    out.ascii(',"cells":[')
  }

  cell(index: bigint): void {
    const {out} = this
    if (this.items++ > 0) out.byte(COMMA)
    out.byte(OPEN)
    out.ascii(integerText(index))
  }

  moduleId(id: bigint): void {
    const [name, version] = moduleName(Number(id >> 32n), Number(id & 0xffffffffn))
    this.out.ascii(`{"module":"${name}","version":${version},"id":"${id}","items":[`)
  }

  moduleItem(
    opcode: number,
    value: bigint | number,
    memory: Uint8Array,
    start: number,
    end: number,
  ): void {
    const {out} = this
    if (opcode === STRING && value === 0) return this.endModuleString()
    if (this.items++ > 0) out.byte(COMMA)
    out.byte(OPEN)
    if (opcode === STRING) {
      out.ascii('"string"')
      this.held.begin()
      return
    }
    out.ascii(`"${NAMES[opcode]}",`)
    if (typeof value === 'bigint') out.ascii(integerText(value))
    else if (Number.isFinite(value)) out.double(value)
    else {
      // Not every NaN is the same.
      out.ascii('{"base64":"')
      out.base64(memory, start, end)
      out.ascii('"}')
    }
    out.byte(CLOSE)
  }

  end(): void {
    const {out, logical, inPair} = this
    if (this.isEmpty) return
    if (inPair) out.byte(CLOSE)
    if (logical === 'string') this.endString()
    else if (logical === 'list' || logical === 'set') out.byte(CLOSE)
    else if (logical === 'hash' || logical === 'zset') out.byte(this.lines ? CLOSE : 0x7d)
    else if (logical === 'stream') this.stream.end()
    else out.ascii(']}')
  }

  /** Bytes in the way of this shape. */
  text(memory: Uint8Array, start: number, end: number): void {
    const {out} = this
    if (out.string(memory, start, end, this.lines ? TEXT_JSON : TEXT_LENIENT)) return
    out.ascii('{"base64":"')
    out.base64(memory, start, end)
    out.ascii('"}')
  }

  /** A part of a long string. */
  private part(): void {
    const {out, held, logical} = this
    const {memory, start, end} = held
    if (logical === 'module') {
      out.byte(COMMA)
      return this.text(memory, start, end)
    }
    if (!this.lines) {
      if (held.parts === 0) out.byte(QUOTE)
      return out.body(memory, start, end, TEXT_LENIENT)
    }
    if (held.parts === 0) out.ascii('{"parts":[')
    else out.byte(COMMA)
    this.text(memory, start, end)
  }

  private endString(): void {
    const {out, held} = this
    if (held.parts === 0) return this.text(held.memory, held.start, held.end)
    this.part()
    if (this.lines) out.ascii(']}')
    else out.byte(QUOTE)
  }

  private endModuleString(): void {
    const {out, held} = this
    out.byte(COMMA)
    this.text(held.memory, held.start, held.end)
    out.byte(CLOSE)
  }
}
