/** Runs of entries in the kernel say exactly what the reader says entry by entry. */
import {describe, expect, test} from '@jest/globals'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {RdbReader} from '../../src/formats/rdb/reader.ts'
import {RdbChecker} from '../../src/operations/check-rdb.ts'
import {ReportBuilder} from '../../src/operations/report-builder.ts'
import type {CheckReport} from '../../src/operations/reports.ts'
import {walkRdb} from '../../src/operations/walk-rdb.ts'
import {budget, entrySpans, figure, keepInput, samples, TIMEOUT} from '../support/campaign.ts'
import {kernel} from '../support/kernel.ts'
import {memoryHost} from '../support/memory-host.ts'
import {mutate} from '../support/mutator.ts'
import {randomSeed, seeded} from '../support/random.ts'

interface Outcome {
  readonly report: CheckReport
  readonly entries: number
  readonly end: number
  readonly checksum: string
  /** Of all keys, in the order of the file. */
  readonly hashes: bigint[]
}

const cursor = new Cursor(kernel)

function outcome(bytes: Uint8Array, fast: boolean, deep: boolean, slotSize: number): Outcome {
  const host = memoryHost(kernel, slotSize)
  host.hold(bytes)
  const builder = new ReportBuilder('-', 'deep')
  const file = builder.addFile('-', 'rdb', bytes.length)
  const hashes: bigint[] = []
  const r = new RdbReader(cursor.open(host.open('-')), {deep})
  const checker = new RdbChecker(file, builder, {deep, databases: null, resync: true})
  const walker = fast ? checker : Object.assign(checker, {run: undefined})
  r.readHeader()
  walkRdb(r, walker, {
    add({buffer, byteOffset}, start, count) {
      const view = new DataView(buffer, byteOffset)
      for (let i = 0; i < count; i++) hashes.push(view.getBigUint64(start + i * 8, true))
    },
  })
  checker.finish(r)
  const {entries, endOffset: end, checksum} = r
  return {report: builder.finish(), entries, end, checksum, hashes}
}

const isReadable = (bytes: Uint8Array): boolean =>
  /^(REDIS00(0[1-9]|1[0-5])|VALKEY08[01])/.test(
    Buffer.from(bytes.subarray(0, 9)).toString('latin1'),
  )

/** What differs, in short; undefined when nothing does. */
function difference(bytes: Uint8Array, deep: boolean, slotSize: number): string | undefined {
  const [a, b] = [true, false].map((fast) =>
    JSON.stringify(outcome(bytes, fast, deep, slotSize), (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  )
  if (a === b) return undefined
  let at = 0
  while (a[at] === b[at]) at++
  return `${a.slice(Math.max(0, at - 100), at + 200)} | ${b.slice(at, at + 200)}`
}

const ways = [
  {deep: true, slotSize: 0x100000},
  {deep: false, slotSize: 0x100000},
  {deep: true, slotSize: 300},
]

describe('the fast path', () => {
  const all = samples(0x100000).filter(({kind, bytes}) => kind === 'rdb' && isReadable(bytes))

  test.each(ways)('agrees on every fixture, deep $deep, slots of $slotSize', ({deep, slotSize}) => {
    const different = all.filter(({bytes}) => difference(bytes, deep, slotSize) !== undefined)
    figure(
      'fast path',
      `${all.length} fixtures, deep ${deep}, slots of ${slotSize}: ${different.length} differ`,
    )
    expect(different.map(({name, bytes}) => [name, difference(bytes, deep, slotSize)])).toEqual([])
  })

  test(
    'agrees on mutants',
    () => {
      const subjects = all
        .filter(({bytes}) => bytes.length < 4400)
        .map((each) => ({...each, records: entrySpans(kernel, each.bytes).entries}))
      const {seed} = randomSeed('fast path')
      const count = budget(30_000, 1_000_000)
      const different: string[] = []
      for (let i = 0; i < count && different.length < 5; i++) {
        const {bytes, what} = mutate(subjects, seeded(seed + i))
        if (!isReadable(bytes)) continue
        const {deep, slotSize} = ways[i % 3]
        const found = difference(bytes, deep, slotSize)
        if (found)
          different.push(
            `RESPITE_SEED=${seed + i}, ${what}, ${keepInput(bytes)} ${deep} ${slotSize}\n${found}`,
          )
      }
      figure('fast path', `${count} mutants, seed ${seed}: ${different.length} differ`)
      expect(different).toEqual([])
    },
    TIMEOUT,
  )
})
