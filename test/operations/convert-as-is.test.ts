/** Two threads look inside of what one of them copies: wherever the border is, nothing lies on neither side. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {entryWriter, rdbSettings} from '../../src/operations/convert-outputs.ts'
import {ConvertSink} from '../../src/operations/convert-sink.ts'
import {holderOf, roomOf} from '../../src/operations/convert-target.ts'
import {Unreadable} from '../../src/operations/dataset.ts'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {readDeep} from '../../src/operations/read-deep.ts'
import {bytes, entry, expireMs, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {listpack} from '../support/packed.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-as-is-'))
afterAll(() => rmSync(folder, {recursive: true}))

const host = inlineHost()
const target = {dialect: 'redis', version: 10} as const
const COUNT = 6

/** Hashes, every second one with an expiry in front; in one of them a field is there twice. */
function fileWith(damaged: number): {path: string; size: number} {
  const entries = Array.from({length: COUNT}, (_, i) => {
    const hash = entry(16, `key:${i}`, str(listpack(['a', '1', i === damaged ? 'a' : 'b', '2'])))
    return i % 2 === 0 ? hash : bytes(expireMs(4102444800123), hash)
  })
  const content = rdbFile({version: 10, body: bytes(selectDb(0), ...entries), checksum: 'zero'})
  const path = join(folder, `${damaged}.rdb`)
  writeFileSync(path, content)
  return {path, size: content.length}
}

/** Whether who copies finds nothing in what is its part. */
function copies(path: string, deepUntil: number): boolean {
  const source = openDataset(host, path)
  const settings = {form: 'rdb', target, lost: new Set<never>()} as const
  const out = {write() {}}
  const rdb = rdbSettings(source, null, false, false)
  const writer = entryWriter(host, out, {...settings, rdb}, source.memory)
  const {lost} = settings
  const holder = holderOf('rdb', target, roomOf('rdb', Number.POSITIVE_INFINITY))
  const options = {lost, holder, counters: 'made-up', digest: null, memory: source.memory} as const
  try {
    source.read(new ConvertSink(writer, {...options, bulk: true, deepUntil}), 'unsummed')
    return true
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return false
  }
}

test.each([-1, ...Array(COUNT).keys()])('hash %i is damaged', (damaged) => {
  const {path, size} = fileWith(damaged)
  const found = {own: 0, other: 0}
  for (let border = 0; border <= size; border++) {
    const own = !copies(path, border)
    const other = !readDeep(host, [path], {from: border, to: Number.POSITIVE_INFINITY})
    expect([border, own || other]).toEqual([border, damaged >= 0])
    found.own += own ? 1 : 0
    found.other += other ? 1 : 0
  }
  // Each of them finds it when it has the larger part, and neither more than that.
  if (damaged >= 0) {
    expect(found.own).toBeGreaterThan(0)
    expect(found.own).toBeLessThan(size)
    expect(found.other).toBeLessThan(size)
  }
})
