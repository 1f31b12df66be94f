/** Random commands that write, by group: what a server and `serve --writable` must answer alike. */
import type {Random} from '../random.ts'
import type {Words} from '../read-commands.ts'

/** One random command of a group. Times are absolute: the two sides do not look at the clock at once. */
export type Maker = (random: Random) => Words

/** Keys that all groups share: most commands meet a key of another type now and then. */
export const KEYS = ['a', 'b', 'c', 'd', 'another key', '']

/** Far in the future, in ms, and long past. */
export const FUTURE_MS = 4_000_000_000_000
export const PAST_MS = 1_000_000_000_000

/** An absolute time in ms: in the future, seldom past. */
export const timeMs = (random: Random): number =>
  random.int(8) === 0 ? PAST_MS + random.int(1e6) : FUTURE_MS + random.int(1e6)

/** One of the rows, made anew. */
export const oneOf = (random: Random, rows: readonly Maker[]): Words => random.pick(rows)(random)
