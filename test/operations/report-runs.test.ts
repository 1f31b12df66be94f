/** What kernels measure in runs is what entries say that come one by one: a selection of all keys leaves the runs out. */
import {readFileSync} from 'node:fs'
import {describe, expect, test} from '@jest/globals'
import {report} from '../../src/operations/report.ts'
import type {ReportReport} from '../../src/operations/report-reports.ts'
import {bytes, counted, entry, f64le, rdbFile, selectDb, str} from '../support/bytes.ts'
import {rdbFixtures} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {memoryHost} from '../support/memory-host.ts'
import {seeded} from '../support/random.ts'

const SETTINGS = {dedup: true, slots: true, top: 5000, prefixes: 100_000}

/** Slots of 64 KiB put the window's edges into the middle of entries. */
async function bothWays(
  file: Uint8Array,
  slotSize: number,
): Promise<[string, string, ReportReport]> {
  const host = memoryHost(kernel, slotSize)
  host.hold(file)
  const inRuns = await report(host, ['-'], SETTINGS)
  const single = await report(host, ['-'], {...SETTINGS, selection: {match: ['*']}})
  return [JSON.stringify(inRuns), JSON.stringify(single), inRuns]
}

describe.each([0x10000, 0x100000])('in slots of %i bytes', (slotSize) => {
  const full = rdbFixtures().filter(({variant}) => /^(full|small)$/.test(variant))
  test.each(full.map(({name, path}) => [name, path]))('%s', async (_, path) => {
    const [inRuns, single] = await bothWays(readFileSync(path), slotSize)
    expect(inRuns).toBe(single)
  })

  test.each([
    ['redis-ver', '5.0.14'],
    ['redis-ver', '6.2.16'],
    ['redis-ver', '7.0.15'],
    ['valkey-ver', '8.1.1'],
    ['valkey-ver', '9.1.2'],
  ])('collections of any size, as a server of %s %s counts them', async (name, version) => {
    const random = seeded(21)
    const word = () => {
      const kind = random.int(4)
      if (kind === 0) return str(String(random.u32() - 2 ** 31))
      if (kind === 1) return str(String(random.int(200)))
      return str('w'.repeat(random.int(kind === 2 ? 80 : 10)) + random.u32())
    }
    const words = (count: number) => {
      const made = new Map<string, Buffer>()
      while (made.size < count) {
        const each = word()
        made.set(each.toString('latin1'), each)
      }
      return [...made.values()]
    }
    const entries = [1, 3, 100, 128, 129, 300, 512, 513, 1000, 3000].flatMap((count, i) => [
      entry(2, `set:${i}`, counted(words(count))),
      entry(2, `ints:${i}`, counted(Array.from({length: count}, (_, n) => str(String(n * 7777))))),
      entry(4, `hash:${i}`, counted(words(count).map((field) => bytes(field, word())))),
      entry(5, `zset:${i}`, counted(words(count).map((each, n) => bytes(each, f64le(n / 3))))),
      entry(0, `text:${i}`, str('t'.repeat(count * 10))),
      entry(0, `int:${i}`, str(String(count * -12345))),
    ])
    const aux = bytes(0xfa, str(name), str(version))
    const body = bytes(aux, selectDb(0), ...entries)
    const [inRuns, single, {keys}] = await bothWays(rdbFile({version: 10, body}), slotSize)
    expect(keys).toBe(60)
    expect(inRuns).toBe(single)
  })
})
