import {readFileSync} from 'node:fs'
import {describe, expect, test} from '@jest/globals'
import type {Feature} from '../../../src/formats/rdb/features.ts'
import {moduleId} from '../../support/built-forks.ts'
import {digestRules} from '../../support/digest.ts'
import {type Row, rdbFixtures, type StreamValue} from '../../support/fixtures.ts'
import {readRdb} from '../../support/read-rdb.ts'
import {rewriteRdb} from '../../support/write-rdb.ts'

const VECTOR_SET = moduleId('vectorset', 0)

/** What may get lost on the way down; what may not is compared. */
const ALL: ReadonlySet<Feature> = new Set([
  'streams',
  'modules',
  'vector-sets',
  'functions',
  'hash-field-ttl',
  'member-ttl',
  'module-aux',
])
const TARGETS = [
  {dialect: 'redis', version: 6},
  {dialect: 'redis', version: 7},
  {dialect: 'redis', version: 8},
  {dialect: 'redis', version: 9},
  {dialect: 'redis', version: 10},
  {dialect: 'redis', version: 11},
  {dialect: 'redis', version: 12},
  {dialect: 'valkey', version: 11},
  {dialect: 'valkey', version: 80},
] as const

const fixtures = rdbFixtures()

describe.each(fixtures)('$name', (fixture) => {
  const rules = digestRules(fixture.meta)
  const file = readFileSync(fixture.path)
  const source = readRdb(file, {rules})
  const same = (row: Row, target: Target) => comparable(row, target, source.reader.version)

  test.each(TARGETS)('is read back equal after being written as $dialect $version', (target) => {
    const once = rewriteRdb(file, {...target, drop: ALL})
    const read = readRdb(once.bytes, {rules})
    expect(read.error).toBe(null)
    expect(read.faults).toEqual([])
    expect(read.reader.checksum).toBe('present')
    const kept = source.rows.map((row) => same(row, target)).filter((row) => row !== null)
    expect(read.rows.map((row) => same(row, target))).toEqual(kept)
    const twice = rewriteRdb(once.bytes, {...target, drop: ALL})
    expect(Buffer.compare(twice.bytes, once.bytes)).toBe(0)
  })
})

type Target = (typeof TARGETS)[number]

/** The row without what the target cannot hold, null when it cannot hold the value. */
function comparable(row: Row, target: Target, source: number): Row | null {
  const {version, dialect} = target
  const {freq: _freq, idle: _idle, ...rest} = row
  const attributes = version >= 9 ? row : rest
  if (row.type === 'stream' && version < 9) return null
  if (row.type === 'module' && version < 8) return null
  if (isVectorSet(row) && (version < 12 || dialect === 'valkey')) return null
  if (row.type === 'stream') return {...attributes, value: streamFor(row.value, version, source)}
  const ttls = version >= (dialect === 'redis' ? 12 : 80)
  if (row.type === 'hash' && !ttls) return {...attributes, value: withoutTtls(row.value)}
  return attributes
}

const isVectorSet = ({type, value}: Row): boolean =>
  type === 'module' && BigInt((value as {id: string}).id) >> 10n === VECTOR_SET >> 10n

const withoutTtls = (value: Row['value']): Row['value'] =>
  (value as string[][]).map(([field, text]) => [field, text])

function streamFor(value: Row['value'], version: number, source: number): Row['value'] {
  const stream = value as StreamValue
  const groups = stream.groups.map((group) => ({
    ...group,
    // Older files do not say it; what is made up then is compared with a server's guess elsewhere.
    entriesRead: Math.min(version, source) >= 10 ? group.entriesRead : null,
    consumers: group.consumers.map((consumer) => ({
      ...consumer,
      activeTime: version >= 11 ? consumer.activeTime : 0,
    })),
  }))
  const kept = {...stream, groups}
  if (version >= 10) return kept
  const {entriesAdded: _added, maxDeletedId: _deleted, recordedFirstId: _first, ...old} = kept
  return old
}
