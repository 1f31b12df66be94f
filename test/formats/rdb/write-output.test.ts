import {describe, expect, test} from '@jest/globals'
import {crcAfterZeros} from '../../../src/formats/rdb/write-crc.ts'
import type {RdbWriterOptions} from '../../../src/formats/rdb/writer.ts'
import {bytes, crc64} from '../../support/bytes.ts'
import type {DigestRules} from '../../support/digest.ts'
import {readRdb} from '../../support/read-rdb.ts'
import * as visits from '../../support/visits.ts'
import {MemorySink, written} from '../../support/write-rdb.ts'

const RULES: DigestRules = {scores: 'fpconv', fieldTtl: true, unsignedZero: false}
const KEY = {
  memory: bytes('k'),
  keyStart: 0,
  keyEnd: 1,
  expiresAtMs: null,
  idleSeconds: null,
  freq: null,
}

test('crcAfterZeros is the CRC of the same bytes with zeros behind them', () => {
  for (const count of [0, 1, 7, 64, 1000, 100_003]) {
    const whole = bytes('123456789', new Uint8Array(count))
    expect(crcAfterZeros(crc64(bytes('123456789')), count)).toBe(crc64(whole))
  }
})

/** Elements that are not compressible, so that files get long. */
const members = (count: number) =>
  Array.from({length: count}, (_, i) => `${i}-${(i * 7919) % 9973}`)

const VALUES: readonly (readonly [string, visits.Visit])[] = [
  ['a list', visits.list(members(5000))],
  ['a set of unknown size', visits.set(members(5000), -1)],
  [
    'a hash of unknown size',
    visits.hash(
      members(5000).map((m) => [m, m] as const),
      4,
      -1,
    ),
  ],
  [
    'a zset of unknown size',
    visits.zset(
      members(5000).map((m, i) => [m, -i] as const),
      5,
      -1,
    ),
  ],
  [
    'a stream with groups',
    visits.stream({
      entries: members(3000).map((m, i) => [visits.streamId(i + 1, 0), ['field', m]] as const),
      groups: Array.from({length: 3}, (_, g) => ({
        name: `group ${g}`,
        lastId: visits.streamId(3000, 0),
        entriesRead: 3000n,
        pending: Array.from(
          {length: 500},
          (_, i) => [visits.streamId(i + 1, 0), BigInt(i), 1n] as const,
        ),
        consumers: Array.from({length: 4}, (_, c) => ({
          name: `consumer ${c}`,
          owned: Array.from({length: 125}, (_, i) => visits.streamId(c * 125 + i + 1, 0)),
        })),
      })),
    }),
  ],
]

const write = (options: RdbWriterOptions, visit: visits.Visit, sink: MemorySink): Buffer =>
  written(
    options,
    (writer) => {
      visits.string('before')(writer.beginEntry({...KEY, memory: bytes('a')}))
      visit(writer.beginEntry(KEY))
      visits.string('after')(writer.beginEntry({...KEY, memory: bytes('z')}))
    },
    sink,
  )

describe.each([
  {dialect: 'redis', version: 6},
  {dialect: 'redis', version: 9},
  {dialect: 'redis', version: 12},
] as const)('counts that come late, in RDB $version', (target) => {
  const able = VALUES.filter(([title]) => target.version >= 9 || !title.includes('stream'))

  test.each(able)(
    '%s: patched, held whole and held in a pipe all read the same',
    (_title, visit) => {
      const compression = false
      const held = new MemorySink()
      const wanted = readRdb(write({...target, compression}, visit, held), {rules: RULES})
      expect(held.patches).toBe(0)
      expect([wanted.error, wanted.faults, wanted.rows.length]).toEqual([null, [], 3])
      for (const holdLimit of [0, 1, 100, 5000, 20_000]) {
        const patched = new MemorySink()
        const file = write({...target, compression, holdLimit}, visit, patched)
        expect(patched.patches).toBeGreaterThan(0)
        const read = readRdb(file, {rules: RULES})
        expect([read.error, read.faults, read.reader.checksum]).toEqual([null, [], 'present'])
        expect(read.rows).toEqual(wanted.rows)
        const pipe = write({...target, compression, holdLimit}, visit, new MemorySink(false))
        expect(pipe.equals(held.bytes())).toBe(true)
      }
    },
  )
})

test('a string over the limit of compression is passed through', () => {
  const piece = Buffer.alloc(1 << 20, 'ab')
  const pieces = Array.from({length: 33}, () => piece)
  const sink = new MemorySink()
  const file = write({dialect: 'redis', version: 10}, visits.string(...pieces), sink)
  expect(sink.patches).toBe(1)
  const {rows, faults, error} = readRdb(file, {rules: RULES})
  expect([error, faults]).toEqual([null, []])
  expect(Buffer.from(String(rows[1].value), 'base64').equals(Buffer.concat(pieces))).toBe(true)
}, 60_000)
