/** R3 and R4, second half: what salvage gets out of damaged and cut RDB files. */
import {expect, test} from '@jest/globals'
import {
  budget,
  entrySpans,
  figure,
  hasChecksum,
  percent,
  samples,
  TIMEOUT,
} from '../support/campaign.ts'
import {kernel} from '../support/kernel.ts'
import {type Random, seeded} from '../support/random.ts'
import {entriesOf, keysOf, salvageBytes} from '../support/salvage.ts'

const SEED = 20251

test(
  'R4: a cut RDB gives exactly the entries that end before the cut',
  () => {
    const wrong: string[] = []
    let cuts = 0
    for (const {name, kind, bytes} of samples(4096)) {
      if (kind !== 'rdb') continue
      const {entries, end} = entrySpans(kernel, bytes)
      if (end < 0) continue
      const step = budget(101, 1)
      for (let cut = 10 + (bytes.length % step); cut < end; cut += step, cuts++) {
        const {report, bytes: made} = salvageBytes(kernel, bytes.subarray(0, cut))
        const whole = entries.filter((entry) => entry.end <= cut && entry.isIntact)
        const kept = entriesOf(kernel, made)
        const expected = whole.map(({start, end: to}) =>
          Buffer.from(bytes.subarray(start, to)).toString('latin1'),
        )
        if (report.keys !== whole.length || kept.join() !== expected.join()) {
          wrong.push(`${name} cut at ${cut}: ${kept.length} of ${whole.length}`)
        }
      }
    }
    figure(
      'R4 salvage',
      `${cuts} cuts, ${percent(cuts - wrong.length, cuts)} give exactly the rest`,
    )
    expect(wrong.slice(0, 20)).toEqual([])
  },
  TIMEOUT,
)

type Change = (good: Buffer, at: number, size: number, random: Random) => Buffer

const CHANGES: Readonly<Record<string, Change>> = {
  burst: (good, at, size, random) => {
    const copy = Buffer.from(good)
    copy.set(random.bytes(size), at)
    return copy
  },
  zeroed: (good, at, size) => Buffer.from(good).fill(0, at, at + size),
}

test.each([16, 512, 4096])(
  'R3: what lies outside a damaged block of %i bytes is kept, and nothing else appears',
  (size) => {
    const counts = {damages: 0, intact: 0, kept: 0, false: 0, changed: 0}
    for (const sample of samples(0x100000)) {
      const good = Buffer.from(sample.bytes)
      if (!hasChecksum(sample) || good.length < 2 * size + 32) continue
      const {entries, end} = entrySpans(kernel, good)
      if (end !== good.length) continue
      const source = new Set(keysOf(kernel, good))
      for (const change of Object.values(CHANGES)) {
        for (let i = 0; i < budget(1, 200); i++) {
          const random = seeded(SEED + counts.damages++)
          const at = 9 + random.int(good.length - size - 18)
          const damaged = change(good, at, size, random)
          const {bytes: made} = salvageBytes(kernel, damaged)
          const kept = new Set(entriesOf(kernel, made))
          for (const entry of entries) {
            if (entry.start < at + size && entry.end > at) continue
            counts.intact++
            if (kept.has(good.toString('latin1', entry.start, entry.end))) counts.kept++
          }
          for (const [i, key] of keysOf(kernel, made).entries()) {
            if (source.has(key)) continue
            const place = damaged.indexOf(Buffer.from(entriesOf(kernel, made)[i], 'latin1'))
            const size_ = entriesOf(kernel, made)[i].length
            // A key that was changed where it stands, its framing intact, cannot be told from a true one.
            if (place < at + size && place + size_ > at) counts.changed++
            else counts.false++
          }
        }
      }
    }
    const share = percent(counts.kept, counts.intact)
    figure(
      'R3 salvage',
      `${counts.damages} blocks of ${size}: ${counts.kept} of ${counts.intact} intact entries kept (${share}), ` +
        `${counts.false} false keys, ${counts.changed} changed where they stand`,
    )
    // Not yet none: rows of elements that follow a header which is gone can pass for keys.
    expect(counts.false).toBeLessThanOrEqual(counts.damages / 50)
    expect(counts.kept / counts.intact).toBeGreaterThan(0.97)
  },
  TIMEOUT,
)
