/** The engine, replaying the log of a stream or what was typed. */
import {APPLIES} from '../../../src/engine/apply/table.ts'
import {installCommands} from '../../../src/engine/commands/compile.ts'
import {DEFAULT_COMMANDS} from '../../../src/engine/commands/table.ts'
import {DebugDigest} from '../../../src/engine/digest/debug-digest.ts'
import {arenaMemory, digestKeyspace} from '../../../src/engine/digest/keyspace-digest.ts'
import {
  DIGEST_RULES,
  type DigestRules,
  type DigestServer,
} from '../../../src/engine/digest/rules.ts'
import {Replay, type Trouble} from '../../../src/engine/replay.ts'
import {VALUE_OPS} from '../../../src/engine/values/table.ts'
import {AofReader} from '../../../src/formats/aof/reader.ts'
import {Cursor} from '../../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../../src/formats/bytes/inline-feed.ts'
import {ReplyWriter} from '../../../src/formats/resp/reply-writer.ts'
import {SILENT} from '../../../src/formats/resp/silent-reply.ts'
import {resp} from '../../support/bytes.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {kernel} from '../../support/kernel.ts'
import {engineStream, type StreamState} from '../../support/stream-state.ts'
import {expiring, type FieldExpiries, type State} from './sides.ts'
import type {Words} from './words.ts'

/** The engine holds a small -0 as the server does: nothing is left to guess, as it is for a file. */
const rulesOf = (server: DigestServer): DigestRules => ({
  ...DIGEST_RULES[server],
  smallZeros: false,
})
export interface Replayed extends State {
  troubles: Trouble[]
}

/** The engine, used again for every stream: what one leaves behind must not show in the next. */
export class ReplayingEngine {
  private readonly engine = new EngineUnderTest([...APPLIES], VALUE_OPS)
  private readonly rules: DigestRules

  /** `server`: whose digest is compared. */
  constructor(server: DigestServer = '7.0') {
    this.rules = rulesOf(server)
  }

  replay(log: Uint8Array, nowMs: number, live: boolean): Replayed {
    const {engine} = this
    const {keyspace} = engine
    keyspace.flushAll()
    keyspace.functions.clear()
    // Of whom gets an answer some commands ask more.
    engine.call.reply = live ? new ReplyWriter() : SILENT
    const troubles: Trouble[] = []
    const onTrouble = (trouble: Trouble) => void troubles.push(trouble)
    const c = new Cursor(kernel).open(new InlineFeed(bufferSource(log), kernel))
    installCommands(DEFAULT_COMMANDS.compiled, c.memory)
    new Replay(engine.call, DEFAULT_COMMANDS, APPLIES, {nowMs, onTrouble}).run(new AofReader(c))
    const functions = [...keyspace.functions].map(
      ([name, code]) => [name, Buffer.from(code).toString('latin1')] as const,
    )
    return {...this.keys(), functions: new Map(functions), troubles}
  }

  private keys(): Pick<State, 'digest' | 'keys'> {
    const {keyspace} = this.engine
    const digest = new DebugDigest(arenaMemory(keyspace.arena), this.rules, true)
    const keys: State['keys'] = new Map()
    digestKeyspace(keyspace, digest, (db, start, end) => {
      const key = Buffer.from(keyspace.arena.memory.slice(start, end)).toString('latin1')
      const database = keyspace.database(db)
      const expiresAtMs = database.expiresAtMs(this.engine.find(db, key))
      keys.set(`${db}/${key}`, {expiresAtMs, digest: digest.valueHex(), stream: null, fields: []})
    })
    for (const [name, state] of keys) {
      state.stream = this.stream(name)
      state.fields = this.fields(name)
    }
    return {digest: digest.finish(), keys}
  }

  private fields(name: string): FieldExpiries {
    const slash = name.indexOf('/')
    const value = this.engine.value(Number(name.slice(0, slash)), name.slice(slash + 1))
    if (value?.type !== 'hash') return []
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
    return expiring(value.value.map(({field, expiresAtMs}) => [text(field), expiresAtMs ?? -1]))
  }

  private stream(name: string): StreamState | null {
    const {keyspace} = this.engine
    const slash = name.indexOf('/')
    const db = Number(name.slice(0, slash))
    keyspace.swap(0, db)
    try {
      return engineStream(this.engine, name.slice(slash + 1))
    } finally {
      keyspace.swap(0, db)
    }
  }
}

/** The commands as a log, and where each begins in it. */
export function typedLog(commands: readonly Words[]): {log: Buffer; offsets: number[]} {
  const records = commands.map((words) => resp(...words))
  const offsets: number[] = []
  let at = 0
  for (const {length} of records) {
    offsets.push(at)
    at += length
  }
  return {log: Buffer.concat(records), offsets}
}
