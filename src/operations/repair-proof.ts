/** Replays what was written, and says what is there. */
import {FullDigest} from '../engine/digest/full-digest.ts'
import {arenaMemory, digestKeyspace} from '../engine/digest/keyspace-digest.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import {ScriptInLog, type Trouble} from '../engine/replay.ts'
import type {Host} from '../io/host.ts'
import type {Proof} from './edit-reports.ts'
import {DatasetLoader} from './load-dataset.ts'
import type {ScanOptions} from './scan-log.ts'

/** Where in the output the first damage was: in which of its files, before the record at which offset. */
export interface DamagePlace {
  index: number
  offset: number
}

/** @throws FormatError when the output cannot be read after all. */
export function proveEdit(
  host: Host,
  paths: readonly string[],
  {table, databases}: ScanOptions,
  damage: DamagePlace | null,
): Proof {
  let keysBefore: Record<string, number> | null = null
  let failed = 0
  let incomplete: string | null = null
  const loader = new DatasetLoader(host, {
    table,
    databases,
    onTrouble(_file, {kind, command}: Trouble) {
      if (kind === 'failed') failed++
      if (kind === 'module' || kind === 'unsupported')
        incomplete ??= `${command} needs a server with its module`
    },
  })
  try {
    paths.forEach((path, i) => {
      const reached = () => {
        keysBefore = keyCounts(loader.keyspace)
        return false
      }
      const pauses = i === damage?.index ? [{offset: damage.offset, reached}] : []
      loader.load({path, name: path}, pauses)
    })
  } catch (error) {
    if (!(error instanceof ScriptInLog)) throw error
    incomplete = error.message
  }
  const {keyspace, commands} = loader
  return {
    keys: keyCounts(keyspace),
    keysBefore,
    commands,
    failed,
    digest: incomplete === null ? digestOf(keyspace) : null,
    incomplete,
  }
}

export function keyCounts(keyspace: Keyspace): Record<string, number> {
  return Object.fromEntries(keyspace.numbers().map((db) => [db, keyspace.database(db).size]))
}

/** respite-full/1 of what is there. */
export function digestOf(keyspace: Keyspace): string {
  const digest = new FullDigest(arenaMemory(keyspace.arena))
  digestKeyspace(keyspace, digest, null)
  return digest.finish()
}
