/** What is different between two states, as lines to read; none when they are equal. */
import {type StreamState, sameTimes} from '../../support/stream-state.ts'
import type {KeyState, State} from './sides.ts'

export interface Clocks {
  /** The time of the server when it ran the commands, in ms. */
  nowMs: number
  /** Times were taken from two clocks: they may be this far apart. */
  toleranceMs: number
}

export function differences(own: State, server: State, clocks: Clocks): string[] {
  const lines: string[] = []
  if (own.digest !== server.digest) lines.push(`digest ${own.digest}, server ${server.digest}`)
  const names = new Set([...own.keys.keys(), ...server.keys.keys()])
  for (const name of names) {
    const [ours, theirs] = [own.keys.get(name), server.keys.get(name)]
    // Keys whose time is over vanish when the server looks at them.
    const isOver = ours?.expiresAtMs !== undefined && isPast(ours.expiresAtMs)
    if (!isOver)
      lines.push(
        ...keyDifferences(ours, theirs, clocks).map((line) => `${JSON.stringify(name)} ${line}`),
      )
  }
  const functions = (state: State) => JSON.stringify([...state.functions].sort())
  if (functions(own) !== functions(server)) {
    lines.push(`functions ${functions(own)}, server ${functions(server)}`)
  }
  return lines
}

const isPast = (expiresAtMs: number | null): boolean =>
  expiresAtMs !== null && expiresAtMs <= Date.now()

function keyDifferences(
  own: KeyState | undefined,
  server: KeyState | undefined,
  clocks: Clocks,
): string[] {
  if (!own || !server) return own || server ? [own ? 'is not on the server' : 'is missing'] : []
  const lines: string[] = []
  if (own.digest !== server.digest) lines.push(`digest ${own.digest}, server ${server.digest}`)
  const apart =
    own.expiresAtMs === null || server.expiresAtMs === null
      ? own.expiresAtMs === server.expiresAtMs
      : Math.abs(own.expiresAtMs - server.expiresAtMs) <= clocks.toleranceMs
  if (!apart) lines.push(`expires ${own.expiresAtMs}, server ${server.expiresAtMs}`)
  const [ownFields, theirFields] = [own.fields, server.fields].map((each) => JSON.stringify(each))
  if (ownFields !== theirFields) lines.push(`fields ${ownFields}, server ${theirFields}`)
  const [ours, theirs] = [own.stream, server.stream].map((each) => streamText(each, clocks))
  if (ours !== theirs) lines.push(`stream\n  ${ours}\n  ${theirs}`)
  return lines
}

/** A log does not say when a consumer was seen. */
function streamText(stream: StreamState | null, {nowMs, toleranceMs}: Clocks): string {
  if (stream === null || toleranceMs > 0) return JSON.stringify(sameTimes(stream, nowMs))
  const groups = stream.groups.map(({consumers, ...group}) => ({
    ...group,
    consumers: consumers.map(({name, pending}) => ({name, pending})),
  }))
  return JSON.stringify({...stream, groups})
}
