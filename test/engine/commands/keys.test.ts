import {describe, expect, test} from '@jest/globals'
import {findKeys, KeyPositions, wholeEffect} from '../../../src/engine/commands/keys.ts'
import {COMMANDS, CommandTable} from '../../../src/engine/commands/table.ts'
import {type RespClient, RespError} from '../../support/resp-client.ts'
import {serverProgram, startServer} from '../../support/server.ts'

const table = new CommandTable()
const keys = new KeyPositions()

/** `w` for a key that may be written, `r` for one that is only read: `['r:a', 'w:b']`. */
function keysOf(line: string): string[] {
  const words = line.split(' ').map((word) => (word === "''" ? '' : word))
  const command = table.find(words[0])
  if (!command) throw new Error(`no ${words[0]}`)
  const args = {
    argc: words.length,
    is: (i: number, word: string) => words[i].toUpperCase() === word,
    text: (i: number) => words[i],
  }
  findKeys(command, args, keys)
  return Array.from(
    {length: keys.count},
    (_, i) => `${keys.written[i] ? 'w' : 'r'}:${words[keys.at[i]]}`,
  )
}

/** Syntax that 7.0 knows. */
const CASES: [line: string, keys: string][] = [
  ['SET k v', 'w:k'],
  ['GET k', 'r:k'],
  ['MSET a 1 b 2', 'w:a w:b'],
  ['DEL a b c', 'w:a w:b w:c'],
  ['BITOP AND d a b', 'w:d r:a r:b'],
  ['RENAME a b', 'w:a w:b'],
  ['COPY a b DB 2', 'r:a w:b'],
  ['LMOVE a b LEFT RIGHT', 'w:a w:b'],
  ['BLPOP a b 0', 'w:a w:b'],
  ['LMPOP 2 a b LEFT', 'w:a w:b'],
  ['BLMPOP 0 2 a b LEFT COUNT 3', 'w:a w:b'],
  ['ZMPOP 1 a MIN', 'w:a'],
  ['BZMPOP 0 1 a MAX', 'w:a'],
  ['SUNIONSTORE d a b', 'w:d r:a r:b'],
  ['ZUNIONSTORE d 2 a b WEIGHTS 1 2', 'w:d r:a r:b'],
  ['ZDIFFSTORE d 1 a', 'w:d r:a'],
  ['ZRANGESTORE d s 0 -1', 'w:d r:s'],
  ['ZINTERCARD 2 a b LIMIT 1', 'r:a r:b'],
  ['GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 km', 'w:d r:s'],
  ['GEORADIUS k 1 2 3 km STORE d', 'r:k w:d'],
  ['GEORADIUSBYMEMBER k m 3 km STOREDIST d', 'r:k w:d'],
  ['SORT k BY w* GET g* STORE d', 'r:k w:d'],
  ['PFMERGE d a b', 'w:d r:a r:b'],
  ['XADD s * f v', 'w:s'],
  ['XGROUP CREATE s g $', 'w:s'],
  ['XREAD COUNT 2 STREAMS a b 0 0', 'r:a r:b'],
  ['EVAL return 2 a b x', 'w:a w:b'],
  ['EVAL_RO return 1 a x', 'r:a'],
  ['FCALL f 1 a x', 'w:a'],
  ['MIGRATE host 6379 k 0 100', 'w:k'],
  ["MIGRATE host 6379 '' 0 100 COPY AUTH KEYS KEYS a b", 'w:a w:b'],
  ['SMOVE a b m', 'w:a w:b'],
  ['RESTORE k 0 x REPLACE', 'w:k'],
  ['MOVE k 3', 'w:k'],
]

test.each([
  ...CASES,
  ['XREADGROUP GROUP g c STREAMS a b > >', 'w:a w:b'],
  ['MSETEX 2 a 1 b 2 EX 10', 'w:a w:b'],
  ['SORT k', 'r:k'],
  ['SORT k STORE a STORE b', 'r:k w:b'],
  ['EVAL return 99 a b', 'w:a w:b'],
  ['EVAL return x a b', ''],
  ['EVAL', ''],
  ['ZUNIONSTORE', ''],
  ['FLUSHALL', ''],
])('%s has the keys %s', (line, expected) => {
  expect(keysOf(line).join(' ')).toBe(expected)
})

test.each([
  ['FLUSHALL', 'all'],
  ['FLUSHDB', 'database'],
  ['SWAPDB', 'databases'],
  ['SET', 'none'],
])('%s acts on keys it does not name: %s', (name, effect) => {
  expect(wholeEffect(table.find(name)!)).toBe(effect)
})

test('every command whose keys move has a way to find them', () => {
  const without = COMMANDS.filter(({name, flags, firstKey}) => {
    if (!flags.has('movablekeys') || firstKey > 0) return false
    return keysOf(`${name} 1 1 STREAMS LCS KEYS 1 1 k 1`).length === 0
  })
  expect(without.map(({name}) => name)).toEqual([])
})

const live = serverProgram() ? describe : describe.skip

live('compared with COMMAND GETKEYSANDFLAGS of a server', () => {
  test('finds the same keys, and writes no key that it only reads', async () => {
    const server = await startServer({args: ['--save', '']})
    try {
      const differ: string[] = []
      for (const [line, expected] of CASES) {
        const theirs = await ask(server.client, line)
        const ours = expected.replaceAll(/[rw]:/g, '')
        if (theirs.keys !== ours) differ.push(`${line}: ${theirs.keys}`)
        for (const key of theirs.written) {
          if (!expected.split(' ').includes(`w:${key}`)) differ.push(`${line}: ${key} is written`)
        }
      }
      expect(differ).toEqual([])
    } finally {
      await server.stop()
    }
  })

  async function ask(client: RespClient, line: string) {
    const words = line.split(' ').map((word) => (word === "''" ? '' : word))
    const reply = await client.command('COMMAND', 'GETKEYSANDFLAGS', ...words)
    if (reply instanceof RespError) throw new Error(`${line}: ${reply.message}`)
    const found = (reply as [Buffer, string[]][]).map(
      ([key, flags]) => [String(key), flags] as const,
    )
    const written = found.filter(([, flags]) => flags.some((flag) => /^(OW|RW|RM)$/.test(flag)))
    return {keys: found.map(([key]) => key).join(' '), written: written.map(([key]) => key)}
  }
})
