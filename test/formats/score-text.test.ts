import {describe, expect, test} from '@jest/globals'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {DIGEST_TEXT} from '../../src/formats/kernel/layout.ts'
import {
  fillScorePowers,
  printf17,
  type ScoreStyle,
  writeScore,
} from '../../src/formats/score-text.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {seeded} from '../support/random.ts'
import {scoreText} from '../support/score.ts'

const kernel = createKernel(loadKernelModule())
const memory = new Uint8Array(kernel.memory.buffer)
fillScorePowers(new DataView(kernel.memory.buffer))

function written(score: number, style: ScoreStyle): string {
  const end = writeScore({kernel, memory}, score, style, DIGEST_TEXT)
  return Buffer.from(memory.slice(DIGEST_TEXT, end)).toString('latin1')
}

test.each<[number, string, string]>([
  [0.1, '0.10000000000000001', '0.1'],
  [-0, '-0', '-0'],
  [0, '0', '0'],
  [Infinity, 'inf', 'inf'],
  [-Infinity, '-inf', '-inf'],
  [1e7, '10000000', '10000000'],
  [1e8, '100000000', '1e+8'],
  [1e15, '1000000000000000', '1e+15'],
  [1e17, '1e+17', '1e+17'],
  [1e-5, '1.0000000000000001e-05', '0.00001'],
  [1e-7, '9.9999999999999995e-08', '1e-7'],
  [2 ** 53, '9007199254740992', '9007199254740992'],
  [1.7976931348623157e308, '1.7976931348623157e+308', '1.7976931348623157e+308'],
  [5e-324, '4.9406564584124654e-324', '5e-324'],
  [-1.5, '-1.5', '-1.5'],
  [123456789012345680, '1.2345678901234568e+17', '123456789012345680'],
  [1700000000, '1700000000', '1.7e+9'],
])('%d is %s, from 7.2 on %s', (score, printf, fpconv) => {
  expect(written(score, 'printf')).toBe(printf)
  expect(written(score, 'fpconv')).toBe(fpconv)
})

/** Doubles of every kind: any bits, few decimals, near powers of two and ten, ties of seventeen digits. */
function doubles(count: number): number[] {
  const random = seeded(7).int
  const view = new DataView(new ArrayBuffer(8))
  const anyBits = () => {
    view.setUint32(0, random(0x100000000))
    view.setUint32(4, random(0x100000000))
    return view.getFloat64(0)
  }
  const kinds = [
    anyBits,
    () => (random(0x100000000) - 0x80000000) / 10 ** random(9),
    () => random(0x100000000) * random(0x200000),
    () => (random(0x100000000) * 0x10000 + random(0x10000)) / 2 ** random(60),
    () => 10 ** (random(600) - 300) * (1 + random(3) * 2 ** -52),
    () => 2 ** (random(2000) - 1000) * (1 + (random(3) - 1) * 2 ** -52),
    () => (random(1000) + random(0x2000000) / 0x2000000) * 10 ** random(3),
  ]
  return Array.from({length: count}, (_, i) => kinds[i % kinds.length]())
}

describe.each<ScoreStyle>(['printf', 'fpconv'])('%s', (style) => {
  test('agrees with the oracle on 140,000 doubles', () => {
    const wrong = doubles(140000).filter(
      (score) => written(score, style) !== scoreText(score, style),
    )
    expect(wrong.slice(0, 10)).toEqual([])
  })
})

test('ties are rounded to even, outside of what the kernel does as well', () => {
  const ties = [2 ** 54 + 4, 1e17 + 16, 0.001953125, 2 ** -25, 2 ** 57 + 2 ** 6, 2 ** 60 + 2 ** 9]
  expect(ties.map(printf17)).toEqual(ties.map((score) => scoreText(score, 'printf')))
})
