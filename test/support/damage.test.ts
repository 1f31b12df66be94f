import {readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {damage} from './damage.ts'
import {commands, textStart} from './damage-aof.ts'
import type {DamagedInput} from './damage-types.ts'
import {fixture} from './fixtures.ts'

type Case = readonly [name: string, kind: DamagedInput['kind'], variants: number]

const DAMAGED: readonly Case[] = [
  ['redis-7.0.15/small', 'rdb', 43],
  ['valkey-9.1.2/full', 'rdb', 45],
  ['redis-2.8.24/aof-small-raw', 'aof', 51],
  ['redis-6.2.16/aof-full-rdbbase', 'aof', 51],
  ['redis-7.0.15/aof-small-ts', 'set', 74],
  ['redis-7.0.15/aof-small-multi', 'set', 74],
  ['redis-8.0.6/aof-small-quoted', 'set', 23],
]

/** All that is to be compared between two runs. */
const contents = ({files, ...rest}: DamagedInput) => [
  rest,
  [...files].map(([name, file]) => [name, file.toString('base64')]),
]

describe.each(DAMAGED)('%s', (name, kind, count) => {
  const {path} = fixture(name)
  const variants = [...damage(path)]

  test('is damaged in ways that have different names', () => {
    expect(new Set(variants.map((each) => each.kind))).toEqual(new Set([kind]))
    expect(variants).toHaveLength(count)
    expect(new Set(variants.map((each) => each.name)).size).toBe(count)
  })

  test('gives the same variants for the same seed', () => {
    expect([...damage(path)].map(contents)).toEqual(variants.map(contents))
  })

  test('says truly how much is intact', () => {
    const folder = {rdb: dirname(path), aof: path, set: join(path, 'appendonlydir')}[kind]
    for (const {target, intact, files} of variants) {
      const damaged = files.get(target)
      if (intact === undefined || damaged === undefined) continue
      const good = readFileSync(join(folder, target))
      expect(damaged.subarray(0, intact).equals(good.subarray(0, intact))).toBe(true)
    }
  })
})

test('commands are found behind an RDB preamble', () => {
  const file = readFileSync(join(fixture('redis-6.2.16/aof-full-rdbbase').path, 'appendonly.aof'))
  const start = textStart(file)
  expect(file[start - 9]).toBe(0xff)
  const {list, end} = commands(file, start)
  expect(end).toBe(file.length)
  expect(list[0].name).toBe('SELECT')
})
