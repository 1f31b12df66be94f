/** Reads a part of an RDB back that was written from entry to entry: of those that are no copies, the quick digest. */
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink, RunSink} from '../formats/entry.ts'
import {TRANSLATE_NOTHING} from '../formats/kernel/layout.ts'
import type {CopiedSpan, RdbCut} from '../formats/rdb/rdb-entry-writer.ts'
import {readRange} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'
import {type PartRead, partRead, refusing, unlike} from './convert-proof.ts'
import {DIGESTED} from './digested-runs.ts'
import {Ordinals, type PlainOrdinals} from './ordinals.ts'

/** EOF comes next. */
const NOTHING: EntrySink = {library() {}, entry: (entry) => void entry.skipValue()}

/** Plain data; offsets and ordinals are those of the file. */
export interface RdbPart {
  from: RdbCut
  /** Where it ends; null for the end of the file. */
  until: RdbCut | null
  rewritten: PlainOrdinals
  /** What was copied in large pieces, which is stepped over: the checksum was made of the bytes of the source. */
  copied: readonly CopiedSpan[]
  /** Sum up the whole file as well, whose EOF is at an offset: it stands for every byte of what was copied. */
  sum: {checksum: bigint; eof: number} | null
}

export function rdbPart(host: Host, [path]: readonly string[], part: RdbPart): PartRead {
  return partRead(() => readPart(host, path, part))
}

function readPart(host: Host, path: string, {from, until, rewritten, copied, sum}: RdbPart) {
  const c = new Cursor(host.kernel).open(host.open(path, {crc: sum !== null}))
  const r = new RdbReader(c, {deep: false, checksum: sum !== null})
  const digest = new QuickDigest(c)
  const sink = new PartSink(digest, rewritten, copied, until?.entries ?? Number.POSITIVE_INFINITY)
  refusing(path, () => {
    r.readHeader()
    if (from.offset > 0) sink.begin(r, from)
    readRange(r, sink, until?.offset ?? Number.POSITIVE_INFINITY)
    if (sum === null) return
    if (until) {
      c.skip(sum.eof - c.offset)
      readRange(r, NOTHING, Number.POSITIVE_INFINITY)
    }
    const summed = (BigInt(c.high) << 32n) | BigInt(c.low)
    if (r.checksum !== 'present' || summed !== sum.checksum || !c.atEnd()) {
      throw unlike(path, 'it does not end in its checksum')
    }
  })
  return {entries: sink.entries - from.entries, totals: digest.totals()}
}

class PartSink implements EntrySink {
  readonly runs: RunSink
  /** Before the next one. */
  entries = 0
  private readonly digest: QuickDigest
  private readonly digesting: DigestSink
  private readonly rewritten = new Ordinals()
  private readonly copied: readonly CopiedSpan[]
  private next = 0

  constructor(
    digest: QuickDigest,
    rewritten: PlainOrdinals,
    copied: readonly CopiedSpan[],
    most: number,
  ) {
    this.digest = digest
    this.digesting = new DigestSink(digest)
    this.rewritten.addAll(rewritten, 0)
    this.copied = copied
    this.runs = this.runSink(most)
  }

  begin(r: RdbReader, {offset, db, entries}: RdbCut): void {
    r.c.skip(offset - r.c.offset)
    r.db = db
    r.resume()
    this.entries = entries
    while (this.copied[this.next]?.before < entries) this.next++
  }

  library(code: Uint8Array): void {
    this.digest.library(code)
  }

  entry(entry: Parameters<EntrySink['entry']>[0]): void {
    if (this.rewritten.has(this.entries++)) this.digesting.entry(entry)
    else entry.skipValue()
  }

  /** `most`: how many entries there are up to where the part ends. */
  private runSink(most: number): RunSink {
    const sink = this
    return {
      types: DIGESTED,
      attributes: true,
      get most() {
        const {copied, next, entries} = sink
        const before = next < copied.length ? Math.min(copied[next].before, most) : most
        return Math.max(0, before - entries)
      },
      leap: ({c}) => {
        const {copied} = sink
        for (; sink.next < copied.length && copied[sink.next].offset === c.offset; sink.next++) {
          c.skip(copied[sink.next].bytes)
          sink.entries += copied[sink.next].entries
        }
      },
      translation: {
        how: TRANSLATE_NOTHING,
        copied: 0,
        before: (memory, at, bytes) => sink.rewritten.copyTo(sink.entries, memory, at, bytes),
        after: (_memory, _at, _bit, count) => void (sink.entries += count),
      },
      write() {},
      done() {},
    }
  }
}
