/** Commands of a log on their way to a server: what is sent of them, and where in a cluster they belong. */
import {APPLIES} from '../engine/apply/table.ts'
import type {Command} from '../engine/commands/row.ts'
import {isModuleCommand} from '../engine/commands/table.ts'
import type {TroubleKind} from '../engine/replay.ts'
import {copyArguments} from '../formats/aof/arguments.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import {RecordWriter} from '../formats/aof/writer.ts'
import {Growable} from '../formats/packed/growable.ts'
import {text} from '../formats/text.ts'
import type {Route} from '../net/replay-target.ts'

/** Commands for all nodes of a cluster. */
const EVERYWHERE: ReadonlySet<string> = new Set(['FLUSHALL', 'FLUSHDB', 'FUNCTION', 'SCRIPT'])
/** SCRIPT DEBUG and KILL are for people at a terminal. */
const SCRIPT_SENT: ReadonlySet<string> = new Set(['LOAD', 'FLUSH'])

/** A log may also hold what changes nothing; some of that would block the connection, or end it. */
export function isSent(command: Command | undefined): boolean {
  if (command === undefined || APPLIES.has(command.name)) return true
  return command.flags.has('write') || command.flags.has('script') || command.flags.has('select')
}

/** Are the words of this command looked at before it is sent? */
export function isLookedInto(command: Command | undefined): boolean {
  return command?.flags.has('select') === true || command?.name === 'SCRIPT'
}

/** After that look: is it sent? */
export function isAllowed(
  command: Command | undefined,
  words: readonly Uint8Array[] | null,
): boolean {
  if (command?.name !== 'SCRIPT') return true
  return SCRIPT_SENT.has(text(words?.[1] ?? NOTHING).toUpperCase())
}

/** Writes records as servers read them. */
export class RecordEncoder {
  private readonly out = new Growable()
  private readonly record: RecordWriter

  constructor() {
    const {out} = this
    this.record = new RecordWriter({write: (memory, start, end) => out.append(memory, start, end)})
  }

  /** The current record, under the name that servers give its command; `words` where they were taken already. */
  encode(reader: AofReader, name: string | null, words: readonly Uint8Array[] | null): Uint8Array {
    const {record} = this
    const {memory} = reader.c
    const count = words?.length ?? reader.argc
    for (let i = 0; i < count; i++) {
      if (i === 0 && name !== null) record.addText(name)
      else if (words !== null) record.add(words[i], 0, words[i].length)
      else record.add(memory, reader.argStart(i), reader.argEnd(i))
    }
    return this.end()
  }

  /** A command of our own. */
  encodeWords(...words: (string | Uint8Array)[]): Uint8Array {
    for (const word of words) {
      if (typeof word === 'string') this.record.addText(word)
      else this.record.add(word, 0, word.length)
    }
    return this.end()
  }

  private end(): Uint8Array {
    const {out, record} = this
    record.end()
    const bytes = out.bytes.slice(0, out.length)
    out.clear()
    return bytes
  }
}

/** The words of a record that does not lie in the window, or whose keys are asked for; else null. */
export function wordsOf(reader: AofReader, always: boolean): Uint8Array[] | null {
  return always || !reader.isWhole ? copyArguments(reader) : null
}

/** By the first key: whether all keys are in one slot, the node says. */
export function routeOf(command: Command | undefined, words: readonly Uint8Array[]): Route {
  if (command === undefined) return words[1] ?? 'any'
  const {name, flags, firstKey} = command
  if (EVERYWHERE.has(name)) return 'all'
  if (flags.has('script'))
    return Number(text(words[2] ?? NOTHING)) > 0 ? (words[3] ?? 'any') : 'any'
  if (firstKey > 0) return words[firstKey] ?? 'any'
  const streams = words.findIndex((word) => text(word).toUpperCase() === 'STREAMS')
  return streams < 0 ? 'any' : (words[streams + 1] ?? 'any')
}

/** What kind of trouble a server's refusal is. */
export function troubleKindOf(
  command: Command | undefined,
  name: string,
  error: string,
): TroubleKind {
  if (/^ERR unknown (sub)?command/i.test(error)) {
    return command === undefined && !isModuleCommand(name) ? 'unknown' : 'module'
  }
  if (/^ERR wrong number of arguments/i.test(error)) return 'arity'
  return command?.flags.has('select') ? 'select' : 'failed'
}

const NOTHING = new Uint8Array(0)
