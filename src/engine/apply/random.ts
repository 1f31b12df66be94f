/** What commands that answer something at random share. */
import {type Call, CommandError} from '../call.ts'
import {indexArgument} from './index-argument.ts'

const LONG_HALF = 2 ** 62

/** A count in argument `i`; negative ones may give the same element again. @throws CommandError. */
export function randomCount(call: Call, i: number, doubled: boolean): number {
  const count = indexArgument(call, i)
  if (Math.abs(count) > (doubled ? LONG_HALF : LONG_HALF * 2)) {
    throw new CommandError('ERR value is out of range')
  }
  return count
}

/** A reply of more elements than this is refused: it would have to be held as a whole. */
const REPEATED_MAX = 1e7

/** Indexes below `size`: `count` different ones, or all; of a negative count so many, and the same may come again. */
export function pick(size: number, count: number): number[] {
  if (size === 0) return []
  const any = () => Math.floor(Math.random() * size)
  if (count < 0) {
    if (-count > REPEATED_MAX) throw new CommandError('ERR value is out of range')
    return Array.from({length: -count}, any)
  }
  if (count >= size) return Array.from({length: size}, (_, i) => i)
  const chosen = new Set<number>()
  if (count * 2 < size) {
    while (chosen.size < count) chosen.add(any())
    return [...chosen]
  }
  const all = Array.from({length: size}, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(Math.random() * (size - i))
    ;[all[i], all[j]] = [all[j], all[i]]
  }
  return all.slice(0, count)
}
