/**
 * Writes a dataset as commands, as a server's AOF rewrite does without RDB preamble: functions, then per database SELECT and per
 * key the commands that make its value and its expiry. Up to 64 items go into one command.
 * Source: rewriteAppendOnlyFileRio() in aof.c.
 */
import type {KernelMemory} from '../bytes/areas.ts'
import type {Sink} from '../bytes/sink.ts'
import {Growable} from '../packed/growable.ts'
import {type Feature, needsFeature, type Target} from '../rdb/features.ts'
import type {ValueVisitor} from '../rdb/visitor.ts'
import {AofValueWriter} from './write-value.ts'
import {RecordWriter, writeTimestamp} from './writer.ts'

export interface AofRewriterOptions extends Target {
  /** What may be left out where the target cannot hold it. By default nothing: the writer throws. */
  drop?: ReadonlySet<Feature>
}

/** The span has to be valid until the value begins. */
export interface KeyHead {
  memory: Uint8Array
  keyStart: number
  keyEnd: number
  expiresAtMs: number | null
}

export class AofRewriter {
  readonly target: Target
  readonly record: RecordWriter
  readonly memory: KernelMemory | null
  readonly key = new Growable()
  /** What was left out, and how often. */
  readonly dropped = new Map<Feature, number>()
  /** Bytes written so far. */
  written = 0
  private readonly sink: Sink
  readonly drop: ReadonlySet<Feature>
  private readonly values: AofValueWriter
  private inEntry = false
  /** Something was written for the current entry: nothing is for an empty collection. */
  get hasEntry(): boolean {
    return this.values.hasCommands
  }

  /** `target` is the server that has to read it, by the RDB version it writes; `memory` is where most values lie. */
  constructor(sink: Sink, options: AofRewriterOptions, memory: KernelMemory | null = null) {
    this.memory = memory
    this.sink = {
      write: (memory, start, end) => {
        this.written += end - start
        sink.write(memory, start, end)
      },
      room: (size) => sink.room?.(size) ?? -1,
    }
    this.target = {dialect: options.dialect, version: options.version}
    this.drop = options.drop ?? new Set()
    this.record = new RecordWriter(this.sink)
    this.values = new AofValueWriter(this)
  }

  /** The current entry has commands that a kernel does not read back; see digest-commands.ts. */
  get isOdd(): boolean {
    return this.values.isOdd
  }

  /** Room for commands that are made elsewhere, see Sink. */
  room(size: number): number {
    return this.sink.room!(size)
  }

  /** Commands that were made elsewhere. */
  raw(memory: Uint8Array, start: number, end: number): void {
    this.sink.write(memory, start, end)
  }

  timestamp(seconds: number): void {
    writeTimestamp(this.sink, seconds)
  }

  functionLibrary(code: Uint8Array): void {
    if (!this.needs('functions')) return
    this.record.addTexts('FUNCTION', 'LOAD')
    this.record.add(code, 0, code.length)
    this.record.end()
  }

  selectDb(db: number): void {
    this.record.addTexts('SELECT', String(db))
    this.record.end()
  }

  /** Start a key; its value goes to the visitor that is returned, which is the same one every time. */
  beginEntry(head: KeyHead): ValueVisitor {
    this.key.clear()
    this.key.append(head.memory, head.keyStart, head.keyEnd)
    this.inEntry = true
    this.values.expiresAtMs = head.expiresAtMs
    return this.values
  }

  /** Begin a command on the current key. */
  command(name: string): void {
    this.record.addText(name)
    this.record.add(this.key.bytes, 0, this.key.length)
  }

  /** True when the target holds it, false when it may be dropped. @throws UnsupportedByTarget otherwise. */
  needs(feature: Feature): boolean {
    return needsFeature(this, feature, this.inEntry ? this.key : null)
  }
}
