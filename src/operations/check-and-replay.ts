/** `respite check --replay`: apart from `check`, which is to start fast and has no use for the engine. */
import {Exit, RespiteError} from '../errors.ts'
import type {Host} from '../io/host.ts'
import {type CheckOptions, check} from './check.ts'
import {embeddedReplay} from './check-replay.ts'
import type {CheckReport} from './reports.ts'

/** As `check`, and then load the input and replay its commands. @throws also RespiteError USAGE for stdin. */
export function checkAndReplay(
  host: Host,
  inputs: readonly string[],
  options: CheckOptions = {},
): CheckReport {
  if (inputs[0] === '-') {
    const message = 'stdin can be read only once, and --replay reads twice: give a path'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  return check(host, inputs, options, embeddedReplay())
}
