import {KEYS, type Maker, oneOf} from './group.ts'

/** Of one client: what it watches it changes itself, or not. */
const ROWS: readonly Maker[] = [
  () => ['MULTI'],
  () => ['EXEC'],
  () => ['EXEC'],
  () => ['DISCARD'],
  (random) => ['WATCH', random.pick(KEYS), random.pick(KEYS)],
  () => ['UNWATCH'],
  () => ['INCR'],
]

export const transactionCommand: Maker = (random) => oneOf(random, ROWS)
