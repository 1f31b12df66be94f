/** Random streams of commands over the whole table, with transactions. The same seed gives the same stream. */
import {arityAllows} from '../../../src/engine/commands/row.ts'
import type {CommandTable} from '../../../src/engine/commands/table.ts'
import {seeded} from '../../support/random.ts'
import {streamCommands} from '../../support/stream-commands.ts'
import {rowsFor} from './rows.ts'
import type {WeightedRow} from './rows-zsets.ts'
import {Pool, type Words} from './words.ts'

const STREAM_WEIGHT = 90

export interface StreamPlan {
  seed: number
  typed: boolean
  /** Of the server: `Redis 7.0.15`. */
  version: string
  payloads: readonly string[]
  table: CommandTable
}

export function generate({seed, typed, version, payloads, table}: StreamPlan): Words[] {
  const random = seeded(seed)
  const pool = new Pool(random, typed, payloads)
  const streams = streamCommands(random)
  const rows: WeightedRow[] = [
    ...rowsFor(typed, version),
    [STREAM_WEIGHT, () => streams.next().map(String)],
  ]
  const total = rows.reduce((sum, [weight]) => sum + weight, 0)
  const draw = (): Words => {
    let left = random.int(total)
    const row = rows.find(([weight]) => {
      left -= weight
      return left < 0
    })!
    return withoutZero(version, row[1](pool))
  }
  const commands: Words[] = []
  const length = 200 + random.int(100)
  while (commands.length < length) {
    if (!pool.chance(5)) commands.push(...[draw()].filter((words) => isFit(words, typed)))
    else {
      const inside = Array.from({length: random.int(8)}, draw)
      const queued = inside.filter((words) => isQueued(table, words) && isFit(words, typed))
      commands.push(['MULTI'], ...queued, [pool.chance(93) ? 'EXEC' : 'DISCARD'])
    }
  }
  return commands
}

/**
 * Valkey 8.1 and 9.1 look at all members of a ZADD for what the new set is held as, others at the first: then the sign of
 * a zero is lost, or not. See docs/digest.md.
 */
function withoutZero(version: string, words: Words): Words {
  if (!version.startsWith('Valkey') || words[0].toUpperCase() !== 'ZADD') return words
  return words.map((word) => (word === '-0' ? '0' : word))
}

/** What chance or the clock would decide is left out of typed streams. */
function isFit(words: Words, typed: boolean): boolean {
  return !(typed && words[0].toUpperCase() === 'XADD' && words.includes('*'))
}

/** A command that is refused when it is queued would end the whole transaction. */
function isQueued(table: CommandTable, words: Words): boolean {
  const command = table.find(words[0].toUpperCase())
  if (!command || !arityAllows(command.arity, words.length)) return false
  if (command.subcommands === null) return true
  const arity = command.subcommands.get(words[1].toUpperCase())
  return arity !== undefined && arityAllows(arity, words.length)
}
