import {PassThrough} from 'node:stream'
import {describe, expect, test} from '@jest/globals'
import {durationText, type ProgressMode, progressOn, progressText} from '../../src/ui/progress.ts'

const MiB = 1024 ** 2
const state = {bytesDone: 300 * MiB, bytesTotal: 1200 * MiB, records: 1234567}

/** A stream that only remembers. */
function stderr(isTTY: boolean) {
  const stream = Object.assign(new PassThrough({encoding: 'utf8'}), {isTTY})
  return stream as unknown as NodeJS.WriteStream & PassThrough
}

describe('progress', () => {
  test.each([
    [state, 3000, '300.0 MiB of 1.2 GiB (25 %), 100.0 MiB/s, 1,234,567 records, 9 s left'],
    [{...state, bytesTotal: 0}, 3000, '300.0 MiB, 100.0 MiB/s, 1,234,567 records'],
    [
      {...state, bytesDone: 1300 * MiB},
      1000,
      '1.3 GiB of 1.2 GiB (100 %), 1.3 GiB/s, 1,234,567 records, 0 s left',
    ],
    [{bytesDone: 0, bytesTotal: 10, records: 0}, 0, '0 B of 10 B (0 %), 0 B/s, 0 records'],
  ])('reads well', (at, elapsedMs, text) => {
    expect(progressText(at, elapsedMs)).toBe(text)
  })

  test.each([
    [0.2, '1 s'],
    [59.5, '1 min 0 s'],
    [3599, '59 min 59 s'],
    [7260, '2 h 1 min'],
  ])('%d seconds read %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text)
  })

  test('is a JSON line when a program asks', () => {
    const stream = stderr(false)
    const progress = progressOn(stream, 'json', 'dump.rdb')
    progress.onProgress!(state)
    progress.stop()
    const {elapsedMs, ...document} = JSON.parse(stream.read() as string)
    expect(document).toEqual({schema: 'respite.progress/1', input: 'dump.rdb', ...state})
    expect(elapsedMs).toBeGreaterThanOrEqual(0)
  })

  test.each<[ProgressMode, boolean]>([
    ['auto', false],
    ['never', true],
  ])('stays away with --progress=%s on a terminal: %p', (mode, isTTY) => {
    expect(progressOn(stderr(isTTY), mode, 'dump.rdb').onProgress).toBeUndefined()
  })

  test('comes whenever SIGUSR1 asks, even with --progress=never', () => {
    const stream = stderr(false)
    progressOn(stream, 'never', 'dump.rdb').onState(state)
    expect(stream.read()).toMatch(/^300\.0 MiB of 1\.2 GiB \(25 %\), .* left\n$/)
  })
})
