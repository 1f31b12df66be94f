/** Compares what is in an output with what should be. */
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {RestoreEntryWriter} from '../formats/aof/restore-entry-writer.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {RdbEntryWriter} from '../formats/rdb/rdb-entry-writer.ts'
import type {Host} from '../io/host.ts'
import type {ChosenEntries} from './chosen-entries.ts'
import {type ReadBack, readBackJsonl, unlike} from './convert-proof.ts'
import {readBackCommands, readBackRdb, readBackRestored} from './convert-proof-parts.ts'
import type {ConvertProof} from './convert-reports.ts'
import {ConvertSink} from './convert-sink.ts'
import {type Form, isView} from './convert-target.ts'
import {DigestingWriter} from './digesting-writer.ts'
import type {Shape} from './full-proof.ts'

/** Lines of JSON are read again with the full digest; for servers, one that is forgotten will do. */
export function digestFor(form: Form, memory: HashMemory): FullDigest {
  return form === 'jsonl' ? new FullDigest(memory) : new QuickDigest(memory)
}

/** The digest of what an output has to hold, where that was not made while it was written. */
export function digestApart(
  chosen: ChosenEntries,
  {form, holder, lost, tooLong}: Shape & {tooLong?: ReadonlySet<number>},
): string {
  const {memory} = chosen.source
  const digest = digestFor(form, memory)
  const options = {lost, counters: 'made-up', digest, memory, bulk: false} as const
  const writer = new DigestingWriter(digest, holder, memory)
  chosen.read(new ConvertSink(writer, {...options, holder, tooLong}))
  return digest.finish()
}

/** Who wrote an output. */
export interface Writing {
  readonly form: Form
  readonly sink: ConvertSink
  readonly writer: EntryWriter
  /** Features that it is without. */
  readonly lost: ReadonlySet<Feature>
}

/** Read an output back. `digest` is that of the source. @throws RespiteError `UNLIKE`. */
export function compareOutput(
  host: Host,
  path: string,
  writing: Writing,
  digest: string,
): ConvertProof {
  const {copiedCount, rewrittenCount} = writing.sink
  const total = rewrittenCount + copiedCount
  const copied = isView(writing.form) ? 0 : copiedCount
  const back = readBack(host, path, writing)
  if (back.entries !== total) {
    throw unlike(path, `${back.entries} keys instead of ${total}`)
  }
  if (back.digest !== digest) throw unlike(path, `digest ${back.digest} instead of ${digest}`)
  return {copied, rewritten: total - copied, digest}
}

function readBack(host: Host, path: string, writing: Writing): ReadBack {
  const {form, sink, writer, lost} = writing
  if (form === 'jsonl') return readBackJsonl(host, path)
  if (writer instanceof RdbEntryWriter) return readBackRdb(host, path, sink.rewritten, writer)
  if (writer instanceof AofEntryWriter) return readBackCommands(host, path, writer, lost)
  if (writer instanceof RestoreEntryWriter) return readBackRestored(host, path, writer, lost)
  throw new Error(`${writing.form} is not read back`)
}
