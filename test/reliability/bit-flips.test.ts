/** R1: one flipped bit anywhere in an RDB with a checksum is found. */
import {readFileSync} from 'node:fs'
import {afterAll, describe, expect, test} from '@jest/globals'
import {resealed} from '../support/bytes.ts'
import {
  entrySpans,
  figure,
  hasChecksum,
  isVariant,
  passes,
  percent,
  type Sample,
  SOAK,
  samples,
  TIMEOUT,
} from '../support/campaign.ts'
import {fixture} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'
import {randomSeed} from '../support/random.ts'
import {serverProgram} from '../support/server.ts'

const host = memoryHost(kernel)
const random = randomSeed('R1')
const total = {files: 0, flips: 0, missed: 0}

/** A warning is not enough: a server that is told the file is all right loads it. */
const isFlagged = (bytes: Uint8Array): boolean =>
  !['sound', 'warnings'].includes(checkBytes(host, bytes).verdict)

/** Bits whose flip goes unnoticed; of a variant one bit of each byte is flipped. */
function missedBits({name, bytes: good}: Sample): string[] {
  const bytes = good.slice()
  const missed: string[] = []
  const step = isVariant(name) ? 8 : 1
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = random.int(step); bit < 8; bit += step) {
      bytes[at] ^= 1 << bit
      if (!isFlagged(bytes)) missed.push(`byte ${at}, bit ${bit}`)
      bytes[at] ^= 1 << bit
      total.flips++
    }
  }
  total.files++
  total.missed += missed.length
  return missed
}

/** No unexplained bytes behind the end: no checksum covers those. */
const isCovered = (bytes: Uint8Array): boolean =>
  !isFlagged(bytes) && checkBytes(host, bytes).findings.every(({code}) => code !== 'RDB_TRAILING')

/** The first 64 KB of a larger file, ended as a file should be. */
function beginning({name, kind, bytes}: Sample): Sample {
  const last = entrySpans(kernel, bytes).entries.filter(({end}) => end < 0xffff)
  const body = Buffer.from(bytes.subarray(0, last[last.length - 1].end))
  const file = resealed(Buffer.concat([body, Buffer.from([0xff]), Buffer.alloc(8)]))
  return {name: `${name} cut`, kind, bytes: new Uint8Array(file)}
}

const LONG = /^(redis-7.0.15|redis-8.0.6|valkey-9.1.2)\/full.rdb$/
const long = SOAK ? samples(0x80000).filter(({name}) => LONG.test(name)) : []
const small = samples(4096)
const all = [...small, ...long.map(beginning)]
const covered = all.filter((each) => hasChecksum(each) && isCovered(each.bytes))
const folders = [...new Set(covered.map(({name}) => name.split('/')[0]))]

describe('R1', () => {
  test.each(folders)(
    'every bit of the small RDB files of %s',
    (folder) => {
      const missed = covered
        .filter(({name}) => name.startsWith(`${folder}/`))
        .map((each) => [each.name, missedBits(each)])
      expect(missed.filter(([, bits]) => bits.length > 0)).toEqual([])
    },
    TIMEOUT,
  )

  afterAll(() => {
    const {files, flips, missed} = total
    const rate = percent(flips - missed, flips)
    figure('R1', `${flips} bit flips in ${files} RDB files with a checksum, ${rate} flagged`)
  })

  const program = serverProgram('redis-check-rdb')
  const comparison = program ? test : test.skip
  comparison(
    'redis-check-rdb misses some: bits of the version that switch its checksum off',
    () => {
      const good = readFileSync(fixture('redis-7.0.15/small').path)
      const missed = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => {
        const bytes = Buffer.from(good)
        bytes[8] ^= 1 << bit
        expect(isFlagged(bytes)).toBe(true)
        return passes(program ?? '', bytes)
      })
      figure(
        'R1',
        `redis-check-rdb passes ${missed.length} of the 8 flips in the last version digit`,
      )
      expect(missed.length).toBeGreaterThan(0)
    },
  )
})
