import {resolve} from 'node:path'
import {expect, test} from '@jest/globals'
import {nextStep, quote} from '../../src/operations/next-step.ts'

test.each([
  ['dump.rdb', 'cp -a dump.rdb dump.rdb.damaged'],
  ['folder/', 'cp -a folder folder.damaged'],
  ['a b//', "cp -a 'a b' 'a b.damaged'"],
  ['-x.rdb', 'cp -a ./-x.rdb ./-x.rdb.damaged'],
  ['.hidden', 'cp -a .hidden .hidden.damaged'],
  ['x/..rdb', 'cp -a x/..rdb x/..rdb.damaged'],
])('%j is copied beside itself', (path, command) => {
  expect(nextStep('TRUNCATED', path)).toBe(command)
})

test.each(['.', './', '..', 'folder/..', '../.'])('%j is copied under its own name', (path) => {
  const whole = resolve(path)
  expect(nextStep('TRUNCATED', path)).toBe(`cp -a ${quote(whole)} ${quote(`${whole}.damaged`)}`)
})

test('stdin and what no copy helps with have no next step', () => {
  expect(nextStep('TRUNCATED', '-')).toBeNull()
  expect(nextStep('UNSUPPORTED', 'dump.rdb')).toBeNull()
})

test('a damaged RDB is salvaged', () => {
  expect(nextStep('TRUNCATED', 'my dump.rdb', true)).toBe(
    "respite salvage 'my dump.rdb' -o recovered.rdb",
  )
  expect(nextStep('EMPTY_INPUT', 'dump.rdb', true)).toBe('cp -a dump.rdb dump.rdb.damaged')
})
