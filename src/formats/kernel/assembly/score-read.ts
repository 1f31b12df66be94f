/** Texts of scores as doubles, exactly rounded, whoever printed them with as many digits as it takes. */
import {plainDouble} from './decimal'
import {approximateDouble, textDouble} from './numbers'
import {scorePrintf} from './score-printf'
import {equalSpans} from './spans'

/** approximateDouble() is off by no more units in the last place. */
const NEIGHBOURS: u64 = 8
const room = memory.data(64)

/** NaN for a text that is left to the reader. */
export function scoreOf(start: u32, end: u32): f64 {
  const plain = plainDouble(start, end)
  if (plain == plain) return plain
  const short = textDouble(start, end)
  return short == short ? short : printed(start, end)
}

/** The double that `%.17g` prints like this: seventeen digits are those of one double only. */
function printed(start: u32, end: u32): f64 {
  const near = approximateDouble(start, end)
  if (near != near) return NaN
  const bits = reinterpret<u64>(near)
  for (let step: u64 = 0; step <= NEIGHBOURS; step++) {
    if (prints(bits + step, start, end)) return reinterpret<f64>(bits + step)
    if (prints(bits - step, start, end)) return reinterpret<f64>(bits - step)
  }
  return NaN
}

function prints(bits: u64, start: u32, end: u32): bool {
  const textEnd = scorePrintf(reinterpret<f64>(bits), room as u32)
  return textEnd != 0 && equalSpans(room as u32, textEnd, start, end)
}
