/** Records on their way from an operation to whoever started it, while it runs. */
import {describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import type {RunProgress} from '../../src/io/run-settings.ts'
import {temporaryFiles} from './support.ts'

const EMIT_LINES = new URL('./operations/emit-lines.mjs', import.meta.url).href
/** As worker-host.ts: so many chunks may be on their way. */
const CHUNKS_AHEAD = 4
const put = temporaryFiles()

describe.each(['inline', 'worker'] as const)('what an operation emits %s', (mode) => {
  test('comes whole, in order, one chunk at a time, and before the report', async () => {
    const seen: number[] = []
    let reading = false
    const report = await runOperation(
      EMIT_LINES,
      [put(`order-${mode}`, 'x')],
      {count: 50, size: 1000},
      {
        mode,
        async onChunk(chunk) {
          expect(reading).toBe(false)
          reading = true
          await new Promise((resolve) => setImmediate(resolve))
          reading = false
          expect(chunk).toEqual(new Uint8Array(1000).fill(chunk[0]))
          seen.push(chunk[0])
        },
      },
    )
    expect(report).toEqual({emitted: 50})
    expect(seen).toEqual(Array.from({length: 50}, (_, i) => i))
  })

  test('may go to nobody', async () => {
    const path = put(`nobody-${mode}`, 'x')
    expect(await runOperation(EMIT_LINES, [path], {count: 9, size: 10}, {mode})).toEqual({
      emitted: 9,
    })
  })

  test('ends with the reader, whose reason is what the run fails with', async () => {
    let seen = 0
    const run = runOperation(
      EMIT_LINES,
      [put(`leave-${mode}`, 'x')],
      {count: mode === 'worker' ? Number.POSITIVE_INFINITY : 50, size: 10},
      {
        mode,
        async onChunk() {
          if (++seen === 3) throw new TypeError('the reader left')
        },
      },
    )
    await expect(run).rejects.toThrow(new TypeError('the reader left'))
    expect(seen).toBe(3)
  })
})

test('a worker waits for a slow reader, a few chunks ahead of it', async () => {
  let read = 0
  let progress: RunProgress | null = null
  const emittedMeanwhile: number[] = []
  await runOperation(
    EMIT_LINES,
    [put('slow', 'x')],
    {count: 40, size: 100},
    {
      mode: 'worker',
      progressIntervalMs: 1,
      onProgress: (state) => (progress = state),
      async onChunk() {
        // Until the state was told three times after the worker came to rest.
        for (let same = 0, last = -1; same < 3; ) {
          progress = null
          while (progress === null) await new Promise((resolve) => setImmediate(resolve))
          const {records} = progress as RunProgress
          same = records === last ? same + 1 : 0
          last = records
        }
        emittedMeanwhile.push((progress as unknown as RunProgress).records - read)
        read++
      },
    },
  )
  expect(read).toBe(40)
  expect(Math.max(...emittedMeanwhile)).toBeLessThanOrEqual(CHUNKS_AHEAD)
})

test('a small input from which much comes is read in a worker, and nothing comes twice', async () => {
  const seen: number[] = []
  const settings = {onChunk: async ([first]: Uint8Array) => void seen.push(first)}
  await runOperation(EMIT_LINES, [put('much', 'x')], {count: 40, size: 100_000}, settings)
  expect(seen).toEqual(Array.from({length: 40}, (_, i) => i))
})
