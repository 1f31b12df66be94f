/** `respite verify --engine`: as `verify`, but a live server loads and replays the input, and its data is what is verified. */
import type {Host} from '../io/host.ts'
import {replayedOnServer} from './check-on-server.ts'
import type {VerifyReport} from './reports.ts'
import type {EngineOptions} from './server-engine.ts'
import {type VerifyOptions, verify} from './verify.ts'

/** Verify the first of `inputs` on the second, a server; with a third, both must hold the same data. @throws as `verify`. */
export async function verifyOnServer(
  host: Host,
  inputs: readonly string[],
  options: VerifyOptions & EngineOptions,
): Promise<VerifyReport> {
  const [input, engine, ...against] = inputs
  const replayed = await replayedOnServer(host, input, engine, options)
  return verify(host, [input, ...against], options, {engine, ...replayed})
}
