/** Conversions of a large RDB, in as many threads as there are. */
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {AofEntryWriter, type CommandsPiece} from '../formats/aof/aof-entry-writer.ts'
import type {EntryWriter} from '../formats/entry-writer.ts'
import {RdbEntryWriter, type RdbPiece} from '../formats/rdb/rdb-entry-writer.ts'
import {FileSink} from '../io/file-sink.ts'
import type {Host} from '../io/host.ts'
import {Turns} from '../io/turns.ts'
import {type Chunk, type ChunksDone, type ChunksTask, convertChunks} from './convert-chunks.ts'
import type {ConvertOptions} from './convert-options.ts'
import type {OutputSettings} from './convert-outputs.ts'
import type {ConvertPlan, Holder} from './convert-plan.ts'
import {ConvertSink} from './convert-sink.ts'
import type {Form} from './convert-target.ts'
import type {DatasetSource} from './dataset.ts'
import {endAll} from './end-all.ts'
import {InputCuts} from './input-cuts.ts'
import {isWorthAThread} from './worth-a-thread.ts'

/** From the next one on a file says things that count for all that follows. */
const VERSION_MOST = 12

/** Where the cuts of an input go that is worth dividing, else null. */
export function cutsFor(
  host: Host,
  source: DatasetSource,
  {dryRun, output}: ConvertOptions,
  form: Form,
): InputCuts | null {
  const isFile = !dryRun && output !== null && output !== '-'
  if (!isFile || !isInPieces(form) || !isWorthAThread(host, source)) return null
  const {dialect, rdbVersion} = source
  const isPlain = dialect === 'redis' && rdbVersion !== null && rdbVersion <= VERSION_MOST
  return isPlain ? new InputCuts() : null
}

const isInPieces = (form: Form): form is 'commands' | 'rdb' => form === 'commands' || form === 'rdb'

/** Every key is written: then it is known which database the output is in at each cut. */
export const keepsAll = ({missing}: ConvertPlan): boolean =>
  [...missing.values()].every(({losesKeys}) => !losesKeys)

export interface Writing {
  host: Host
  source: DatasetSource
  /** Where everything goes; to nothing but a file with more than one thread. */
  sink: unknown
  plan: ConvertPlan | null
  holder: Holder
  settings: OutputSettings
}

/**
 * Write everything, and tell `writer` what it would know had it done so itself. Returns the same of the sink before it, and the
 * digest; null where this is not for threads, or something is wrong with the input: nothing was written then.
 */
export function writeInThreads(
  {host, source, sink, plan, holder, settings}: Writing,
  writer: EntryWriter,
): {sink: ConvertSink; digest: QuickDigest} | null {
  const {beside} = host
  const {form, lost} = settings
  const cuts = plan?.cuts?.cuts ?? []
  const isFor = isInPieces(form) && sink instanceof FileSink
  if (!isFor || !beside || cuts.length === 0) return null
  const task: ChunksTask = {
    ...{cuts, settings: {...settings, form}, databases: holder.databases},
    ...{fd: sink.fd, path: sink.path, turns: new Turns(cuts.length + 1).shared},
  }
  const {paths, memory} = source
  const others = Array.from({length: beside.threads - 1}, () =>
    beside.start<ChunksDone | null>('convert-chunks', paths, task),
  )
  const all = endAll([() => convertChunks(host, paths, task, sink.disk), ...others])
  const done = all.flatMap((each) => each ?? [])
  if (done.length < all.length) {
    sink.clear()
    return null
  }
  const digest = new QuickDigest(memory)
  for (const {totals} of done) digest.addTotals(totals)
  const options = {lost, counters: 'ignored', digest, memory, holder, bulk: true} as const
  const written = new ConvertSink(writer, options)
  const chunks = new Map(done.flatMap((each) => [...each.chunks]))
  let size = 0
  for (let i = 0; i < chunks.size; i++) {
    const chunk = chunks.get(i)!
    appendTo(writer, chunk, size, i === 0 ? 0 : Math.max(0, cuts[i - 1].lastDb))
    written.append(chunk.brought)
    size += chunk.bytes
  }
  sink.wroteBeside(size)
  written.finish()
  return {sink: written, digest}
}

function appendTo(writer: EntryWriter, {wrote}: Chunk, start: number, db: number): void {
  if (writer instanceof RdbEntryWriter) writer.append(wrote as RdbPiece, db)
  if (writer instanceof AofEntryWriter) writer.append(wrote as CommandsPiece, start)
}
