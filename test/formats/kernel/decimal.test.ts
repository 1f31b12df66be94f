import {expect, test} from '@jest/globals'
import {ENGINE_HEAP} from '../../../src/formats/kernel/layout.ts'
import {kernel} from '../../support/kernel.ts'
import {seeded} from '../../support/random.ts'

const memory = new Uint8Array(kernel.memory.buffer)

function plainDouble(text: string): number {
  const bytes = Buffer.from(text, 'latin1')
  memory.set(bytes, ENGINE_HEAP)
  return kernel.plainDouble(ENGINE_HEAP, ENGINE_HEAP + bytes.length)
}

test.each([
  ['0', 0],
  ['-0', -0],
  ['-0.0', -0],
  ['.5', 0.5],
  ['5.', 5],
  ['0.1', 0.1],
  ['9007199254740993', 9007199254740992],
  ['9007199254740995', 9007199254740996],
  ['9007199254740992.5', 9007199254740992],
  ['9007199254740993.001', 9007199254740994],
  ['9999999999999999999', 1e19],
  ['0.000000000000000001', 1e-18],
  ['-123456789.0123456789', -123456789.01234567],
])('%s', (text, value) => {
  expect(plainDouble(text)).toBe(value)
})

test.each(['', '-', '.', '+1', '1e5', 'inf', '1.2.3', '12345678901234567890', ' 1', '0x1'])(
  '%j is not plain',
  (text) => {
    expect(plainDouble(text)).toBeNaN()
  },
)

test('up to 19 digits are rounded as JavaScript rounds them', () => {
  const random = seeded(5)
  for (let i = 0; i < 200_000; i++) {
    const digits = 1 + random.int(19)
    let text = ''
    for (let n = 0; n < digits; n++) text += random.int(10)
    const point = random.int(digits + 1)
    text = `${random.int(2) ? '-' : ''}${text.slice(0, point)}.${text.slice(point)}`
    if (plainDouble(text) !== Number(text)) throw new Error(text)
  }
})

test('any double of seventeen digits is read as it was printed', () => {
  const random = seeded(17)
  const view = new DataView(new ArrayBuffer(8))
  for (let i = 0; i < 200_000; i++) {
    view.setUint32(0, random.int(2 ** 32))
    view.setUint32(4, random.int(2 ** 32))
    // From 2^-6 to 2^58, so that up to 19 places are enough.
    view.setUint16(0, (((1017 + random.int(64)) << 4) | (view.getUint16(0) & 15)) >>> 0)
    const value = view.getFloat64(0)
    const text = value.toPrecision(17)
    if (text.includes('e')) continue
    if (plainDouble(text) !== value) throw new Error(text)
  }
})

test('halfway between two doubles, and the last digit to either side of it', () => {
  const random = seeded(23)
  for (let i = 0; i < 20_000; i++) {
    // An integer of 54 bits that is odd lies halfway; with two more digits behind it or not.
    const middle = 2n ** 53n + 2n * BigInt(random.int(2 ** 32)) * BigInt(random.int(2 ** 20)) + 1n
    for (const text of [`${middle}`, `${middle}.01`, `${middle - 1n}.99`, `${middle}.0`]) {
      if (plainDouble(text) !== Number(text)) throw new Error(text)
    }
  }
})
