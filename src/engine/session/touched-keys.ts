/**
 * Which of the keys that somebody watches or waits for a command has touched: those that it names for writing and that were
 * there before or are there now. Nothing is looked at while nobody does. Source: signalModifiedKey() in db.c.
 */
import {text} from '../../formats/text.ts'
import type {Call} from '../call.ts'
import {findKeys, KeyPositions, wholeEffect} from '../commands/keys.ts'
import type {Command} from '../commands/row.ts'
import {copyTarget} from '../copy-target.ts'
import type {Keyspace} from '../keyspace.ts'
import {databaseOf, keyId, keyOf} from './key-id.ts'

/** Keys that somebody cares for. */
export interface Interest {
  readonly size: number
  readonly ids: Iterable<string>
  has(id: string): boolean
  touch(id: string): void
}

export class TouchedKeys {
  private readonly keyspace: Keyspace
  private readonly interests: readonly Interest[]
  private readonly positions = new KeyPositions()
  /** What the command may touch, and whether it was there before. */
  private readonly candidates = new Map<string, boolean>()

  constructor(keyspace: Keyspace, interests: readonly Interest[]) {
    this.keyspace = keyspace
    this.interests = interests
  }

  /** The command in the call is about to be run. */
  before(call: Call, command: Command): void {
    const {candidates} = this
    if (candidates.size > 0) candidates.clear()
    if (this.interests.every(({size}) => size === 0)) return
    const dbs = this.databases(call, command)
    if (dbs !== null) this.addAll(dbs)
    else this.addNamed(call, command)
  }

  /** It has changed something. */
  after({instead}: Call): void {
    for (const [id, was] of this.candidates) {
      if (!was && !this.exists(id)) continue
      // Of several keys it may have changed one: then it tells that one.
      if (instead === null || instead.length === 0 || names(instead, id)) this.touch(id)
    }
  }

  /** A key was removed without a command. */
  removed(db: number, memory: Uint8Array, start: number, end: number): void {
    if (this.interests.some(({size}) => size > 0)) this.touch(keyId(db, memory, start, end))
  }

  /** Is the key there? */
  exists(id: string): boolean {
    const key = keyOf(id)
    return this.keyspace.database(databaseOf(id)).find(key, 0, key.length) !== 0
  }

  private touch(id: string): void {
    for (const interest of this.interests) interest.touch(id)
  }

  /** Databases of which it may touch every key; null for a command that names its keys. */
  private databases(call: Call, command: Command): ((db: number) => boolean) | null {
    const effect = wholeEffect(command)
    const {dbNumber} = call
    if (effect === 'all') return () => true
    if (effect === 'database') return (db) => db === dbNumber
    if (effect !== 'databases') return null
    const swapped = [Number(call.text(1)), Number(call.text(2))]
    return (db) => swapped.includes(db)
  }

  private addAll(isIn: (db: number) => boolean): void {
    for (const {ids} of this.interests) {
      for (const id of ids) {
        if (isIn(databaseOf(id))) this.candidates.set(id, this.exists(id))
      }
    }
  }

  private addNamed(call: Call, command: Command): void {
    const {positions} = this
    const {name} = command
    findKeys(command, call, positions)
    for (let i = 0; i < positions.count; i++) {
      const at = positions.at[i]
      if (positions.written[i] === 0) continue
      this.add(call, name === 'COPY' ? copyTarget(call) : call.dbNumber, at)
    }
    const to = name === 'MOVE' ? Number(call.text(2)) : -1
    if (to >= 0 && to < call.databases) this.add(call, to, 1)
  }

  private add({memory, starts, ends}: Call, db: number, at: number): void {
    const id = keyId(db, memory, starts[at], ends[at])
    if (this.interests.some((interest) => interest.has(id))) {
      this.candidates.set(id, this.exists(id))
    }
  }
}

function names(commands: readonly Uint8Array[][], id: string): boolean {
  const key = id.slice(id.indexOf(':') + 1)
  return commands.some((words) =>
    words.some((word, i) => i > 0 && word.length === key.length && text(word) === key),
  )
}
