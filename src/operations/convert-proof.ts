/** Reads an output back and digests what was written anew in it. */
import {CommandTable} from '../engine/commands/table.ts'
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {arenaMemory} from '../engine/digest/keyspace-digest.ts'
import {keyspaceEntries} from '../engine/keyspace-entries.ts'
import {Exit, RespiteError} from '../errors.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink, RunSink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {JsonlReader} from '../formats/json/jsonl-reader.ts'
import {readJsonlEntries} from '../formats/json/read-jsonl-entries.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'
import {DatasetLoader, type FileToLoad} from './load-dataset.ts'
import type {Ordinals} from './ordinals.ts'

const DATABASES = 2 ** 31 - 1

export interface ReadBack {
  entries: number
  digest: string
  /** What the digest is made of: those of several files can be added. */
  totals: Totals
}

/** An RDB: of the entries that are no copies, the digest; of the others, that they are there. `rewritten` null: the digest of all. */
export function readBackRdb(host: Host, path: string, rewritten: Ordinals | null): ReadBack {
  const c = new Cursor(host.kernel).open(host.open(path))
  const r = new RdbReader(c, {deep: false})
  const digest = new FullDigest(c)
  const sum = new DigestSink(digest)
  let entries = 0
  const runs: RunSink = {
    types: 0xffffffff,
    attributes: true,
    get most() {
      if (rewritten === null) return 0
      return Math.min(rewritten.next(entries) - entries, 0xffffffff)
    },
    write() {},
    done(_db, tally) {
      entries += tally.entries
    },
  }
  const sink: EntrySink = {
    runs,
    library: (code) => digest.library(code),
    entry(entry) {
      const ordinal = entries++
      if (rewritten === null || rewritten.has(ordinal)) sum.entry(entry)
      else entry.skipValue()
    },
  }
  refusing(path, () => readEntries(r, sink))
  return {entries, totals: digest.totals(), digest: digest.finish()}
}

/** Lines of JSON, every one of them. */
export function readBackJsonl(host: Host, path: string): ReadBack {
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false}))
  const digest = new FullDigest(c)
  let entries = 0
  const sink = new DigestSink(digest, () => void entries++)
  refusing(path, () => readJsonlEntries(new JsonlReader(c), sink))
  return {entries, totals: digest.totals(), digest: digest.finish()}
}

/** Files that a server would load one after the other. */
export function readBackCommands(
  host: Host,
  files: readonly FileToLoad[],
  lost: ReadonlySet<Feature>,
): ReadBack {
  const path = files[files.length - 1].path
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
  const digest = new FullDigest(memory)
  let entries = 0
  const visit = new LossyVisitor(digest, lost, 'ignored')
  keyspaceEntries(keyspace, new DigestSink(digest, () => void entries++, visit))
  return {entries, totals: digest.totals(), digest: digest.finish()}
}

/** What was written is not what should have been: a bug, and nothing is published. */
export function unlike(path: string, what: string): RespiteError {
  const message = `${path}: what was written is not what was read: ${what}`
  const next =
    'Nothing was published. Please report this, with the output of respite info on the input.'
  return new RespiteError(Exit.INTERNAL, 'UNLIKE', message, next)
}

export function refusing(path: string, read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw unlike(path, `${error.message} at offset ${error.offset}`)
  }
}
