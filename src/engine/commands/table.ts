import {ARRAYS_COMMANDS} from './arrays.ts'
import {compileCommands} from './compile.ts'
import {HASHES_COMMANDS} from './hashes.ts'
import {KEYSPACE_COMMANDS} from './keyspace.ts'
import {LISTS_SETS_COMMANDS} from './lists-sets.ts'
import {type Command, commandFromRow} from './row.ts'
import {SERVER_COMMANDS} from './server.ts'
import {SORTED_SETS_COMMANDS} from './sorted-sets.ts'
import {STREAMS_COMMANDS} from './streams.ts'
import {STRINGS_COMMANDS} from './strings.ts'

/** Every command of Redis 1 to 8.10 and Valkey to 9.1, modules apart. A command's `index` is its position here. */
export const COMMANDS: readonly Command[] = [
  ...STRINGS_COMMANDS,
  ...LISTS_SETS_COMMANDS,
  ...HASHES_COMMANDS,
  ...SORTED_SETS_COMMANDS,
  ...STREAMS_COMMANDS,
  ...ARRAYS_COMMANDS,
  ...KEYSPACE_COMMANDS,
  ...SERVER_COMMANDS,
].map(commandFromRow)

/** New names of renamed commands, upper case, to the names that servers gave them. */
export type Renames = ReadonlyMap<string, string>

const NO_RENAMES: Renames = new Map()

/** Looks commands up by upper-case name. */
export class CommandTable {
  readonly commands = COMMANDS
  readonly renames: Renames
  private readonly byName: ReadonlyMap<string, Command>
  private slots: Uint8Array | null = null

  /** A log holds renamed commands as typed, and rewritten records under the original name: both are found. */
  constructor(renames: Renames = NO_RENAMES) {
    this.renames = renames
    const byName = new Map(COMMANDS.map((command) => [command.name, command]))
    for (const [renamed, original] of renames) {
      const command = byName.get(original)
      if (command !== undefined && !byName.has(renamed)) byName.set(renamed, command)
    }
    this.byName = byName
  }

  find(name: string): Command | undefined {
    return this.byName.get(name)
  }

  /** The form that the AOF kernels read, for `installCommands`. */
  get compiled(): Uint8Array {
    this.slots ??= compileCommands(this.byName)
    return this.slots
  }
}

/** The table of a server that renames nothing. */
export const DEFAULT_COMMANDS = new CommandTable()

/** Vector sets are built into Redis 8 as a module. */
const VECTOR_SET = new Set(
  'VADD VREM VSIM VDIM VCARD VEMB VLINKS VINFO VSETATTR VGETATTR VRANDMEMBER VRANGE VISMEMBER'.split(
    ' ',
  ),
)

/** Does this (upper-case) name belong to a module, such as JSON.SET, BF.ADD or VADD? A server needs the module to load it. */
export function isModuleCommand(name: string): boolean {
  return /^[A-Z0-9_-]+\.[A-Z0-9_.-]+$/.test(name) || VECTOR_SET.has(name)
}
