/** R3, first half: damaged blocks in an RDB with a checksum are found. And every variant that test/support/damage.ts makes. */
import {describe, expect, test} from '@jest/globals'
import {
  budget,
  figure,
  hasChecksum,
  keepInput,
  percent,
  samples,
  TIMEOUT,
} from '../support/campaign.ts'
import {aofDamage} from '../support/damage-aof.ts'
import {rdbDamage} from '../support/damage-rdb.ts'
import type {Damage} from '../support/damage-types.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'
import {type Random, randomSeed, seeded} from '../support/random.ts'

const host = memoryHost(kernel)

const isFlagged = (bytes: Uint8Array): boolean =>
  !['sound', 'warnings'].includes(checkBytes(host, bytes).verdict)

type Change = (good: Buffer, at: number, size: number, random: Random) => Buffer

const CHANGES: Readonly<Record<string, Change>> = {
  burst: (good, at, size, random) => {
    const copy = Buffer.from(good)
    copy.set(random.bytes(Math.min(size, copy.length - at)), at)
    return copy
  },
  zeroed: (good, at, size) => Buffer.from(good).fill(0, at, Math.min(good.length, at + size)),
  duplicated: (good, at, size) =>
    Buffer.concat([
      good.subarray(0, at + size),
      good.subarray(at, at + size),
      good.subarray(at + size),
    ]),
  swapped: (good, at, size, random) => {
    const to = random.int(Math.max(1, good.length - size))
    const copy = Buffer.from(good)
    good.copy(copy, at, to, to + size)
    good.copy(copy, to, at, at + size)
    return copy
  },
  shifted: (good, at, size) =>
    Buffer.concat([good.subarray(0, at), good.subarray(at + size), good.subarray(at, at + size)]),
}

/** No unexplained bytes behind the end: no checksum covers those. */
const isCovered = (bytes: Uint8Array): boolean =>
  !isFlagged(bytes) && checkBytes(host, bytes).findings.every(({code}) => code !== 'RDB_TRAILING')

const checked = samples(0x100000).filter((each) => hasChecksum(each) && isCovered(each.bytes))

describe('R3', () => {
  const {seed} = randomSeed('R3')

  test.each([
    ...[16, 512].map((size) => ({size, least: 16, count: budget(20, 2000)})),
    {size: 4096, least: 8192, count: budget(20, 1000)},
  ])(
    'damaged blocks of $size bytes',
    ({size, least, count}) => {
      const missed: string[] = []
      let made = 0
      for (const {name, bytes} of checked.filter((each) => each.bytes.length > least)) {
        const good = Buffer.from(bytes)
        for (const [what, change] of Object.entries(CHANGES)) {
          for (let i = 0; i < Math.max(1, good.length > 65536 ? count / 10 : count); i++) {
            const random = seeded(seed + made)
            const at = random.int(Math.max(1, good.length - Math.min(size, 12)))
            const damaged = change(good, at, size, random)
            if (damaged.equals(good)) continue
            made++
            // What only follows the file is a warning: the file itself is whole.
            if (damaged.subarray(0, good.length).equals(good)) continue
            if (!isFlagged(damaged))
              missed.push(`${what} at ${at} of ${name}: ${keepInput(damaged)}`)
          }
        }
      }
      figure(
        'R3',
        `${made} blocks of ${size} bytes damaged, seed ${seed}: ${percent(made - missed.length, made)} flagged`,
      )
      expect(missed).toEqual([])
    },
    TIMEOUT,
  )
})

describe('all kinds of damage', () => {
  test.each(['rdb', 'aof'] as const)(
    'to %s fixtures',
    (kind) => {
      const wrong: string[] = []
      let variants = 0
      const subjects =
        kind === 'rdb' ? checked : samples(0x10000).filter((each) => each.kind === kind)
      for (const sample of subjects) {
        const good = Buffer.from(sample.bytes)
        const made: Iterable<Damage> =
          kind === 'rdb' ? rdbDamage(good, seeded(1)) : aofDamage(good, seeded(1))
        for (const {name, bytes, sameData} of made) {
          variants++
          const {verdict} = checkBytes(host, bytes)
          // A random bit of an AOF is mostly one of a key or value.
          const isSilent = kind === 'aof' && name.startsWith('flip-random')
          const mayPass = sameData !== undefined || isSilent || bytes.equals(good)
          if (!mayPass && verdict === 'sound')
            wrong.push(`${sample.name} ${name}: ${keepInput(bytes)}`)
        }
      }
      figure('damage', `${variants} variants of ${kind} files: ${wrong.length} unnoticed`)
      expect(wrong).toEqual([])
    },
    TIMEOUT,
  )
})
