/** Converts pieces of an RDB, those of them that no other thread has taken. */
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {AofEntryWriter, type CommandsPiece} from '../formats/aof/aof-entry-writer.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import {UnsupportedByTarget} from '../formats/rdb/features.ts'
import {RdbEntryWriter, type RdbPiece} from '../formats/rdb/rdb-entry-writer.ts'
import {readRange} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbWriter} from '../formats/rdb/writer.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import type {Host, InputFeed} from '../io/host.ts'
import {PieceSink} from '../io/piece-sink.ts'
import {GivenUp, Turns} from '../io/turns.ts'
import type {OutputSettings} from './convert-outputs.ts'
import {type Brought, ConvertSink} from './convert-sink.ts'
import {countersOf, holderOf, roomOf} from './convert-target.ts'
import type {InputCut} from './input-cuts.ts'

/** Plain data, and memory that the threads share. */
export interface ChunksTask {
  /** Where pieces begin. The first one is the beginning of the input. */
  cuts: readonly InputCut[]
  settings: OutputSettings & {form: 'commands' | 'rdb'}
  databases: number
  /** The output, which is open, and its name. */
  fd: number
  path: string
  turns: SharedArrayBuffer
}

/** What of the output is to be read back; offsets count from where the chunk begins. */
export interface Chunk {
  bytes: number
  brought: Brought
  wrote: CommandsPiece | RdbPiece
}

export interface ChunksDone {
  /** By number; those of other threads are not there. */
  chunks: Map<number, Chunk>
  totals: Totals
}

/** Null where somebody gave up: who reads the input from its beginning will tell why. @throws DiskError. */
export function convertChunks(
  host: Host,
  [path]: readonly string[],
  task: ChunksTask,
  disk: Disk = nodeDisk(),
): ChunksDone | null {
  const turns = new Turns(task.turns)
  try {
    return new Chunks(host, path, task, disk, turns).run()
  } catch (error) {
    turns.giveUp()
    const isTold = [FormatError, UnsupportedByTarget, GivenUp].some((kind) => error instanceof kind)
    if (isTold) return null
    throw error
  }
}

class Chunks {
  private readonly feed: InputFeed
  private readonly r: RdbReader
  private readonly task: ChunksTask
  private readonly turns: Turns
  private readonly digest: QuickDigest
  private readonly out: PieceSink
  /** Of the writer. */
  private readonly kernel: Kernel
  private readonly chunks = new Map<number, Chunk>()

  constructor(host: Host, path: string, task: ChunksTask, disk: Disk, turns: Turns) {
    this.feed = host.open(path, {crc: false, fed: false})
    const c = new Cursor(host.kernel).open(this.feed.from?.(0) ?? this.feed)
    this.r = new RdbReader(c, {checksum: false})
    this.task = task
    this.turns = turns
    this.digest = new QuickDigest(c)
    this.out = new PieceSink(disk, task.fd, task.path, turns, c)
    this.kernel = createKernel(host.kernel.module)
  }

  run(): ChunksDone {
    const {r, task, turns, chunks, digest, out} = this
    r.readHeader()
    const first: InputCut = {offset: r.c.offset, db: 0, lastDb: -1, entries: 0, databases: []}
    const cuts = [first, ...task.cuts]
    for (let i = turns.claim(); i < cuts.length; i = turns.claim()) {
      this.moveTo(cuts[i].offset)
      r.db = cuts[i].db
      r.resume()
      chunks.set(i, this.convert(i, cuts[i], cuts[i + 1]))
    }
    out.finish()
    return {chunks, totals: digest.totals()}
  }

  /** What is wrapped has to be read up to there. */
  private moveTo(offset: number): void {
    const {feed} = this
    const {c} = this.r
    if (feed.from) c.open(feed.from(offset), offset)
    else c.skip(offset - c.offset)
  }

  private convert(piece: number, cut: InputCut, next: InputCut | undefined): Chunk {
    const {r, task, digest, out} = this
    const {target, lost, form} = task.settings
    const {lastDb, entries} = cut
    const writer = form === 'rdb' ? this.rdbWriter(cut) : this.commandsWriter(cut)
    const sink = new ConvertSink(writer, {
      ...{lost, digest, lastDb, memory: r.c, bulk: true},
      counters: countersOf(form),
      holder: holderOf(form, target, roomOf(form, task.databases)),
      most: next ? next.entries - entries : Number.POSITIVE_INFINITY,
    })
    out.begin(piece)
    readRange(r, sink, next?.offset ?? Number.POSITIVE_INFINITY)
    sink.finish()
    return {bytes: out.end(), brought: sink.brought, wrote: writer.piece}
  }

  private commandsWriter({lastDb}: InputCut): AofEntryWriter {
    const {r, out} = this
    const {target, lost} = this.task.settings
    const rewriter = new AofRewriter(out, {...target, drop: lost}, r.c)
    return new AofEntryWriter(rewriter, Math.max(0, lastDb))
  }

  private rdbWriter({entries, databases}: InputCut): RdbEntryWriter {
    const {r, out, kernel} = this
    const {target, lost, rdb} = this.task.settings
    const piece = {isFirst: entries === 0, databases}
    return new RdbEntryWriter(
      new RdbWriter(out, kernel, {...target, drop: lost}),
      {...rdb, piece},
      r.c,
    )
  }
}
