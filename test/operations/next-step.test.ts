import {resolve} from 'node:path'
import {expect, test} from '@jest/globals'
import {nextStep, quote} from '../../src/operations/next-step.ts'

test.each([
  ['appendonly.aof', 'respite repair appendonly.aof -o appendonly.aof.repaired'],
  ['folder/', 'respite repair folder -o folder.repaired'],
  ['a b//', "respite repair 'a b' -o 'a b.repaired'"],
  ['-x.aof', 'respite repair ./-x.aof -o ./-x.aof.repaired'],
  ['.hidden', 'respite repair .hidden -o .hidden.repaired'],
  ['x/..aof', 'respite repair x/..aof -o x/..aof.repaired'],
])('%j is repaired beside itself', (path, command) => {
  expect(nextStep('TRUNCATED', path)).toBe(command)
})

test.each(['.', './', '..', 'folder/..', '../.'])('%j is repaired under its own name', (path) => {
  const whole = resolve(path)
  expect(nextStep('SET_BASE', path)).toBe(
    `respite repair ${quote(whole)} -o ${quote(`${whole}.repaired`)}`,
  )
})

test('a damaged RDB is salvaged', () => {
  expect(nextStep('RDB_LISTPACK', 'my dump.rdb', 'salvage')).toBe(
    "respite salvage 'my dump.rdb' -o recovered.rdb",
  )
})

test('what nothing can be read of is copied first', () => {
  expect(nextStep('EMPTY_INPUT', 'dump.rdb', 'salvage')).toBe('cp -a dump.rdb dump.rdb.damaged')
  expect(nextStep('WRAPPER', 'x.aof.gz')).toBe('cp -a x.aof.gz x.aof.gz.damaged')
})

test('stdin and what no rescue helps with have no next step', () => {
  expect(nextStep('TRUNCATED', '-')).toBeNull()
  expect(nextStep('UNSUPPORTED', 'dump.rdb', 'salvage')).toBeNull()
})
