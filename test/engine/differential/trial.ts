/** Runs a stream on both sides, and shrinks one on which they disagree. */

import type {Trouble} from '../../../src/engine/replay.ts'
import {differences} from './compare.ts'
import {type ReplayingEngine, typedLog} from './engine-side.ts'
import type {LoggingServer, Played} from './sides.ts'
import type {Words} from './words.ts'

const CLOCKS_APART_MS = 60_000

export interface Trial {
  server: LoggingServer
  engine: ReplayingEngine
  /** Also replay what was typed. */
  typed: boolean
}

/** Where the two sides disagree about a stream. */
export async function disagreements(trial: Trial, commands: readonly Words[]): Promise<string[]> {
  const {server, engine, typed} = trial
  const played = await server.play(commands)
  if (played.refused) return []
  const lines = await aboutLog(trial, played)
  if (!typed) return lines
  const {log, offsets} = typedLog(commands)
  const own = engine.replay(log, played.nowMs, true)
  const clocks = {nowMs: played.nowMs, toleranceMs: CLOCKS_APART_MS}
  // A transaction that never ends is told behind the last command.
  const failed = own.troubles
    .filter(isFailure)
    .map(({offset}) => offsets.indexOf(offset))
    .filter((i) => i >= 0)
  const apart = failedApart(commands, failed, played.failed)
  const ours = [...differences(own, played, clocks), ...apart]
  return [...lines, ...ours.map((line) => `typed: ${line}`)]
}

async function aboutLog({server, engine}: Trial, played: Played): Promise<string[]> {
  const {from, endMs} = played
  const clocks = {nowMs: endMs, toleranceMs: 0}
  const own = engine.replay(played.log, endMs, false)
  const lines = [
    ...own.troubles.filter(isFailure).map(({command, detail}) => `${command}: ${detail}`),
    ...differences(own, played, clocks),
  ]
  if (lines.length === 0) return []
  // Some of what a server does never reaches its log. Then it does not come back when the server loads it, either.
  const reloaded = await server.reload(from)
  const again = differences(engine.replay(reloaded.log, Date.now(), false), reloaded, clocks)
  return again.length === 0 ? [] : [...lines, ...again].map((line) => `log: ${line}`)
}

const isFailure = ({kind}: Trouble): boolean => kind !== 'flush' && kind !== 'relative-expiry'

/** Commands that failed on one side only. */
function failedApart(
  commands: readonly Words[],
  own: readonly number[],
  server: readonly number[],
): string[] {
  if (String(own) === String(server)) return []
  const only = (some: readonly number[], others: readonly number[]) =>
    JSON.stringify(some.filter((i) => !others.includes(i)).map((i) => commands[i]))
  return [`only here fail ${only(own, server)}, only on the server ${only(server, own)}`]
}

/** The fewest commands on which they still disagree, by leaving out ever smaller parts. */
export async function shrink(trial: Trial, commands: readonly Words[]): Promise<Words[]> {
  let left = [...commands]
  for (let size = left.length >> 1; size >= 1; ) {
    let smaller = false
    for (let at = 0; at < left.length; ) {
      const without = [...left.slice(0, at), ...left.slice(at + size)]
      if ((await disagreements(trial, without)).length > 0) {
        left = without
        smaller = true
      } else at += size
    }
    if (size > 1) size >>= 1
    else if (!smaller) break
  }
  return left
}
