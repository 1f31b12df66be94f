/** Reads an output back and digests what was written anew in it. */
import {CommandTable} from '../engine/commands/table.ts'
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {arenaMemory} from '../engine/digest/keyspace-digest.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {keyspaceEntries} from '../engine/keyspace-entries.ts'
import {Exit, RespiteError} from '../errors.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink, RunSink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {JsonlReader} from '../formats/json/jsonl-reader.ts'
import {readJsonlEntries} from '../formats/json/read-jsonl-entries.ts'
import {TRANSLATE_NOTHING} from '../formats/kernel/layout.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import type {RdbEntryWriter} from '../formats/rdb/rdb-entry-writer.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbType} from '../formats/rdb/types.ts'
import type {Host} from '../io/host.ts'
import {digestRdbFile} from './digest-span.ts'
import {DatasetLoader, type FileToLoad} from './load-dataset.ts'
import type {Ordinals} from './ordinals.ts'

const DATABASES = 2 ** 31 - 1
/** What a kernel can read in an RDB that was written anew: no zipmaps, no fields with expiries. */
const READ_BACK = ~((1 << RdbType.HASH_ZIPMAP) | (1 << RdbType.HASH_LISTPACK_EX)) >>> 0

export interface ReadBack {
  entries: number
  digest: string
  /** What the digest is made of: those of several files can be added. */
  totals: Totals
}

/** An RDB, all of it: the full digest. Empty collections, which a server leaves out, count as entries. */
export function readBackWholeRdb(host: Host, path: string): ReadBack {
  return refusing(path, () => digestRdbFile(host, path))
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

/**
 * An RDB, every byte of it: of the entries that are no copies, the quick digest; of the others, that they are there. What was copied
 * in large pieces is stepped over: the checksum was made of the bytes of the source.
 */
export function readBackRdb(
  host: Host,
  path: string,
  rewritten: Ordinals,
  {copied, checksum}: Pick<RdbEntryWriter, 'copied' | 'checksum'>,
): ReadBack {
  const c = new Cursor(host.kernel).open(host.open(path))
  const r = new RdbReader(c, {deep: false})
  const digest = new QuickDigest(c)
  const digesting = new DigestSink(digest)
  let entries = 0
  let next = 0
  const runs: RunSink = {
    types: READ_BACK,
    attributes: true,
    get most() {
      return next < copied.length ? Math.max(0, copied[next].before - entries) : undefined
    },
    leap() {
      for (; next < copied.length && copied[next].offset === c.offset; next++) {
        c.skip(copied[next].bytes)
        entries += copied[next].entries
      }
    },
    translation: {
      how: TRANSLATE_NOTHING,
      copied: 0,
      before: (memory, at, bytes) => rewritten.copyTo(entries, memory, at, bytes),
      after: (_memory, _at, _bit, count) => void (entries += count),
    },
    write() {},
    done() {},
  }
  const sink: EntrySink = {
    runs,
    library: (code) => digest.library(code),
    entry(entry) {
      if (rewritten.has(entries++)) digesting.entry(entry)
      else entry.skipValue()
    },
  }
  refusing(path, () => readEntries(r, sink))
  // It stands for every byte of what was copied.
  const sum = (BigInt(c.high) << 32n) | BigInt(c.low)
  if (r.checksum !== 'present' || sum !== checksum || !c.atEnd()) {
    throw unlike(path, 'it does not end in its checksum')
  }
  return {entries, totals: digest.totals(), digest: digest.finish()}
}

/** Files that a server would load one after the other, for a digest of this kind. */
export function readBackReplayed(
  host: Host,
  files: readonly FileToLoad[],
  lost: ReadonlySet<Feature>,
  digestOver: (memory: HashMemory) => FullDigest,
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
  const visit = new LossyVisitor(digest, lost, 'ignored', memory)
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
