/**
 * One row per command, as compact as it can be read:
 *
 *     name, arity, group, since, flags, first key, last key, step of keys [, subcommands]
 *
 * Arity counts the name; negative is a minimum. Where versions differ it is the widest that any of them takes. `since` is a
 * Redis version unless it says valkey. Keys are argument positions, `last` from the end when negative, all 0 when there are
 * none or when they move with the arguments. Subcommands are `NAME:ARITY`, the arity counting both names.
 * Sources: COMMAND of redis-server 7.0.15, which test/engine/commands compares with; src/commands/*.json of later servers.
 */
export type CommandRow = readonly [
  name: string,
  arity: number,
  group: string,
  since: string,
  flags: string,
  firstKey: number,
  lastKey: number,
  keyStep: number,
  subcommands?: string,
]

/** What a command does to whoever reads a log; the servers' own names where they have one. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'admin'
  | 'noscript'
  | 'blocking'
  | 'pubsub'
  | 'movablekeys'
  | 'select'
  | 'multi'
  | 'exec'
  | 'discard'
  | 'flush'
  | 'script'

export interface Command {
  /** Upper case. */
  readonly name: string
  /** Position in the table; counters are kept by it. */
  readonly index: number
  readonly arity: number
  readonly group: string
  readonly since: string
  readonly flags: ReadonlySet<CommandFlag>
  readonly firstKey: number
  readonly lastKey: number
  readonly keyStep: number
  /** Arity by upper-case name; null when the command has no subcommands. */
  readonly subcommands: ReadonlyMap<string, number> | null
}

/** Does a command of this arity take `argc` arguments, the name included? */
export function arityAllows(arity: number, argc: number): boolean {
  return arity >= 0 ? argc === arity : argc >= -arity
}

/** With any number of arguments. */
export const ANY_ARGC = 0xff

/** Up to how many arguments, the name included, does a command act on no key but its first? 0 when it may always. */
export function singleKeyArgc({flags, firstKey, lastKey, keyStep}: Command): number {
  if (flags.has('movablekeys')) return 0
  if (lastKey === firstKey) return ANY_ARGC
  return lastKey < 0 ? firstKey + keyStep - 1 - lastKey : 0
}

export function commandFromRow(row: CommandRow, index: number): Command {
  const [name, arity, group, since, flags, firstKey, lastKey, keyStep, subcommands] = row
  return {
    name,
    index,
    arity,
    group,
    since,
    flags: new Set(flags.split(' ').filter(Boolean) as CommandFlag[]),
    firstKey,
    lastKey,
    keyStep,
    subcommands: subcommands === undefined ? null : subcommandArities(subcommands),
  }
}

function subcommandArities(text: string): Map<string, number> {
  const entries = text.split(' ').map((entry) => entry.split(':') as [string, string])
  return new Map(entries.map(([name, arity]) => [name, Number(arity)]))
}
