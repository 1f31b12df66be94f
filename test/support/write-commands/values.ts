/** Commands on lists, sets, hashes, sorted sets and places: those of the engine's random streams, and what reads them. */
import {BLOCKING, HASHES, LISTS, SETS} from '../../engine/differential/rows.ts'
import {GEO, type WeightedRow, ZSETS} from '../../engine/differential/rows-zsets.ts'
import {LEX_KEY, Pool} from '../../engine/differential/words.ts'
import {readCommands, type Words} from '../read-commands.ts'
import type {Maker} from './group.ts'

/** One in so many reads. */
const READ_EACH = 4

/** How many are taken decides chance where more are there: then it has to be all. */
const ALL_OF_A_SET: readonly WeightedRow[] = [
  [3, (p) => ['SPOP', p.key(), p.pick(['0', '-1', 'x', '100000'])]],
  [1, (p) => ['SPOP', p.key(), '1', '2']],
]

/** SORT by text: whether numbers are refused depends on what a server did before. Without STORE equal ones are in any order. */
const SORTS: readonly WeightedRow[] = [
  [2, (p) => ['SORT', p.key(), 'ALPHA', ...p.maybe(30, 'DESC'), ...p.maybe(30, 'GET', '#')]],
  [
    2,
    (p) => [
      'SORT',
      p.key(),
      'ALPHA',
      ...p.maybe(30, 'DESC'),
      ...p.maybe(30, 'LIMIT', p.index(), p.index()),
      ...p.maybe(30, 'GET', '#'),
      'STORE',
      p.key(),
    ],
  ],
  [1, (p) => ['SORT', p.key(), 'BY', 'nosort', 'GET', 'none*', 'STORE', p.key()]],
]

/** Searches that are answered; distances are off in the last bits on some machines, so these go by their order. */
const SEARCHES: readonly WeightedRow[] = [
  [
    2,
    (p) => ['GEORADIUS', p.key(), '13', '38', p.int(9000), 'km', 'ASC', ...p.maybe(50, 'WITHHASH')],
  ],
  [2, (p) => ['GEORADIUSBYMEMBER', p.key(), p.member(), p.int(9000), 'mi', 'WITHCOORD', 'DESC']],
]

/** A group whose commands like the key `home` best, where a value of this type is. */
function group(home: string, type: string, rows: readonly WeightedRow[]): Maker {
  const total = rows.reduce((sum, [weight]) => sum + weight, 0)
  return (random) => {
    const pool = new Pool(random, true, [])
    pool.home = home
    if (random.int(READ_EACH) === 0) return reading(pool, home, type)
    let left = random.int(total)
    const [, make] = rows.find(([weight]) => {
      left -= weight
      return left < 0
    })!
    return [...make(pool)]
  }
}

function reading(pool: Pool, home: string, type: string): Words {
  const key = Buffer.from(type === 'zset' && pool.chance(20) ? LEX_KEY : home)
  const sample = pool.many(3, pool.member).map((member) => Buffer.from(member, 'latin1'))
  const commands = readCommands(type, key, sample, pool.random)
  // The same goes for these, and ties come in the order of a table.
  return pool.pick(commands.filter(([name]) => name !== 'SORT_RO'))
}

export const VALUE_GROUPS: Readonly<Record<string, Maker>> = {
  lists: group('b', 'list', [...LISTS, ...BLOCKING, ...SORTS]),
  sets: group('c', 'set', [...SETS, ...ALL_OF_A_SET, ...SORTS]),
  hashes: group('d', 'hash', HASHES),
  'sorted sets': group('e', 'zset', [...ZSETS, ...BLOCKING]),
  places: group('e', 'zset', [...GEO, ...SEARCHES]),
}
