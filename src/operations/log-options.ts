import type {LogSelection} from './log-filter.ts'

export interface LogOptions extends LogSelection {
  /** A server's configuration file: where its data lies, renamed commands, databases. */
  config?: string
  /** Only so many commands: the first, or the last ones. */
  limit?: number
  tail?: number
  /** Bytes that are given of an argument, and arguments of a command. */
  maxArg?: number
  maxArgs?: number
  /** With `key`: its value before and after each command, by replaying. */
  values?: boolean
  /** Count the commands instead of listing them. */
  stats?: boolean
  /** Go on with what is written from now on, and with the files that come. Only in a worker, and never ends by itself. */
  follow?: boolean
}
