import {readFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {aofFixtures, FIXTURES, fileOf} from '../support/fixtures.ts'
import {latin1Of, listLog} from '../support/log.ts'
import {RespReader} from '../support/resp-records.ts'

const texts = aofFixtures().flatMap((fixture) =>
  fixture.entry.files
    .map((file) => ({name: `${fixture.server}/${file.path}`, path: fileOf(fixture, file)}))
    .filter(({path}) => /\.aof$/.test(path) && /^[*#]/.test(readFileSync(path, 'latin1')))
    .map(({name, path}) => [name, path] as const),
)

test.each(texts)('%s is listed as it was written', (_name, path) => {
  const file = readFileSync(path)
  for (const slotSize of [0x100000, 0x1000]) {
    const {rows, report} = listLog(path, {}, slotSize)
    expect(rows.map(({args}) => args.map(latin1Of))).toEqual([...new RespReader(file).records()])
    expect(rows.map(({number}) => number)).toEqual(rows.map((_, i) => i + 1))
    const wrong = rows.filter(({offset, bytes, args}) => {
      const parts = args.map((arg) => Buffer.from(latin1Of(arg), 'latin1'))
      return !record(...parts).equals(file.subarray(offset, offset + bytes))
    })
    expect(wrong).toEqual([])
    expect(report).toMatchObject({listed: rows.length, commands: rows.length, findingCount: 0})
  }
})

const sets = aofFixtures().filter(({entry}) => entry.files.length > 1)

test.each(sets.map(({name}) => [name]))('%s is numbered through all of its files', (name) => {
  const {rows, files, findings} = listLog(join(FIXTURES, name))
  expect(findings).toEqual([])
  expect(rows.map(({number}) => number)).toEqual(rows.map((_, i) => i + 1))
  const seen = [...new Set(rows.map(({file}) => file))]
  expect(files.map(({file}) => file).filter((file) => seen.includes(file))).toEqual(seen)
  for (const {role, baseKeys, file} of files) {
    if (basename(file).endsWith('.base.rdb')) expect(baseKeys).toEqual(expect.any(Number))
    else if (role === 'incr') expect(baseKeys).toBeNull()
  }
})

test.each(sets.map(({name}) => [name]))(
  '%s: filters list what filtering the list gives',
  (name) => {
    const path = join(FIXTURES, name)
    const {rows} = listLog(path)
    const numbers = (some: readonly {number: number}[]) => some.map(({number}) => number)
    const names = [...new Set(rows.map(({args}) => latin1Of(args[0]).toUpperCase()))]
    // A few of many: each is another reading of the set.
    const few = names.length > 12 ? [...names.slice(0, 6), ...names.slice(-6)] : names
    for (const command of few) {
      const wanted = rows.filter(({args}) => latin1Of(args[0]).toUpperCase() === command)
      expect(numbers(listLog(path, {commands: [command]}).rows)).toEqual(numbers(wanted))
    }
    const plain = rows.filter(({args}) => /^(?!FLUSHALL|SWAPDB|MOVE|COPY)/i.test(latin1Of(args[0])))
    for (const db of new Set(plain.map((row) => row.db))) {
      const theirs = plain.filter((row) => row.db === db)
      const listed = listLog(path, {db}).rows.filter(({number}) =>
        plain.some((row) => row.number === number),
      )
      expect(numbers(listed)).toEqual(numbers(theirs))
    }
  },
)
