/** R4: an RDB that ends early is found, wherever it ends, and every key before that counts as intact. */
import {expect, test} from '@jest/globals'
import {entrySpans, figure, isVariant, percent, samples, TIMEOUT} from '../support/campaign.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'
import {randomSeed} from '../support/random.ts'

const host = memoryHost(kernel)
const random = randomSeed('R4')
const STEP = 8

test(
  'R4: small RDB files cut at every byte',
  () => {
    const wrong: string[] = []
    let files = 0
    let cuts = 0
    let truncated = 0
    for (const {name, kind, bytes} of samples(4096)) {
      if (kind !== 'rdb') continue
      const {entries, end} = entrySpans(kernel, bytes)
      if (end < 0) continue
      files++
      const step = isVariant(name) ? STEP : 1
      for (let cut = random.int(step); cut < end; cut += step, cuts++) {
        const {verdict, intact, files: parts} = checkBytes(host, bytes.subarray(0, cut))
        const ends = entries.filter((entry) => entry.end <= cut)
        const whole = entries.filter((entry) => entry.isIntact && entry.end <= cut).length
        if (verdict === 'truncated') truncated++
        if (verdict === 'sound' || verdict === 'warnings') wrong.push(`${name} cut at ${cut}`)
        // The intact prefix ends where the record begins that was cut.
        const prefix = parts[0]?.intactBytes ?? 0
        if (ends.length === whole && (prefix > cut || prefix < (ends.at(-1)?.end ?? 0))) {
          wrong.push(`${name} cut at ${cut}: intact to ${prefix}`)
        }
        if (intact.keys !== whole) {
          wrong.push(`${name} cut at ${cut}: ${intact.keys} intact keys, not ${whole}`)
        }
      }
    }
    const rate = percent(cuts - wrong.length, cuts)
    const said = percent(truncated, cuts)
    figure(
      'R4',
      `${cuts} cuts of ${files} RDB files, ${rate} flagged with the right keys, ${said} as truncated`,
    )
    expect(wrong.slice(0, 20)).toEqual([])
  },
  TIMEOUT,
)
