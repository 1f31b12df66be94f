/** The engine as a test sees it: commands as words, values as plain data. */
import {Engine} from '../../src/engine/apply/apply.ts'
import {type Apply, Call, CommandError} from '../../src/engine/call.ts'
import {CommandTable} from '../../src/engine/commands/table.ts'
import {Keyspace} from '../../src/engine/keyspace.ts'
import {logicalOf} from '../../src/engine/values/kinds.ts'
import type {ValueOps} from '../../src/engine/values/ops.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {collectValue, type Value} from '../../src/formats/rdb/collect.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'

export type Word = string | number | bigint | Uint8Array

/** Types whose values a test looks at: `{hash: HASH_OPS}`. */
export type OpsByType = Readonly<Record<string, ValueOps>>

export class EngineUnderTest {
  readonly keyspace = new Keyspace(createKernel(loadKernelModule()))
  readonly call = new Call(this.keyspace)
  private readonly engine: Engine
  private readonly ops: OpsByType

  constructor(applies: readonly (readonly [string, Apply])[], ops: OpsByType) {
    this.engine = new Engine(this.call, new CommandTable(), new Map(applies))
    this.ops = ops
  }

  /** Apply a command in the selected database (`call.dbNumber`). Returns null, or the text of its error. */
  run(...words: Word[]): string | null {
    const {call} = this
    const args = words.map(toBytes)
    const length = args.reduce((sum, arg) => sum + arg.length, 0)
    const memory = new Uint8Array(length)
    if (call.starts.length < args.length) {
      call.starts = new Uint32Array(args.length)
      call.ends = new Uint32Array(args.length)
    }
    let at = 0
    args.forEach((arg, i) => {
      memory.set(arg, at)
      call.starts[i] = at
      at += arg.length
      call.ends[i] = at
    })
    call.memory = memory
    call.argc = args.length
    try {
      this.engine.run(String(words[0]).toUpperCase())
      return null
    } catch (error) {
      if (error instanceof CommandError) return error.message
      throw error
    }
  }

  /** The value of a key, null when there is none. */
  value(db: number, key: Word): Value | null {
    const entry = this.find(db, key)
    if (entry === 0) return null
    return collectValue((visit) => this.opsOf(db, entry).visit(this.keyspace, entry, visit))
  }

  encoding(db: number, key: Word): string | null {
    const entry = this.find(db, key)
    return entry === 0 ? null : this.opsOf(db, entry).encoding(this.keyspace, entry)
  }

  /** Absolute expiry in ms; null without a key or without an expiry. */
  expiresAtMs(db: number, key: Word): number | null {
    const entry = this.find(db, key)
    return entry === 0 ? null : this.keyspace.database(db).expiresAtMs(entry)
  }

  keys(db: number): string[] {
    const database = this.keyspace.database(db)
    return [...database.entries()]
      .map((entry) => {
        const {memory} = this.keyspace.arena
        const bytes = memory.slice(database.keyStart(entry), database.keyEnd(entry))
        return Buffer.from(bytes).toString('latin1')
      })
      .sort()
  }

  find(db: number, key: Word): number {
    const bytes = toBytes(key)
    return this.keyspace.database(db).find(bytes, 0, bytes.length)
  }

  private opsOf(db: number, entry: number): ValueOps {
    return this.ops[logicalOf(this.keyspace.database(db).kind(entry))]
  }
}

/** Text is one byte per character, so that any bytes can be written as text. */
function toBytes(word: Word): Uint8Array {
  return word instanceof Uint8Array ? word : Buffer.from(String(word), 'latin1')
}
