import {describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import {noise, READ_ALL, type Read, sha256, slowCrc, temporaryFiles} from './support.ts'

const put = temporaryFiles()
const SIZES = [0, 1, 63, 64, 65, 4095, 4096, 10_000]
const GEOMETRIES = [1, 2, 64, 4096].flatMap((slotSize) =>
  [1, 2, 3, 64].map((slots) => ({slots, slotSize})),
)

describe.each(['inline', 'worker'] as const)('%s', (mode) => {
  test.each(GEOMETRIES)(
    '$slots slots of $slotSize bytes give all bytes and their CRC',
    async (window) => {
      const contents = SIZES.map((size) => noise(size))
      const paths = contents.map((bytes, i) => put(`${mode}-${i}`, bytes))
      const reads = await runOperation<Read[]>(READ_ALL, paths, {step: 7}, {mode, window})
      const seen = reads.map(({bytes, sha256, crc, size}) => ({bytes, sha256, crc, size}))
      const truth = contents.map((bytes) => ({
        bytes: bytes.length,
        sha256: sha256(bytes),
        crc: slowCrc(bytes),
        size: bytes.length,
      }))
      expect(seen).toEqual(truth)
    },
  )

  test.each([0, 1, 4095, 4096, 9999, 10_000])('starts at offset %i', async (offset) => {
    const path = put(`offset-${mode}`, noise(10_000))
    const window = {slots: 3, slotSize: 512}
    const [read] = await runOperation<Read[]>(READ_ALL, [path], {offset}, {mode, window})
    const rest = noise(10_000).subarray(offset)
    expect(read).toMatchObject({
      bytes: rest.length,
      sha256: sha256(rest),
      crc: slowCrc(rest),
      size: 10_000,
      head: Buffer.from(noise(64)).toString('latin1'),
      seekable: true,
      repeatable: true,
    })
  })

  test('one input can be left for the next before its end', async () => {
    const long = put(`long-${mode}`, noise(300_000))
    const short = put(`short-${mode}`, noise(100))
    const window = {slots: 2, slotSize: 1024}
    const options = {stopAfter: 5000, step: 1000}
    const inputs = [long, short, long]
    const reads = await runOperation<Read[]>(READ_ALL, inputs, options, {mode, window})
    expect(reads.map(({bytes}) => bytes)).toEqual([5096, 100, 5096])
    expect(reads[2].crc).toBe(slowCrc(noise(5096)))
  })

  test('without CRC the bytes are the same', async () => {
    const path = put(`plain-${mode}`, noise(50_000))
    const window = {slots: 4, slotSize: 1024}
    const [read] = await runOperation<Read[]>(READ_ALL, [path], {crc: false}, {mode, window})
    expect(read).toMatchObject({bytes: 50_000, sha256: sha256(noise(50_000)), crc: null})
  })
})

test('a large file comes out the same in both ways', async () => {
  const bytes = noise(20_000_000)
  const path = put('large', bytes)
  const options = {step: 100_000, sumOnce: true}
  const [inline] = await runOperation<Read[]>(READ_ALL, [path], options, {mode: 'inline'})
  const [worker] = await runOperation<Read[]>(READ_ALL, [path], options, {mode: 'worker'})
  expect(worker).toEqual(inline)
  expect(worker.sha256).toBe(sha256(bytes))
})
