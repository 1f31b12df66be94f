import {readFileSync} from 'node:fs'
import {afterAll, describe, expect, test} from '@jest/globals'
import {MemoryMeter} from '../../../src/engine/memory/meter.ts'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {RdbRecord} from '../../../src/formats/rdb/reader.ts'
import {type Fixture, type Row, rdbFixtures, truthRows} from '../../support/fixtures.ts'
import {openReader} from '../../support/read-rdb.ts'

/** `small` of each version that has MEMORY USAGE, and `full` where it is there. */
const FIXTURES = rdbFixtures().filter(
  ({variant, server}) =>
    (variant === 'small' || variant === 'full') && !/^redis-(2|3|.*-rc)/.test(server),
)

interface Compared {
  server: string
  group: string
  key: string
  estimated: number | null
  measured: number
  encoding: string
  expected: string
}

/** Names that a module or an old server gives for an encoding it knows nothing of. */
const NAMELESS = ['raw', 'unknown']

function compared(fixture: Fixture): Compared[] {
  const truth = new Map(truthRows(fixture).map((row) => [`${row.db}/${row.key}`, row]))
  const {server, meta} = fixture
  const allocator = meta.allocator.startsWith('jemalloc') ? 'jemalloc-16' : 'prefix'
  const meter = new MemoryMeter(layoutOf(`${meta.server} ${meta.version}`), allocator)
  const r = openReader(readFileSync(fixture.path))
  r.readHeader()
  const rows: Compared[] = []
  for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
    if (record !== RdbRecord.ENTRY) continue
    const key = Buffer.from(r.c.memory.slice(r.c.pinStart, r.c.pinEnd)).toString('base64')
    const {db, expiresAtMs} = r
    const length = r.c.pinEnd - r.c.pinStart
    r.readValue(meter)
    const estimated = meter.usage(length, expiresAtMs !== null)
    const row = truth.get(`${db}/${key}`) as Row
    const group = `${row.type}/${meter.encoding}`
    const {encoding} = meter
    rows.push({
      ...{server, group, key, estimated, measured: row.memory!, encoding},
      expected: row.encoding!,
    })
  }
  return rows
}

const all = FIXTURES.flatMap(compared)
const medianError = (rows: readonly Compared[]): number => {
  const errors = rows.map(({estimated, measured}) => Math.abs(estimated! - measured) / measured)
  return errors.sort((a, b) => a - b)[errors.length >> 1]
}
const groups = [...new Set(all.map(({group}) => group))].filter((group) => !/module/.test(group))

describe('the memory of a key', () => {
  test.each(groups)('of %s is within 5 %% of what servers say, in the median', (group) => {
    expect(medianError(all.filter((row) => row.group === group))).toBeLessThanOrEqual(0.05)
  })

  test.each(FIXTURES.map(({server}) => server).filter((s, i, list) => list.indexOf(s) === i))(
    'in %s is within 1 %% in the median',
    (server) => {
      const rows = all.filter((row) => row.server === server && row.estimated !== null)
      expect(rows.length).toBeGreaterThan(15)
      expect(medianError(rows)).toBeLessThanOrEqual(0.01)
    },
  )

  test('has the encoding that the server gave it', () => {
    const wrong = all.filter(
      ({encoding, expected}) => encoding !== expected && !NAMELESS.includes(expected),
    )
    expect(wrong).toEqual([])
  })

  afterAll(() => {
    const lines = groups.map((group) => {
      const rows = all.filter((row) => row.group === group)
      return `${group.padEnd(18)} ${String(rows.length).padStart(5)}  ${(medianError(rows) * 100).toFixed(1)} %`
    })
    console.log(`median error of memory, by type and encoding\n${lines.join('\n')}`)
  })
})
