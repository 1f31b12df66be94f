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
import type {Host} from '../io/host.ts'
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
  start: number
  end: number
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
    return new Chunks(host, path, task, new PieceSink(disk, task.fd, task.path, turns), turns).run()
  } catch (error) {
    turns.giveUp()
    const isTold = [FormatError, UnsupportedByTarget, GivenUp].some((kind) => error instanceof kind)
    if (isTold) return null
    throw error
  }
}

class Chunks {
  private readonly r: RdbReader
  private readonly task: ChunksTask
  private readonly turns: Turns
  private readonly digest: QuickDigest
  private readonly out: PieceSink
  private readonly done: ChunksDone = {chunks: new Map(), entries: 0, totals: new Map()}

  constructor(host: Host, path: string, task: ChunksTask, out: PieceSink, turns: Turns) {
    const c = new Cursor(host.kernel).open(host.open(path, {crc: false}))
    this.r = new RdbReader(c, {checksum: false})
    this.task = task
    this.turns = turns
    this.digest = new QuickDigest(c)
    this.out = out
  }

  run(): ChunksDone {
    const {r, task, turns, done, digest} = this
    r.readHeader()
    const first: InputCut = {offset: r.c.offset, db: 0, lastDb: -1, entries: 0}
    const cuts = [first, ...task.cuts]
    for (let i = turns.claim(); i < cuts.length; i = turns.claim()) {
      r.c.skip(cuts[i].offset - r.c.offset)
      r.db = cuts[i].db
      r.resume()
      this.convert(i, cuts[i], cuts[i + 1])
    }
    return {...done, totals: digest.totals()}
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
    const end = out.end()
    const {odd, cuts} = writer
    done.chunks.set(piece, {start: end - rewriter.written, end, odd, cuts})
    done.entries += sink.rewrittenCount
  }
}
