import {describe, expect, test} from '@jest/globals'
import {KeyHashes} from '../../src/operations/key-hashes.ts'
import {kernel} from '../support/kernel.ts'

const MIB = 0x100000

/** Hashes as the reader leaves them: u64 little-endian. */
function hashBytes(hashes: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(hashes.length * 8))
  hashes.forEach((hash, i) => void view.setBigUint64(i * 8, hash, true))
  return new Uint8Array(view.buffer)
}

/** `count` different hashes, evenly spread. */
function spread(count: number, seed = 1n): bigint[] {
  const step = 0x9e3779b97f4a7c15n
  return Array.from({length: count}, (_, i) => BigInt.asUintN(64, (BigInt(i) + seed) * step))
}

function add(hashes: KeyHashes, values: readonly bigint[]): void {
  hashes.add(hashBytes(values), 0, values.length)
}

describe.each([
  ['few', 100],
  ['many', 200_000],
])('%s hashes', (_, count) => {
  test('that are all different: none is found', () => {
    const hashes = new KeyHashes(kernel.module, 64 * MIB)
    add(hashes, spread(count))
    expect(hashes.repeated(10)).toEqual(new Set())
    expect(hashes.nextPass()).toBe(false)
  })

  test('some of which come again, also 0 and the largest', () => {
    const hashes = new KeyHashes(kernel.module, 64 * MIB)
    const values = spread(count)
    const twice = [values[0], values[50], 2n ** 64n - 1n]
    add(hashes, [...values, 2n ** 64n - 1n])
    add(hashes, twice)
    expect(hashes.repeated(10)).toEqual(new Set(twice))
  })
})

test('no more are returned than were asked for', () => {
  const hashes = new KeyHashes(kernel.module, 64 * MIB)
  const values = spread(10_000)
  add(hashes, [...values, ...values])
  expect(hashes.repeated(25).size).toBe(25)
})

test('what outgrows its memory is looked at in several passes, and all is found', () => {
  const values = spread(2_000_000)
  const twice = [values[7], values[1_000_000], values[1_999_999]]
  // 16 MB of hashes, and the smallest memory that there is.
  const hashes = new KeyHashes(kernel.module, 0)
  const found = new Set<bigint>()
  let passes = 0
  do {
    add(hashes, values)
    add(hashes, twice)
    passes++
    for (const hash of hashes.repeated(10)) found.add(hash)
  } while (hashes.nextPass())
  expect(found).toEqual(new Set(twice))
  expect(passes).toBeGreaterThan(1)
})

test('nothing was added', () => {
  const hashes = new KeyHashes(kernel.module, 0)
  expect(hashes.repeated(10).size).toBe(0)
  expect(hashes.nextPass()).toBe(false)
})
