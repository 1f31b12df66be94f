import {describe, expect, test} from '@jest/globals'
import {arityAllows} from '../../../src/engine/commands/row.ts'
import {COMMANDS, CommandTable, isModuleCommand} from '../../../src/engine/commands/table.ts'
import {serversAvailable, startServer} from '../../support/server.ts'

const table = new CommandTable()

test('no name is there twice', () => {
  expect(new Set(COMMANDS.map(({name}) => name)).size).toBe(COMMANDS.length)
})

test('every row is well formed', () => {
  for (const {name, arity, since, firstKey, keyStep} of COMMANDS) {
    expect(name).toMatch(/^[A-Z][A-Z0-9_:-]+$/)
    expect(arity).not.toBe(0)
    expect(since).toMatch(/^(valkey )?\d+\.\d+\.\d+$/)
    expect(keyStep > 0).toBe(firstKey > 0)
  }
})

test.each([
  {name: 'BITOP', group: 'bitmap', since: '2.6.0'},
  {name: 'HGETDEL', group: 'hash', since: '8.0.0'},
  {name: 'DELIFEQ', group: 'string', since: 'valkey 9.0.0'},
  {name: 'ARRING', group: 'array', since: '8.8.0'},
])('$name came with $since', ({name, ...expected}) => {
  expect(table.find(name)).toMatchObject(expected)
})

test.each([
  [3, 3, true],
  [3, 4, false],
  [-2, 2, true],
  [-2, 9, true],
  [-2, 1, false],
])('arity %i and %i arguments: %s', (arity, argc, allowed) => {
  expect(arityAllows(arity, argc)).toBe(allowed)
})

test.each([
  ['JSON.SET', true],
  ['FT.ADD', true],
  ['BF.ADD', true],
  ['VADD', true],
  ['SET', false],
  ['SET.', false],
  ['', false],
])('%s belongs to a module: %s', (name, expected) => {
  expect(isModuleCommand(name)).toBe(expected)
})

test('a renamed command is found under both names', () => {
  const renamed = new CommandTable(new Map([['MYSET', 'SET']]))
  expect(renamed.find('MYSET')).toBe(renamed.find('SET'))
})

const servers = serversAvailable()
const live = servers.length === 0 ? describe.skip : describe

/** Commands that take more in a later version than in the server at hand. */
const WIDENED = new Set(
  'ZRANK ZREVRANK COMMAND|GETKEYS COMMAND|GETKEYSANDFLAGS CLUSTER|REPLICATE SCRIPT|DEBUG'.split(
    ' ',
  ),
)

type LiveRow = [
  string,
  number,
  string[],
  number,
  number,
  number,
  unknown,
  unknown,
  unknown,
  LiveRow[],
]

live('compared with a running server', () => {
  test.each(servers)('$version', async ({path}) => {
    const rows = await commandsOf(path)
    expect(rows.length).toBeGreaterThan(200)
    expect(rows.flatMap((row) => compare(row))).toEqual([])
  })

  async function commandsOf(program: string): Promise<LiveRow[]> {
    const server = await startServer({program})
    try {
      return (await server.client.command('COMMAND')) as unknown as LiveRow[]
    } finally {
      await server.stop()
    }
  }

  function compare(row: LiveRow): string[] {
    const [, arity, flags, first, last, step, , , , subcommands] = row
    const name = upper(row[0])
    const words = flags.map(String)
    if (words.includes('module')) return isModuleCommand(name) ? [] : [`${name} is a module's`]
    const command = table.find(name)
    if (command === undefined) return [`${name} is missing`]
    const out = compareArity(name, command.arity, arity)
    for (const [full, subArity] of subcommands) {
      const sub = upper(full)
      out.push(...compareArity(sub, command.subcommands?.get(sub.split('|')[1]) ?? 0, subArity))
    }
    if (subcommands.length > 0) return out
    const keys = [command.firstKey, command.lastKey, command.keyStep]
    if (String(keys) !== String([first, last, step]))
      out.push(`${name}: keys ${first} ${last} ${step}`)
    for (const flag of ['write', 'readonly', 'admin'] as const) {
      if (command.flags.has(flag) !== words.includes(flag)) out.push(`${name}: ${flag}`)
    }
    return out
  }

  function compareArity(name: string, ours: number, theirs: number): string[] {
    if (ours === theirs) return []
    const wider = ours < 0 && -ours <= Math.abs(theirs)
    return WIDENED.has(name) && wider ? [] : [`${name}: arity ${theirs}, not ${ours}`]
  }

  const upper = (name: unknown) => String(name).toUpperCase()
})
