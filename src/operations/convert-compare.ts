/** Compares what is in an output with what should be. */
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {RestoreEntryWriter} from '../formats/aof/restore-entry-writer.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {RdbEntryWriter} from '../formats/rdb/rdb-entry-writer.ts'
import type {Host} from '../io/host.ts'
import type {ChosenEntries} from './chosen-entries.ts'
import {type ReadBack, unlike} from './convert-proof.ts'
import {
  readBackCommands,
  readBackLines,
  readBackRdb,
  readBackRestored,
} from './convert-proof-parts.ts'
import type {ConvertProof} from './convert-reports.ts'
import {ConvertSink} from './convert-sink.ts'
import {type Form, isView} from './convert-target.ts'
import type {SourceDigest} from './digest-source.ts'
import {withDigestedRuns} from './digested-runs.ts'
import {DigestingWriter} from './digesting-writer.ts'
import type {Shape} from './full-proof.ts'
import {isWorthAThread} from './worth-a-thread.ts'

/** Entries of a source, of which each one that comes is to be in the output. */
type Chosen = Pick<ChosenEntries, 'read' | 'isWhole'> & {source: {memory: HashMemory}}

/** The quick digest of what an output has to hold, where that was not made while it was written. */
export function digestApart(
  chosen: Chosen,
  {form, holder, lost, tooLong}: Shape & {tooLong?: ReadonlySet<number>},
): string {
  const {memory} = chosen.source
  const digest = new QuickDigest(memory)
  const options = {lost, counters: 'made-up', digest, memory, bulk: false} as const
  const writer = new DigestingWriter(digest, holder, memory)
  const sink = new ConvertSink(writer, {...options, holder, tooLong})
  // What is in a run was verified when it was written.
  if (holdsRuns(form, lost) && chosen.isWhole) {
    chosen.read(withDigestedRuns(sink, holder.databases), true)
  } else chosen.read(sink)
  return digest.finish()
}

/** Lines and payloads hold everything that a kernel digests; counters of streams, if the target knows them. */
const holdsRuns = (form: Form, lost: ReadonlySet<Feature>): boolean =>
  form === 'jsonl' || (form === 'restore' && !lost.has('stream-counters'))

/** The same, made in another thread, which `finish` waits for. Null where there is none, or not enough for one. */
export function digestBeside(
  host: Host,
  {source, isWhole}: ChosenEntries,
  {form, holder: {target, databases}, lost}: Shape,
): {finish(): string | null} | null {
  if (!holdsRuns(form, lost) || !isWhole || !isWorthAThread(host, source)) return null
  const task: SourceDigest = {form, target, databases, lost: [...lost]}
  const [path] = source.paths
  return {finish: host.beside!.start<string | null>('digest-source', [path], task)}
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
  if (form === 'jsonl') return readBackLines(host, path)
  if (writer instanceof RdbEntryWriter) return readBackRdb(host, path, sink.rewritten, writer)
  if (writer instanceof AofEntryWriter) return readBackCommands(host, path, writer, lost)
  if (writer instanceof RestoreEntryWriter) return readBackRestored(host, path, writer, lost)
  throw new Error(`${writing.form} is not read back`)
}
