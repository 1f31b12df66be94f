/** How long a command waits. Source: getTimeoutFromObjectOrReply() in timeout.c. */
import {type Call, CommandError} from '../call.ts'
import {addLongDouble, isLongDouble} from '../long-double.ts'

/** Seconds whose milliseconds are no 64-bit integer. */
const TIMEOUT_END = 2 ** 63 / 1000

/** How long to wait, in ms, from the seconds in argument `i`; 0 is for ever. @throws CommandError as Redis 7.0 does. */
export function timeoutArgument(call: Call, i: number): number {
  const text = call.text(i)
  if (!isLongDouble(text)) throw new CommandError('ERR timeout is not a float or out of range')
  const seconds = Number(addLongDouble(text, '0')?.replace('inf', 'Infinity'))
  // What overflows comes out negative.
  if (!(seconds >= 0 && seconds < TIMEOUT_END)) throw new CommandError('ERR timeout is negative')
  return Math.ceil(seconds * 1000)
}
