/** What the engine holds after loading a fixture is what its server held: every key's value and expiry, functions, groups. */
import {describe, expect, test} from '@jest/globals'
import {asTruth, byKey, fileParts} from '../../formats/rdb/truth-rows.ts'
import {
  type Fixture,
  listFixtures,
  type Row,
  type StreamValue,
  truthRows,
} from '../../support/fixtures.ts'
import {loadFixture, rowsOf} from './loaded.ts'

/** Logs with scripts as they were called, from before 5.0: only a server can run them. */
const SCRIPTS = /^redis-[234]\..*\/aof/
/** Commands of the vector set module stand in the log. */
const VECTOR_SETS = /^redis-8.*\/aof/
/** Servers before 7.0 keep the sign of a zero in a small sorted set; the engine does as later ones do. */
const NEGATIVE_ZERO = /^redis-[23456]\./
const PRE_RELEASE = /^redis-7.0-rc1\//
const EXTREMES = Buffer.from('zset:extremes').toString('base64')

/** The truth as far as a file holds it. */
function expected(row: Row, fixture: Fixture): Row {
  const {encoding, digest, memory, dump, dumpLen, freq, idle, ...rest} = row as Row & {
    dumpLen?: number
  }
  const kept = fileParts(rest)
  if (row.type === 'stream' && fixture.kind === 'aof') return {...kept, value: timeless(kept.value)}
  if (row.key === EXTREMES && NEGATIVE_ZERO.test(fixture.name)) {
    return {...kept, value: JSON.parse(JSON.stringify(kept.value).replaceAll('"-0"', '"0"'))}
  }
  return kept
}

/** Without the times that a server takes from its clock when it loads a log. */
function timeless(value: Row['value']): Row['value'] {
  const {groups, ...stream} = value as StreamValue
  const still = groups.map(({consumers, ...group}) => ({
    ...group,
    consumers: consumers.map(({name, pending}) => ({name, pending})),
  }))
  return {...stream, groups: still}
}

describe.each(listFixtures().map((each) => [each.name, each] as const))('%s', (name, fixture) => {
  const {keyspace, troubles, script} = loadFixture(fixture)
  const truth = byKey(truthRows(fixture))

  if (SCRIPTS.test(name)) {
    test('stops at a script', () => {
      expect(script?.message).toContain('EVAL')
    })
    return
  }

  test('holds what its server held', () => {
    expect(script).toBeNull()
    const past = new Set(fixture.entry.expiredKeysInFile?.map(({db, key}) => `${db}/${key}`))
    const vectors = VECTOR_SETS.test(name)
    const rows = byKey(rowsOf(keyspace, fixture)).filter(({db, key}) => !past.has(`${db}/${key}`))
    const told = truth.filter(({type}) => !(vectors && type === 'vectorset'))
    const own = vectors ? rows.filter(({type}) => type !== 'module') : rows
    const wanted = told.map((row) => expected(row, fixture))
    expect(asTruth(own, wanted)).toEqual(wanted)
  })

  test('has the functions of its server', () => {
    const own = [...keyspace.functions].map(([library, code]) => {
      const body = Buffer.from(code).toString('latin1')
      // Servers from 7.0 on give code of its release candidates the header that it did not have.
      const kept = PRE_RELEASE.test(name) ? body.slice(body.indexOf('\n') + 1) : body
      return [library, Buffer.from(kept, 'latin1').toString('base64')]
    })
    const told = (fixture.entry.functions ?? []).map(({name: library, code}) => [library, code])
    expect(own.sort()).toEqual(told.sort())
  })

  test('meets nothing that cannot be applied', () => {
    const kinds = new Set([
      'flush',
      'relative-expiry',
      ...(VECTOR_SETS.test(name) ? ['module'] : []),
    ])
    expect(troubles.filter(({kind}) => !kinds.has(kind))).toEqual([])
  })
})
