/**
 * Keys as RESTORE commands, whose payload is what DUMP of the target gives:
 *
 *     type u8 | value as in an RDB | version u16le | CRC-64 of all before it, u64le
 *
 * A payload is one argument, whose length comes first: it is held in memory. Source: createDumpPayload() in cluster.c.
 */
import type {Sink} from '../bytes/sink.ts'
import type {DatasetHeader, Entry, RunSink, Translation} from '../entry.ts'
import type {EntryWriter} from '../entry-writer.ts'
import type {Kernel} from '../kernel/kernel.ts'
import {TRANSLATE_RESTORE} from '../kernel/layout.ts'
import {Growable} from '../packed/growable.ts'
import {
  canCopy,
  canCopyRuns,
  type Feature,
  needsWritten,
  type Source,
  type Target,
} from '../rdb/features.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import type {WriteContext} from '../rdb/write-context.ts'
import {RdbOutput} from '../rdb/write-output.ts'
import {StringWriter} from '../rdb/write-string.ts'
import {RdbValueWriter} from '../rdb/write-value.ts'
import {type Cut, noteCut} from './cuts.ts'
import {RecordWriter} from './writer.ts'

const HOLD_LIMIT = Number.POSITIVE_INFINITY
/** The RDB version of the first servers whose RESTORE takes ABSTTL, IDLETIME and FREQ: Redis 5. */
const OPTIONS_SINCE = 9

export class RestoreEntryWriter implements EntryWriter, WriteContext {
  readonly runs: Runs | undefined
  readonly out: RdbOutput
  readonly strings: StringWriter
  readonly target: Target
  readonly drop: ReadonlySet<Feature>
  readonly dropped = new Map<Feature, number>()
  private readonly replace: boolean
  private readonly record_: RecordWriter
  private readonly payload = new Growable()
  private readonly key = new Growable()
  private readonly values: RdbValueWriter
  private readonly copied: Sink
  /** Some places between entries, in the order of the output. */
  readonly cuts: Cut[] = []
  private written = 0
  private db = 0
  private hasType = false
  private expiresAtMs: number | null = null
  private idleSeconds: number | null = null
  private freq: number | null = null

  /** `kernel` must be this writer's own. `replace`: what is there under the same names goes. */
  constructor(
    sink: Sink,
    kernel: Kernel,
    target: Target,
    drop: ReadonlySet<Feature>,
    replace = false,
  ) {
    const {payload} = this
    const into: Sink = {write: (memory, start, end) => payload.append(memory, start, end)}
    this.target = target
    this.drop = drop
    this.replace = replace
    const counting = this.counting(sink)
    this.record_ = new RecordWriter(counting)
    if (!replace)
      this.runs = new Runs(target, counting, () => noteCut(this.cuts, this.written, this.db))
    this.out = new RdbOutput(into, kernel, target, {checksum: true, holdLimit: HOLD_LIMIT})
    this.strings = new StringWriter(this.out, true)
    this.values = new RdbValueWriter(this)
    this.copied = {write: (memory, start, end) => this.out.write(memory, start, end)}
  }

  header({source}: DatasetHeader): void {
    this.runs?.begin(source)
  }

  /** Only keys can be restored. What else is data was refused or dropped. */
  record(): void {}

  library(code: Uint8Array): void {
    const {record_} = this
    record_.addTexts('FUNCTION', 'LOAD')
    if (this.replace) record_.addText('REPLACE')
    record_.add(code, 0, code.length)
    record_.end()
  }

  database(db: number): void {
    this.db = db
    this.record_.addTexts('SELECT', String(db))
    this.record_.end()
  }

  copies({from, type}: Entry): boolean {
    return from !== null && canCopy(type, from, this.target)
  }

  copy(entry: Entry): boolean {
    this.remember(entry)
    this.head(entry.type)
    // Nothing can be restored that is empty.
    if (!entry.copyValue(this.copied)) return false
    return this.end()
  }

  begin(entry: Entry): ValueVisitor {
    this.remember(entry)
    return this.values
  }

  end(): boolean {
    if (!this.hasType) return false
    const {out, record_, payload, key, expiresAtMs} = this
    out.u8(this.target.version & 0xff)
    out.u8(this.target.version >> 8)
    out.finish()
    record_.addText('RESTORE')
    record_.add(key.bytes, 0, key.length)
    const within = expiresAtMs !== null && expiresAtMs > 0 && this.target.version >= OPTIONS_SINCE
    record_.addText(within ? String(expiresAtMs) : '0')
    record_.add(payload.bytes, 0, payload.length)
    if (this.replace) record_.addText('REPLACE')
    if (within) record_.addText('ABSTTL')
    if (this.target.version >= OPTIONS_SINCE) this.addEviction()
    record_.end()
    if (expiresAtMs !== null && !within) this.expire(expiresAtMs)
    return true
  }

  finish(): void {}

  head(type: number): void {
    this.hasType = true
    this.out.u8(type)
  }

  needs(feature: Feature): boolean {
    return needsWritten(this, feature, this.key)
  }

  /** RESTORE takes no time before 1970, and before Redis 5 only one that counts from now. */
  private expire(expiresAtMs: number): void {
    const {record_, key} = this
    record_.addText('PEXPIREAT')
    record_.add(key.bytes, 0, key.length)
    record_.addText(String(expiresAtMs))
    record_.end()
  }

  private addEviction(): void {
    const {record_, idleSeconds, freq} = this
    if (idleSeconds !== null) record_.addTexts('IDLETIME', String(idleSeconds))
    else if (freq !== null) record_.addTexts('FREQ', String(freq))
  }

  private counting(sink: Sink): Sink {
    return {
      write: (memory, start, end) => {
        this.written += end - start
        sink.write(memory, start, end)
      },
    }
  }

  private remember({memory, keyStart, keyEnd, expiresAtMs, idleSeconds, freq}: Entry): void {
    noteCut(this.cuts, this.written, this.db)
    this.key.clear()
    this.key.append(memory, keyStart, keyEnd)
    this.expiresAtMs = expiresAtMs
    this.idleSeconds = idleSeconds
    this.freq = freq
    this.hasType = false
    this.payload.clear()
    this.out.restart()
  }
}

/** Plain entries of an RDB, which a kernel puts into payloads as they are. */
class Runs implements RunSink {
  types = 0
  readonly attributes = true
  translation?: Translation
  private readonly target: Target
  private readonly sink: Sink
  /** Called between entries. */
  private readonly wrote: () => void

  constructor(target: Target, sink: Sink, wrote: () => void) {
    this.target = target
    this.sink = sink
    this.wrote = wrote
  }

  begin(source: Source | null): void {
    const {target} = this
    // Dragonfly gives some of these numbers to types of its own.
    const isPlain = source !== null && source.dialect !== 'dragonfly'
    this.types = isPlain ? canCopyRuns(source, target) : 0
    const how = TRANSLATE_RESTORE | (target.version << 8)
    this.translation = {how, copied: this.types, before: () => 0, after() {}}
  }

  write(memory: Uint8Array, start: number, end: number): void {
    this.sink.write(memory, start, end)
    this.wrote()
  }

  done(): void {}
}
