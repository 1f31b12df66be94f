/** R2: where no checksum helps. Nothing crashes, nothing hangs, and more is found than the servers' own checkers find. */
import {describe, expect, test} from '@jest/globals'
import {
  budget,
  figure,
  hasChecksum,
  passes,
  percent,
  type Sample,
  samples,
  TIMEOUT,
} from '../support/campaign.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'
import {randomSeed} from '../support/random.ts'
import {serverProgram} from '../support/server.ts'

const host = memoryHost(kernel)
const MEMORY_MAX = 64 << 20
const all = samples(16384).filter((sample) => !hasChecksum(sample))
const kinds = ['rdb', 'aof'] as const

const verdictOf = (bytes: Uint8Array) => checkBytes(host, bytes).verdict
const isFlagged = (bytes: Uint8Array): boolean => verdictOf(bytes) !== 'sound'

/** A copy with one bit changed. */
function flipped({bytes}: Sample, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] ^= 1 << (bit & 7)
  return copy
}

describe('R2', () => {
  const random = randomSeed('R2')

  test.each(kinds)(
    'flips in %s files without a checksum',
    (kind) => {
      const subjects = all.filter((each) => each.kind === kind && verdictOf(each.bytes) === 'sound')
      const most = budget(kind === 'rdb' ? 2000 : 150, Number.POSITIVE_INFINITY)
      let flips = 0
      let found = 0
      for (const sample of subjects) {
        const bits = sample.bytes.length * 8
        const step = Math.max(1, bits / most)
        for (let bit = 0; bit < bits; bit += step, flips++) {
          if (isFlagged(flipped(sample, Math.floor(bit)))) found++
        }
      }
      figure(
        'R2',
        `${flips} flips in ${subjects.length} ${kind} files without a checksum, ${percent(found, flips)} flagged`,
      )
      expect(subjects.length).toBeGreaterThan(5)
      expect(found / flips).toBeGreaterThan(0.25)
      expect(kernel.memory.buffer.byteLength).toBeLessThan(MEMORY_MAX)
    },
    TIMEOUT,
  )

  test.each(kinds)(
    'never less than the checker of the servers finds in %s files',
    (kind) => {
      const program = serverProgram(`redis-check-${kind}`)
      if (!program) return figure('R2', `no redis-check-${kind}: nothing to compare with`)
      const name =
        kind === 'rdb' ? 'redis-7.0.15/small-nochecksum.rdb' : 'redis-6.2.16/aof-small-raw'
      const sample = all.find((each) => each.name.startsWith(name))
      if (!sample) throw new Error(`no fixture ${name}`)
      const count = budget(60, 2000)
      const lost: string[] = []
      let ours = 0
      let theirs = 0
      for (let i = 0; i < count; i++) {
        const bit = random.int(sample.bytes.length * 8)
        const bytes = flipped(sample, bit)
        const [a, b] = [isFlagged(bytes), !passes(program, bytes)]
        ours += Number(a)
        theirs += Number(b)
        if (b && !a) lost.push(`bit ${bit}`)
      }
      figure(
        'R2',
        `${count} flips in ${sample.name}: ${ours} flagged, ${theirs} by redis-check-${kind}`,
      )
      expect(lost).toEqual([])
    },
    TIMEOUT,
  )
})
