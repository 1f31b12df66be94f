import {expect, test} from '@jest/globals'
import {functionsOf} from '../../../src/engine/read/library-functions.ts'

const found = (...lines: string[]) =>
  functionsOf(Buffer.from(['#!lua name=lib', ...lines].join('\n'), 'latin1'))
const names = (...lines: string[]) => found(...lines).map(({name}) => name)

test('functions by name, and by a table with description and flags in the order of servers', () => {
  expect(
    found(
      "redis.register_function('first', function(keys, args) return 1 end)",
      'server . register_function {',
      '  callback = function(keys) local description = "of a local" ; if keys then return {name = "x"} end end,',
      '  function_name = "second", description = [[long]],',
      "  flags = {'no-cluster', 'no-writes', 'unheard-of'}",
      '}',
    ),
  ).toEqual([
    {name: 'first', description: null, flags: []},
    {name: 'second', description: 'long', flags: ['no-writes', 'no-cluster']},
  ])
})

test.each([
  [String.raw`redis.register_function("tab\tquote\"\065", f)`, 'tab\tquote"A'],
  [`redis.register_function([==[a]b]==], f)`, 'a]b'],
  ['redis.register_function({function_name = "in_parentheses", callback = f})', 'in_parentheses'],
  ['for i = 1, 2 do if x then redis.register_function("nested", f) end end', 'nested'],
  ['--[[ a comment\n]] redis.register_function("behind", f)', 'behind'],
])('%s registers %j', (line, name) => {
  expect(names(line)).toEqual([name])
})

test.each([
  '-- redis.register_function("a", f)',
  '--[==[ ]]\n redis.register_function("a", f) ]==]',
  `local text = "redis.register_function('a', f)"`,
  'redis.register_function(name, f)',
  'redis.register_function("a" .. i, f)',
  'redis.register_function{callback = function() return {function_name = "a"} end}',
  'other.register_function("a", f)',
  'local text = [[ that never ends redis.register_function("a", f)',
  `local text = " that never ends\n redis.register_function('a', f)`,
])('nothing is said to be registered by %s', (line) => {
  expect(names(line)).toEqual([])
})

test.each(['[[', '[=', '"\\', '--[[', 'redis.register_function{'])(
  'a megabyte of %s takes no time',
  (piece) => {
    const started = performance.now()
    expect(names(piece.repeat(1_000_000 / piece.length))).toEqual([])
    expect(performance.now() - started).toBeLessThan(2000)
  },
)
