/** Random commands on lists, and both sides that take them. */
import {LISTS_APPLY} from '../../src/engine/apply/lists.ts'
import {STRINGS_APPLY} from '../../src/engine/apply/strings.ts'
import {LIST_OPS} from '../../src/engine/values/list.ts'
import {STRING_OPS} from '../../src/engine/values/string.ts'
import {EngineUnderTest, type Word} from './engine.ts'
import type {Random} from './random.ts'
import type {RunningServer} from './server.ts'

export const newEngine = () =>
  new EngineUnderTest([...LISTS_APPLY, ...STRINGS_APPLY], {list: LIST_OPS, string: STRING_OPS})

export const KEYS = ['a', 'b', 'c', 'a longer key']
const TEXTS = ['', '0', '-1', '127', '128', '-4097', '32768', '9223372036854775807', '01', 'x', 'y']

function element(random: Random): string {
  const kind = random.int(40)
  if (kind < 20) return random.pick(TEXTS)
  if (kind < 36) return `element ${'e'.repeat(random.int(120))}${random.int(9)}`
  if (kind < 39) return `${random.int(9)}${'m'.repeat(random.int(4200))}`
  return `${random.int(3)}${'L'.repeat(8100 + random.int(200))}`
}

const many = (random: Random, max: number) =>
  Array.from({length: 1 + random.int(max)}, () => element(random))

export function command(random: Random): Word[] {
  const key = random.pick(KEYS)
  const side = (): string => random.pick(['LEFT', 'RIGHT'])
  const index = () => random.int(2) * random.int(400) - random.int(200)
  switch (random.int(20)) {
    case 0:
    case 1:
      return [random.pick(['LPUSH', 'RPUSH']), key, ...many(random, 60)]
    case 2:
    case 3:
      return [random.pick(['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX']), key, ...many(random, 4)]
    case 4:
    case 5:
      return [random.pick(['LPOP', 'RPOP', 'lpop']), key]
    case 6:
      return [random.pick(['LPOP', 'RPOP']), key, random.int(30) - 1]
    case 7:
    case 8:
    case 9:
      return [
        'LINSERT',
        key,
        random.pick(['BEFORE', 'after', 'x']),
        element(random),
        element(random),
      ]
    case 10:
    case 11:
    case 12:
      return ['LSET', key, index(), element(random)]
    case 13:
      return ['LREM', key, random.pick([0, 1, -1, 2, -2, 5, -5]), element(random)]
    case 14:
      return ['LTRIM', key, random.int(20) - 3, random.pick([-1, -2, -10, 3, 150])]
    case 15:
      return random.pick([
        ['RPOPLPUSH', key, random.pick(KEYS)],
        ['BRPOPLPUSH', key, random.pick(KEYS), 0.01],
      ])
    case 16:
      return ['LMOVE', key, random.pick(KEYS), side(), side()]
    case 17:
      return ['LMPOP', 2, key, random.pick(KEYS), side(), 'COUNT', random.int(5)]
    case 18:
      return random.int(3) > 0 ? ['LTRIM', key, 5, -6] : ['DEBUG-NOTHING', key]
    default:
      return random.int(8) > 0
        ? ['LINSERT', key, 'BEFORE', random.pick(TEXTS), element(random)]
        : random.pick([
            ['SET', key, 'text'],
            ['LTRIM', key, 1, 0],
          ])
  }
}

/** Without those that a server answers later or not at all. */
export const isTried = (words: Word[]) => words[0] !== 'DEBUG-NOTHING' && words[0] !== 'BRPOPLPUSH'

/** Send the same commands to both; the errors of both. */
export async function both(engine: EngineUnderTest, {client}: RunningServer, commands: Word[][]) {
  const replies = commands.map((words) =>
    client.raw(...words.map((word) => Buffer.from(String(word), 'latin1'))),
  )
  const ours = commands.map((words) => engine.run(...words))
  const theirs = (await Promise.all(replies)).map((reply) =>
    reply instanceof Error ? reply.message : null,
  )
  return {ours, theirs}
}
