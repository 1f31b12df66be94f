/**
 * Which arguments of a command are keys, and which of those it may write. Most commands say so in their row; where keys move with
 * the arguments, or some are only read, there is a function here. Sources: getKeysFromCommand() and the get-keys functions in
 * db.c; test/engine/commands compares with COMMAND GETKEYSANDFLAGS.
 */
import type {Command} from './row.ts'

export interface KeyArguments {
  /** The command's name counts. */
  readonly argc: number
  /** Is argument `i` this word, in either case? `word` is upper case. */
  is(i: number, word: string): boolean
  /** Argument `i`, one character per byte; long ones may be cut. */
  text(i: number): string
}

/** Positions of keys among the arguments of one command. Used again for the next one. */
export class KeyPositions {
  count = 0
  at = new Uint32Array(16)
  /** 1 for a key that the command may write, create or remove. */
  written = new Uint8Array(16)

  add(at: number, written: boolean): void {
    if (this.count === this.at.length) {
      const {at: old, written: flags} = this
      this.at = new Uint32Array(old.length * 2)
      this.at.set(old)
      this.written = new Uint8Array(old.length * 2)
      this.written.set(flags)
    }
    this.at[this.count] = at
    this.written[this.count++] = written ? 1 : 0
  }
}

type Finder = (args: KeyArguments, keys: KeyPositions, command: Command) => void

/** Find the keys of a command; what does not fit its syntax has none there. */
export function findKeys(command: Command, args: KeyArguments, keys: KeyPositions): void {
  keys.count = 0
  const finder = FINDERS.get(command.name)
  if (finder) finder(args, keys, command)
  else eachKey(args, keys, command, () => writes(command))
}

/** What a command does to keys that it does not name. */
export type WholeEffect = 'none' | 'all' | 'database' | 'databases' | 'slots'

/** `all` databases, the selected `database`, two `databases` that are its arguments, or all keys in some `slots`. */
export function wholeEffect({name}: Command): WholeEffect {
  return WHOLE.get(name) ?? 'none'
}

const WHOLE: ReadonlyMap<string, WholeEffect> = new Map([
  ['FLUSHALL', 'all'],
  ['FLUSHDB', 'database'],
  ['SWAPDB', 'databases'],
  ['SFLUSH', 'slots'],
  ['TRIMSLOTS', 'slots'],
])

const writes = ({flags}: Command): boolean => flags.has('write')

function eachKey(
  args: KeyArguments,
  keys: KeyPositions,
  {firstKey, lastKey, keyStep}: Command,
  written: (at: number) => boolean,
): void {
  if (firstKey === 0) return
  const last = lastKey < 0 ? args.argc + lastKey : Math.min(lastKey, args.argc - 1)
  for (let at = firstKey; at <= last; at += keyStep) keys.add(at, written(at))
}

/** Keys as the row says, of which only the one at `at` is written. */
const writesOnly =
  (at: number): Finder =>
  (args, keys, command) =>
    eachKey(args, keys, command, (each) => each === at)

/** Their number at `at`, then the keys, `step` arguments each; `target` is a key that is written, 0 for none. */
const counted =
  (at: number, written: boolean, {target = 0, step = 1} = {}): Finder =>
  (args, keys) => {
    if (target > 0 && target < args.argc) keys.add(target, true)
    const count = at < args.argc ? integer(args.text(at)) : 0
    for (let i = 0; i < count && at + 1 + i * step < args.argc; i++) {
      keys.add(at + 1 + i * step, written)
    }
  }

/** The first key is read; behind `from` one of these words names another one that is written. */
const stores =
  (from: number, ...words: string[]): Finder =>
  (args, keys) => {
    keys.add(1, false)
    let target = 0
    for (let at = from; at + 1 < args.argc; at++) {
      if (words.some((word) => args.is(at, word))) target = ++at
    }
    if (target > 0) keys.add(target, true)
  }

/** `STREAMS key ... id ...`. */
const streams: Finder = (args, keys, command) => {
  let at = 1
  while (at < args.argc && !args.is(at, 'STREAMS')) at++
  const count = Math.floor((args.argc - at - 1) / 2)
  for (let i = 0; i < count; i++) keys.add(at + 1 + i, writes(command))
}

/** One key, or an empty one and `KEYS key ...` at the end. */
const migrate: Finder = (args, keys) => {
  if (args.argc > 3 && args.text(3) !== '') return keys.add(3, true)
  let at = 6
  for (; at < args.argc && !args.is(at, 'KEYS'); at++) {
    // A password may be any word.
    if (args.is(at, 'AUTH')) at++
    else if (args.is(at, 'AUTH2')) at += 2
  }
  while (++at < args.argc) keys.add(at, true)
}

/** `STRALGO LCS KEYS a b`. */
const stralgo: Finder = (args, keys) => {
  let at = 2
  while (at < args.argc && !args.is(at, 'KEYS')) at++
  for (let i = 1; i <= 2 && at + i < args.argc; i++) keys.add(at + i, false)
}

const FINDERS: ReadonlyMap<string, Finder> = new Map<string, Finder>([
  ['BITOP', writesOnly(2)],
  ['BLMPOP', counted(2, true)],
  ['BZMPOP', counted(2, true)],
  ['COPY', writesOnly(2)],
  ['EVAL', counted(2, true)],
  ['EVALSHA', counted(2, true)],
  ['EVALSHA_RO', counted(2, false)],
  ['EVAL_RO', counted(2, false)],
  ['FCALL', counted(2, true)],
  ['FCALL_RO', counted(2, false)],
  ['GEORADIUS', stores(6, 'STORE', 'STOREDIST')],
  ['GEORADIUSBYMEMBER', stores(5, 'STORE', 'STOREDIST')],
  ['GEOSEARCHSTORE', writesOnly(1)],
  ['LMPOP', counted(1, true)],
  ['MIGRATE', migrate],
  ['MSETEX', counted(1, true, {step: 2})],
  ['PFMERGE', writesOnly(1)],
  ['SDIFFSTORE', writesOnly(1)],
  ['SINTERCARD', counted(1, false)],
  ['SINTERSTORE', writesOnly(1)],
  ['SORT', stores(2, 'STORE')],
  ['STRALGO', stralgo],
  ['SUNIONSTORE', writesOnly(1)],
  ['XREAD', streams],
  ['XREADGROUP', streams],
  ['ZDIFF', counted(1, false)],
  ['ZDIFFSTORE', counted(2, false, {target: 1})],
  ['ZINTER', counted(1, false)],
  ['ZINTERCARD', counted(1, false)],
  ['ZINTERSTORE', counted(2, false, {target: 1})],
  ['ZMPOP', counted(1, true)],
  ['ZRANGESTORE', writesOnly(1)],
  ['ZUNION', counted(1, false)],
  ['ZUNIONSTORE', counted(2, false, {target: 1})],
])

function integer(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}
