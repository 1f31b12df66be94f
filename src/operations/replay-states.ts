/** Replays a log, and says what was there at some places of it. */
import type {CommandTable} from '../engine/commands/table.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import {ScriptInLog, type Trouble} from '../engine/replay.ts'
import {FormatError} from '../formats/errors.ts'
import type {Host} from '../io/host.ts'
import type {DestructionWatch} from './destruction-watch.ts'
import {DatasetLoader, type FileToLoad, type Place, pausesIn} from './load-dataset.ts'
import {digestOf, keyCounts} from './repair-proof.ts'
import type {ReplayedState} from './undo-reports.ts'

export interface ReplaySettings {
  table: CommandTable
  databases: number
  observer?: DestructionWatch
  /** Called with the keyspace at each place, and at the end of what is loaded with its number. */
  look?(keyspace: Keyspace, index: number): void
}

export interface Replayed {
  /** At each place that was reached, then at the end. */
  states: ReplayedState[]
  commands: number
  /** Commands that a server would answer with an error. */
  failed: number
  /** Why not all could be replayed; no digest is the true one then. */
  incomplete: string | null
}

/**
 * Load `files`, to their end or, with `through`, to the last of `places`, which lie in loading order. Where they are damaged it
 * ends, and the result is incomplete.
 */
export function replayStates(
  host: Host,
  files: readonly FileToLoad[],
  settings: ReplaySettings,
  places: readonly Place[],
  through = false,
): Replayed {
  const replayed: Replayed = {states: [], commands: 0, failed: 0, incomplete: null}
  const loader = new DatasetLoader(host, {
    ...settings,
    onTrouble: (_file, trouble) => note(replayed, trouble),
  })
  const {keyspace} = loader
  const look = (index: number) => {
    replayed.states[index] = stateOf(keyspace, replayed)
    settings.look?.(keyspace, index)
  }
  let isDone = false
  const reached = (index: number): boolean => {
    look(index)
    isDone = through && index === places.length - 1
    return isDone
  }
  for (const file of files) {
    try {
      if (isDone) break
      settings.observer?.begin(file, loader.commands)
      loader.load(file, pausesIn(file, places, reached))
    } catch (error) {
      if (!(error instanceof ScriptInLog || error instanceof FormatError)) throw error
      replayed.incomplete = `${file.name}: offset ${error.offset}: ${error.message}`
      break
    }
  }
  if (!through) look(places.length)
  replayed.commands = loader.commands
  return replayed
}

function stateOf(keyspace: Keyspace, {incomplete}: Replayed): ReplayedState {
  return {keys: keyCounts(keyspace), digest: incomplete === null ? digestOf(keyspace) : null}
}

function note(replayed: Replayed, {kind, command}: Trouble): void {
  if (kind === 'failed') replayed.failed++
  if (kind === 'module') replayed.incomplete ??= `${command} needs a server with its module`
  if (kind === 'unknown') replayed.incomplete ??= `${command} is known to no server`
  if (kind === 'unsupported') replayed.incomplete ??= `respite cannot apply ${command}`
}
