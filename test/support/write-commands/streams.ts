import type {Random} from '../random.ts'
import {type StreamCommands, streamCommands} from '../stream-commands.ts'
import {type Maker, oneOf} from './group.ts'

const KEYS = ['a', 'a', 'b', 'c', 'none']
const IDS = ['-', '+', '0', '100', '105-1', '(101', '$', 'x']

const key = (random: Random) => random.pick(KEYS)
const id = (random: Random) => random.pick(IDS)
const count = (random: Random) =>
  random.pick([[], ['COUNT', '2'], ['COUNT', '0'], ['COUNT', '-1'], ['COUNT', 'x'], ['COUNT']])

/** What shows the state: times are left out, as the two sides do not look at the clock at once. */
const READS: readonly Maker[] = [
  (random) => ['XLEN', key(random)],
  (random) => ['XRANGE', key(random), id(random), id(random), ...count(random)],
  (random) => ['XREVRANGE', key(random), id(random), id(random), ...count(random)],
  (random) => ['XREAD', ...count(random), 'STREAMS', key(random), 'c', id(random), '0'],
  (random) => ['XINFO', 'STREAM', key(random)],
  (random) => ['XINFO', 'STREAM', key(random), 'FULL', ...count(random)],
  (random) => ['XINFO', 'GROUPS', key(random)],
  (random) => ['XPENDING', key(random), random.pick(['g', 'h', '', 'x'])],
  () => ['XINFO', 'HELP'],
]

/** Each source of chance has commands of its own, whose ids go up. */
const commands = new WeakMap<Random, StreamCommands>()

export const streamCommand: Maker = (random) => {
  if (random.int(4) === 0) return oneOf(random, READS)
  const own = commands.get(random) ?? streamCommands(random)
  commands.set(random, own)
  return own.next().map(String)
}
