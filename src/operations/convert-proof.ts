/** Reads an output back and digests what was written anew in it. */
import {CommandTable} from '../engine/commands/table.ts'
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import type {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {arenaMemory} from '../engine/digest/keyspace-digest.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {keyspaceEntries} from '../engine/keyspace-entries.ts'
import {Exit, RespiteError} from '../errors.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {type Counters, LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import type {Host} from '../io/host.ts'
import {digestRdbFile} from './digest-span.ts'
import {DatasetLoader, type FileToLoad} from './load-dataset.ts'

const DATABASES = 2 ** 31 - 1

export interface ReadBack {
  entries: number
  digest: string
  /** What the digest is made of: those of several files can be added. */
  totals: Totals
}

/** What was read back of a part of a file; plain data. */
export interface PartRead {
  entries: number
  totals: Totals
  /** Message of an error: something is not as it was written, and nothing else counts. */
  unlike: string | null
}

export function partRead(read: () => Omit<PartRead, 'unlike'>): PartRead {
  try {
    return {...read(), unlike: null}
  } catch (error) {
    if (!isUnlike(error)) throw error
    return {entries: 0, totals: new Map(), unlike: error.message}
  }
}

/** Parts of one file together: the quick digest. @throws RespiteError `UNLIKE`. */
export function together(host: Host, parts: readonly PartRead[]): ReadBack {
  const digest = new QuickDigest(new Cursor(host.kernel))
  let entries = 0
  for (const part of parts) {
    if (part.unlike !== null) throw unlikeOf(part.unlike)
    entries += part.entries
    digest.addTotals(part.totals)
  }
  return {entries, totals: digest.totals(), digest: digest.finish()}
}

/** An RDB, all of it: the full digest. Empty collections, which a server leaves out, count as entries. */
export function readBackWholeRdb(host: Host, path: string): ReadBack {
  return refusing(path, () => digestRdbFile(host, path))
}

/** Files that a server would load one after the other, for a digest of this kind. */
export function readBackReplayed(
  host: Host,
  files: readonly FileToLoad[],
  lost: ReadonlySet<Feature>,
  digestOver: (memory: HashMemory) => FullDigest,
  counters: Counters = 'ignored',
): ReadBack {
  const {path} = files[files.length - 1]
  const loader = new DatasetLoader(host, {
    table: new CommandTable(),
    databases: DATABASES,
    onTrouble(_file, {command, offset, detail}) {
      throw unlike(path, `${command} at offset ${offset}: ${detail}`)
    },
  })
  refusing(path, () => {
    for (const file of files) loader.load(file)
  })
  const {keyspace} = loader
  const memory = arenaMemory(keyspace.arena)
  const digest = digestOver(memory)
  let entries = 0
  const visit = new LossyVisitor(digest, lost, counters, memory)
  keyspaceEntries(keyspace, new DigestSink(digest, () => void entries++, visit))
  return {entries, totals: digest.totals(), digest: digest.finish()}
}

export const isUnlike = (error: unknown): error is RespiteError =>
  error instanceof RespiteError && error.code === 'UNLIKE'

/** What was written is not what should have been: a bug, and nothing is published. */
export function unlike(path: string, what: string): RespiteError {
  return unlikeOf(`${path}: what was written is not what was read: ${what}`)
}

/** The same error again, by its message. */
export function unlikeOf(message: string): RespiteError {
  const next =
    'Nothing was published. Please report this, with the output of respite info on the input.'
  return new RespiteError(Exit.INTERNAL, 'UNLIKE', message, next)
}

export function refusing<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw unlike(path, `${error.message} at offset ${error.offset}`)
  }
}
