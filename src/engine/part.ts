/**
 * Parts of a dataset: keys are dealt out by their hash, and each part is loaded and replayed by itself, side by side in several
 * threads or one after the other. Commands over several keys tie these to each other: all tied keys are in part 0.
 */
import type {AofReader} from '../formats/aof/reader.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import {TIED_KEYS, TIED_KEYS_BYTES} from '../formats/kernel/layout.ts'
import type {Call} from './call.ts'
import {ANY_ARGC, type Command, singleKeyArgc} from './commands/row.ts'
import type {CommandTable} from './commands/table.ts'

/** A part of a dataset. All parts of one have the same ties. */
export interface Part {
  readonly index: number
  readonly count: number
  /** The keys that are tied, as key-parts.ts keeps them; null: none. */
  readonly ties: Uint8Array | null
}

export const WHOLE: Part = {index: 0, count: 1, ties: null}

/** Commands that do to each key what they would do to it alone: every part does its own. */
const KEY_BY_KEY = new Set(['DEL', 'UNLINK', 'MSET'])
/** They read keys that no argument names. */
const HIDDEN_KEYS = new Set(['SORT', 'SORT_RO'])

/** Let a kernel know which keys are tied. */
export function installTies({memory}: Kernel, {ties}: Part): void {
  const bits = new Uint8Array(memory.buffer, TIED_KEYS, TIED_KEYS_BYTES)
  if (ties) bits.set(ties)
  else bits.fill(0)
}

/** What a part has to do with the command in a call. */
export const Share = {
  NOTHING: 0,
  /** Its keys are in this part. */
  OWN: 1,
  /** It has no key: all parts execute it, and the first speaks of it. */
  COMMON: 2,
} as const

/**
 * What part `part` does of the command in a call. Of one that takes its keys one by one, the call is left with those of the part.
 * The kernel of the keyspace must know the ties.
 */
export function shareOf(call: Call, command: Command, part: Part): number {
  const {firstKey, keyStep} = command
  if (hasSeveralKeys(command, call.argc)) {
    if (!KEY_BY_KEY.has(command.name)) return part.index === 0 ? Share.OWN : Share.NOTHING
    // Which fails, everywhere.
    if ((call.argc - firstKey) % keyStep !== 0) return Share.COMMON
    return keepOwn(call, command, part)
  }
  if (firstKey === 0 || firstKey >= call.argc) return Share.COMMON
  return isOwn(call, firstKey, part) ? Share.OWN : Share.NOTHING
}

function hasSeveralKeys(command: Command, argc: number): boolean {
  const most = singleKeyArgc(command)
  return most !== ANY_ARGC && argc > most
}

function keepOwn(call: Call, {firstKey, keyStep}: Command, part: Part): number {
  const {starts, ends} = call
  let kept = firstKey
  for (let i = firstKey; i < call.argc; i += keyStep) {
    if (!isOwn(call, i, part)) continue
    starts.copyWithin(kept, i, i + keyStep)
    ends.copyWithin(kept, i, i + keyStep)
    kept += keyStep
  }
  call.argc = kept
  return kept > firstKey ? Share.OWN : Share.NOTHING
}

function isOwn({keyspace, memory, starts, ends}: Call, i: number, {index, count}: Part): boolean {
  const at = keyspace.stage(memory, starts[i], ends[i])
  return keyspace.arena.kernel.keyPart(at, at + ends[i] - starts[i], count) === index
}

/** Finds the keys that the commands of logs tie to each other. */
export class TieSearch {
  /** Some command does not say which keys it reads: the dataset cannot be divided. */
  indivisible = false
  private found = false
  private readonly kernel: Kernel
  private readonly table: CommandTable

  /** `kernel` is that of the cursor whose logs are searched. */
  constructor(kernel: Kernel, table: CommandTable) {
    this.kernel = kernel
    this.table = table
    installTies(kernel, WHOLE)
  }

  /** Search one log from where the reader stands to its end. The compiled command table must be installed. */
  search(reader: AofReader): void {
    // For none of no parts: what is left are commands with several keys.
    reader.readPart(0, 0)
    for (let kind = reader.next(); kind !== 'end'; kind = reader.next()) {
      if (kind === 'command') this.tie(reader)
    }
  }

  /** The ties of all logs so far, for `Part`. */
  get ties(): Uint8Array | null {
    const {memory} = this.kernel
    if (!this.found) return null
    return Uint8Array.from(new Uint8Array(memory.buffer, TIED_KEYS, TIED_KEYS_BYTES))
  }

  private tie(reader: AofReader): void {
    const {kernel, table} = this
    const index = reader.command
    const command = index >= 0 ? table.commands[index] : table.find(reader.commandName())
    if (!command || KEY_BY_KEY.has(command.name)) return
    if (!hasSeveralKeys(command, reader.argc)) return
    if (HIDDEN_KEYS.has(command.name) || !reader.isWhole) this.indivisible = true
    else {
      // Where keys move with the arguments any of these may be one: what is tied without need does no harm.
      const moves = command.flags.has('movablekeys')
      const last = moves || command.lastKey < 0 ? reader.argc - 1 : command.lastKey
      const step = moves ? 1 : command.keyStep
      for (let i = moves ? 1 : command.firstKey; i <= last && i < reader.argc; i += step) {
        kernel.keyTie(reader.argStart(i), reader.argEnd(i))
      }
      this.found = true
    }
  }
}
