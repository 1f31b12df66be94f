/** Compares what is in an output with what should be. */
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {RdbEntryWriter} from '../formats/rdb/rdb-entry-writer.ts'
import type {Host} from '../io/host.ts'
import {
  type ReadBack,
  readBackJsonl,
  readBackRdb,
  readBackReplayed,
  unlike,
} from './convert-proof.ts'
import {readBackCommands} from './convert-proof-commands.ts'
import type {ConvertProof} from './convert-reports.ts'
import type {ConvertSink} from './convert-sink.ts'
import {type Form, isView} from './convert-target.ts'

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

function readBack(host: Host, path: string, {form, sink, writer, lost}: Writing): ReadBack {
  if (form === 'jsonl') return readBackJsonl(host, path)
  if (writer instanceof RdbEntryWriter) return readBackRdb(host, path, sink.rewritten, writer)
  if (writer instanceof AofEntryWriter) return readBackCommands(host, path, writer, lost)
  return readBackReplayed(host, [{path, name: path}], lost, (memory) => new QuickDigest(memory))
}
