import {CHECK_SCORE_ORDER, CHECK_SCORES} from '../../../src/formats/kernel/layout.ts'
import type {Item} from '../../support/packed.ts'
import {kernel, verdict} from './arena.ts'

/** Scores are numbers, and it is told whether they ascend. */
export const SCORES = CHECK_SCORES | CHECK_SCORE_ORDER

export const checkListpack = (blob: Uint8Array, tuple: number, flags = 0) =>
  verdict((start, end) => kernel.listpackCheck(start, end, tuple, flags), blob)
export const checkZiplist = (blob: Uint8Array, tuple: number, flags = 0) =>
  verdict((start, end) => kernel.ziplistCheck(start, end, tuple, flags), blob)

const INTEGERS = [
  0n,
  12n,
  13n,
  127n,
  128n,
  -1n,
  4095n,
  4096n,
  -4096n,
  -4097n,
  32767n,
  32768n,
  -32768n,
  -32769n,
  8388607n,
  8388608n,
  -8388608n,
  -8388609n,
  2147483647n,
  2147483648n,
  -2147483648n,
  -2147483649n,
  4294967295n,
  4294967296n,
  99999999999999999n,
  9223372036854775807n,
  -9223372036854775808n,
]
const TEXTS = [0, 1, 63, 64, 125, 126, 127, 128, 4095, 4096, 16383, 16384, 20000].map((length) =>
  'x'.repeat(length),
)
/** Integers and texts of each encoding, at the ends of its range. */
export const ITEMS: Item[] = [...INTEGERS, ...TEXTS]
