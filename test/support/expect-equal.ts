import {isDeepStrictEqual} from 'node:util'
import {expect} from '@jest/globals'

/** `expect(got).toEqual(wanted)`, which is asked only where the two are not strictly equal: it is slow, and campaigns ask a million times. */
export function expectEqual(got: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(got, wanted)) expect(got).toEqual(wanted)
}
