/** The full digest of what an RDB holds; of a large one two threads read a span each. */
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink} from '../formats/entry.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {Host} from '../io/host.ts'
import {dividedAt, readSpan, type Span} from './divided-source.ts'

export interface SpanDigest {
  /** Empty collections, which a server leaves out, are among them. */
  entries: number
  totals: Totals
}

/** Of the entries that begin in a span. The checksum is verified where that reaches to the end of the file. @throws FormatError. */
export function digestSpan(host: Host, [path]: readonly string[], span: Span): SpanDigest {
  const checksum = span.to === Number.POSITIVE_INFINITY
  const c = new Cursor(host.kernel).open(host.open(path, {crc: checksum}))
  const digest = new FullDigest(c)
  const sum = new DigestSink(digest)
  let entries = 0
  const sink: EntrySink = {
    library: (code) => digest.library(code),
    entry(entry) {
      entries++
      sum.entry(entry)
    },
  }
  readSpan(new RdbReader(c, {deep: false, checksum}), sink, span)
  return {entries, totals: digest.totals()}
}

/** @throws FormatError. */
export function digestRdbFile(host: Host, path: string): SpanDigest & {digest: string} {
  const border = dividedAt(host, path)
  const end = Number.POSITIVE_INFINITY
  const rest =
    border && host.beside!.start<SpanDigest>('digest-span', [path], {from: border, to: end})
  const parts = [digestSpan(host, [path], {from: 0, to: border ?? end})]
  if (rest) parts.push(rest())
  const digest = new FullDigest(new Cursor(host.kernel))
  for (const {totals} of parts) digest.addTotals(totals)
  const entries = parts.reduce((sum, part) => sum + part.entries, 0)
  return {entries, totals: digest.totals(), digest: digest.finish()}
}
