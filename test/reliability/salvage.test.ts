/** R3 and R4, second half: what salvage gets out of damaged and cut RDB files. */
import {describe, expect, test} from '@jest/globals'
import {DIGEST_RULES} from '../../src/engine/digest/rules.ts'
import {
  budget,
  entrySpans,
  figure,
  hasChecksum,
  percent,
  SOAK,
  samples,
  TIMEOUT,
} from '../support/campaign.ts'
import {digestFile} from '../support/digest-run.ts'
import {kernel} from '../support/kernel.ts'
import {randomSeed, seeded, seedOf} from '../support/random.ts'
import {entriesOf, salvageBytes} from '../support/salvage.ts'
import {CHANGES, judged, placedEntries, type Verdict} from '../support/salvage-campaign.ts'
import {serverProgram, withRdb} from '../support/server.ts'

/** On each push the same damages, in soak others each time, none of which may invent anything. RESPITE_SEED repeats one round, here as there. */
const isRepeated = process.env.RESPITE_SEED !== undefined
const SEED = SOAK || isRepeated ? randomSeed('R3 salvage').seed : 20251

test(
  'R4: a cut RDB gives exactly the entries that end before the cut',
  () => {
    const wrong: string[] = []
    let cuts = 0
    for (const {name, kind, bytes} of samples(4096)) {
      if (kind !== 'rdb') continue
      const {entries, end} = entrySpans(kernel, bytes)
      if (end < 0) continue
      const step = budget(307, 1)
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

/** So many damages per file, size and kind; each round has a seed, from which those of its damages are made. */
const ROUNDS = isRepeated ? 1 : budget(1, 100)
const roundSeed = (round: number): number => (SEED + round) >>> 0
/** So many of the outputs that a server of RDB 10 can load are loaded by one. */
const LOADS = 60
const RULES = DIGEST_RULES['7.0']

interface Sum {
  damages: number
  intact: number
  kept: number
  invented: number
  changed: number
  renamed: number
  stripped: number
  strippedUnsaid: number
  moved: number
  movedUnsaid: number
}

const outputs: Buffer[] = []
const total: Sum = newSum()

function newSum(): Sum {
  return {
    damages: 0,
    intact: 0,
    kept: 0,
    invented: 0,
    changed: 0,
    renamed: 0,
    stripped: 0,
    strippedUnsaid: 0,
    moved: 0,
    movedUnsaid: 0,
  }
}

/** Files that end in a checksum, and their entries. */
const sources = samples(0x100000)
  .filter((each) => hasChecksum(each) && entrySpans(kernel, each.bytes).end === each.bytes.length)
  .map((each) => ({...each, entries: placedEntries(kernel, each.bytes)}))

/** Redis 7.0 writes RDB 10. */
const isLoadable = (bytes: Uint8Array): boolean =>
  /^REDIS00(0\d|10)$/.test(Buffer.from(bytes.subarray(0, 9)).toString('latin1'))

describe.each(Object.keys(CHANGES))('R3: %s blocks', (kind) => {
  test.each([16, 512, 4096])(
    'of %i bytes: no key, and no value, that the file did not hold',
    (size) => {
      const sum = newSum()
      const invented: string[] = []
      for (const {name, bytes, entries} of sources) {
        const good = Buffer.from(bytes)
        if (good.length < 3 * size + 64) continue
        for (let i = 0; i < ROUNDS; i++) {
          const random = seeded(seedOf(roundSeed(i), `${kind} ${size} ${name}`))
          sum.damages++
          const at = 9 + random.int(good.length - size - 18)
          const damaged = CHANGES[kind](good, at, size, random)
          const {bytes: made, report} = salvageBytes(kernel, damaged.bytes)
          const verdict = judged(entries, damaged, placedEntries(kernel, made), report)
          for (const key of verdict.invented) {
            invented.push(`RESPITE_SEED=${roundSeed(i)}: ${name}, damaged at ${at}: ${key}`)
          }
          add(sum, verdict)
          if (isLoadable(made) && !name.startsWith('built') && verdict.intact > 0)
            outputs.push(Buffer.from(made))
        }
      }
      for (const count of Object.keys(total) as (keyof Sum)[]) total[count] += sum[count]
      figure('R3 salvage', `${kind} ${size}: ${sumText(sum)}`)
      expect(invented).toEqual([])
    },
    TIMEOUT,
  )
})

function add(sum: Sum, verdict: Verdict): void {
  sum.intact += verdict.intact
  sum.kept += verdict.kept
  sum.invented += verdict.invented.length
  sum.changed += verdict.changed
  sum.renamed += verdict.renamed.length
  sum.stripped += verdict.stripped
  sum.strippedUnsaid += verdict.strippedUnsaid
  sum.moved += verdict.moved
  sum.movedUnsaid += verdict.movedUnsaid
}

const sumText = (sum: Sum): string =>
  `${sum.damages} damages, ${sum.kept} of ${sum.intact} intact entries kept (${percent(sum.kept, sum.intact)}), ` +
  `${sum.invented} invented, ${sum.changed} changed where they stand and ${sum.renamed} with a changed key, ` +
  `${sum.stripped} without their expiry or idle time, ${sum.strippedUnsaid} of them unsaid, ` +
  `${sum.moved} in another database, ${sum.movedUnsaid} of them unsaid`

test('R3: of all that is intact 98 % are kept', () => {
  figure('R3 salvage', sumText(total))
  // A single round may be less lucky.
  expect(total.kept / total.intact).toBeGreaterThan(isRepeated ? 0.95 : 0.98)
  expect(total.movedUnsaid).toBeLessThanOrEqual(total.kept / 1000)
})

const live = serverProgram() === undefined ? test.skip : test

live(
  'R23: a server loads what is salvaged, with the digest that it has here',
  async () => {
    const step = Math.max(1, Math.floor(outputs.length / LOADS))
    let loads = 0
    for (let i = 0; i < outputs.length; i += step, loads++) {
      // What had expired long before is kept too, as on a replica that loads it.
      const text = await withRdb(outputs[i], ({client}) => client.text('DEBUG', 'DIGEST'), {
        args: ['--replicaof', '127.0.0.1 1'],
      })
      expect(text).toBe(digestFile(outputs[i], {rules: RULES, each: false}).digest)
    }
    figure('R23 salvage', `${loads} of ${outputs.length} outputs loaded, each with the same digest`)
  },
  TIMEOUT,
)
