/** Which commands of a log are wanted. */
import {findKeys, KeyPositions, wholeEffect} from '../engine/commands/keys.ts'
import type {Command} from '../engine/commands/row.ts'
import type {RecordArguments} from '../formats/aof/arguments.ts'
import {Glob, isPattern} from '../formats/glob.ts'

export interface LogSelection {
  /** Upper-case names. */
  commands?: readonly string[]
  db?: number
  /** One key, exactly: commands that name it, and those that empty or exchange databases. */
  key?: Uint8Array
  /** A glob over keys that a command names. */
  match?: Uint8Array
  /** A glob, or what keys begin with: commands that may write such a key, named or not. */
  writesTo?: Uint8Array
  /** From and up to this time, in ms. What the log gives no time for is before all times. */
  sinceMs?: number
  untilMs?: number
}

/** The arguments of a command, however they are held. */
export type FilterArguments = Pick<
  RecordArguments,
  'argc' | 'memory' | 'start' | 'end' | 'length' | 'is' | 'text'
>

type Test = (memory: Uint8Array, start: number, end: number, written: boolean) => boolean

export class LogFilter {
  /** Null for all. */
  readonly commands: ReadonlySet<string> | null
  readonly db: number | null
  private readonly since: number
  private readonly until: number
  private readonly tests: readonly Test[]
  /** Commands that act on keys they do not name count too. */
  private readonly whole: boolean
  private readonly keys = new KeyPositions()

  constructor({commands, db, key, match, writesTo, sinceMs, untilMs}: LogSelection) {
    this.commands = commands === undefined ? null : new Set(commands)
    this.db = db ?? null
    this.since = sinceMs ?? Number.NEGATIVE_INFINITY
    this.until = untilMs ?? Number.POSITIVE_INFINITY
    this.whole = match === undefined
    const tests: Test[] = []
    if (key !== undefined) tests.push(equals(key))
    if (match !== undefined) tests.push(globTest(match))
    if (writesTo !== undefined) tests.push(writtenTest(writesTo))
    this.tests = tests
  }

  /** Is nothing left out but by its time? */
  get takesAllNames(): boolean {
    const {commands, db, tests} = this
    return commands === null && db === null && tests.length === 0
  }

  /** Is anything of this time wanted? */
  takesTime(seconds: number | null): boolean {
    const ms = seconds === null ? Number.NEGATIVE_INFINITY : seconds * 1000
    return ms >= this.since && ms <= this.until
  }

  /** `db`: the one that is selected. A command without a row belongs to a module: its first argument is taken for its key. */
  takes(command: Command | undefined, args: FilterArguments, db: number): boolean {
    if (this.commands && !this.commands.has(command?.name ?? args.text(0).toUpperCase())) {
      return false
    }
    if (this.db !== null && this.db !== db && !reaches(command, args, this.db)) return false
    return this.tests.length === 0 || this.takesKeys(command, args)
  }

  private takesKeys(command: Command | undefined, args: FilterArguments): boolean {
    const {keys} = this
    if (command === undefined) {
      keys.count = 0
      if (args.argc > 1) keys.add(1, true)
    } else {
      if (this.whole && wholeEffect(command) !== 'none') return true
      findKeys(command, args, keys)
    }
    return this.tests.every((test) => this.any(args, test))
  }

  private any(args: FilterArguments, test: Test): boolean {
    const {count, at, written} = this.keys
    for (let i = 0; i < count; i++) {
      const start = args.start(at[i])
      const end = args.end(at[i])
      // One that was cut is no key that could be asked for.
      if (end - start === args.length(at[i]) && test(args.memory, start, end, written[i] === 1)) {
        return true
      }
    }
    return false
  }
}

/** Does a command act on another database than the selected one? */
export function reaches(
  command: Command | undefined,
  args: Pick<FilterArguments, 'argc' | 'is' | 'text'>,
  db: number,
): boolean {
  if (command === undefined) return false
  const names = (i: number) => args.text(i) === String(db)
  const effect = wholeEffect(command)
  if (effect === 'all') return true
  if (effect === 'databases') return names(1) || names(2)
  if (command.name === 'MOVE') return args.argc > 2 && names(2)
  if (command.name !== 'COPY') return false
  for (let i = 3; i + 1 < args.argc; i++) if (args.is(i, 'DB') && names(i + 1)) return true
  return false
}

function equals(key: Uint8Array): Test {
  return (memory, start, end) => {
    if (end - start !== key.length) return false
    for (let i = 0; i < key.length; i++) if (memory[start + i] !== key[i]) return false
    return true
  }
}

function globTest(pattern: Uint8Array): Test {
  const glob = new Glob(pattern)
  return (memory, start, end) => glob.matches(memory, start, end)
}

function writtenTest(pattern: Uint8Array): Test {
  const prefix = !isPattern(pattern)
  const glob = new Glob(prefix ? Uint8Array.from([...pattern, 0x2a]) : pattern)
  return (memory, start, end, written) => written && glob.matches(memory, start, end)
}
