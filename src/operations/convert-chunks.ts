/** Converts pieces of an RDB to commands, those of them that no other thread has taken. */
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {AofRewriter} from '../formats/aof/rewriter.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {type Feature, type Target, UnsupportedByTarget} from '../formats/rdb/features.ts'
import {readRange} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import type {Host, InputFeed} from '../io/host.ts'
import {PieceSink} from '../io/piece-sink.ts'
import {GivenUp, Turns} from '../io/turns.ts'
import {ConvertSink} from './convert-sink.ts'
import {holderOf, roomOf} from './convert-target.ts'
import type {InputCut} from './input-cuts.ts'

/** Plain data, and memory that the threads share. */
export interface ChunksTask {
  /** Where pieces begin. The first one is the beginning of the input. */
  cuts: readonly InputCut[]
  target: Target
  lost: readonly Feature[]
  databases: number
  /** The output, which is open, and its name. */
  fd: number
  path: string
  turns: SharedArrayBuffer
}

/** What of the output an engine or another thread is to read back; offsets count from where the chunk begins. */
interface Chunk extends Pick<AofEntryWriter, 'odd' | 'cuts'> {
  bytes: number
}

export interface ChunksDone {
  /** By number; those of other threads are not there. */
  chunks: Map<number, Chunk>
  entries: number
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
  private readonly done: ChunksDone = {chunks: new Map(), entries: 0, totals: new Map()}

  constructor(host: Host, path: string, task: ChunksTask, disk: Disk, turns: Turns) {
    this.feed = host.open(path, {crc: false, fed: false})
    const c = new Cursor(host.kernel).open(this.feed.from?.(0) ?? this.feed)
    this.r = new RdbReader(c, {checksum: false})
    this.task = task
    this.turns = turns
    this.digest = new QuickDigest(c)
    this.out = new PieceSink(disk, task.fd, task.path, turns, c)
  }

  run(): ChunksDone {
    const {r, task, turns, done, digest, out} = this
    r.readHeader()
    const first: InputCut = {offset: r.c.offset, db: 0, lastDb: -1, entries: 0}
    const cuts = [first, ...task.cuts]
    for (let i = turns.claim(); i < cuts.length; i = turns.claim()) {
      this.moveTo(cuts[i].offset)
      r.db = cuts[i].db
      r.resume()
      this.convert(i, cuts[i], cuts[i + 1])
    }
    out.finish()
    return {...done, totals: digest.totals()}
  }

  /** What is wrapped has to be read up to there. */
  private moveTo(offset: number): void {
    const {feed} = this
    const {c} = this.r
    if (feed.from) c.open(feed.from(offset), offset)
    else c.skip(offset - c.offset)
  }

  private convert(piece: number, {lastDb, entries}: InputCut, next: InputCut | undefined): void {
    const {r, task, digest, out, done} = this
    const lost = new Set(task.lost)
    const {target, databases} = task
    const rewriter = new AofRewriter(out, {...target, drop: lost}, r.c)
    const writer = new AofEntryWriter(rewriter, Math.max(0, lastDb))
    const holder = holderOf('commands', target, roomOf('commands', databases))
    const shared = {lost, digest, holder, memory: r.c, counters: 'ignored', bulk: true} as const
    const most = next ? next.entries - entries : Number.POSITIVE_INFINITY
    const sink = new ConvertSink(writer, {...shared, lastDb, most})
    out.begin(piece)
    readRange(r, sink, next?.offset ?? Number.POSITIVE_INFINITY)
    sink.finish()
    out.end()
    const {odd, cuts} = writer
    done.chunks.set(piece, {bytes: rewriter.written, odd, cuts})
    done.entries += sink.rewrittenCount
  }
}
