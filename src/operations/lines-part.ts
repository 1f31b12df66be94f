/** Reads a part of a file of lines of JSON back, in constant memory: the quick digest of its entries. */
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {digestLines} from '../formats/json/digest-lines.ts'
import {JsonlReader} from '../formats/json/jsonl-reader.ts'
import {readJsonlEntries, readJsonlLines} from '../formats/json/read-jsonl-entries.ts'
import type {Host} from '../io/host.ts'
import {type PartRead, partRead, refusing, unlike} from './convert-proof.ts'
import {openAt} from './open-at.ts'

/** Offsets of lines; plain data. */
export interface LinesPart {
  from: number
  /** Infinity for the rest of the file. */
  until: number
}

/** Plain data. */
export interface LinesRead extends PartRead {
  /** How many keys the file says there are, where it ends here. */
  keys: number | null
}

export function linesPart(host: Host, [path]: readonly string[], part: LinesPart): LinesRead {
  let keys: number | null = null
  const read = partRead(() => {
    const {reader, ...rest} = readPart(host, path, part)
    keys = reader.keys
    return rest
  })
  return {...read, keys}
}

function readPart(host: Host, path: string, {from, until}: LinesPart) {
  const c = openAt(host, path, from)
  const digest = new QuickDigest(c)
  const reader = new JsonlReader(c, true)
  let entries = 0
  const sink = new DigestSink(digest, () => void entries++)
  const leap = (r: JsonlReader) => void (entries += digestLines(r, until))
  const read = from === 0 ? readJsonlEntries : readJsonlLines
  refusing(path, () => read(reader, sink, {until, leap}))
  const {offset} = c
  if (until !== Number.POSITIVE_INFINITY && offset !== until) {
    throw unlike(path, `a line ends at offset ${offset} instead of ${until}`)
  }
  return {reader, entries, totals: digest.totals()}
}

/** Where the first line begins that does so behind an offset; null where none does. */
export function lineBehind(host: Host, path: string, offset: number): number | null {
  const c = openAt(host, path, offset)
  for (;;) {
    const at = c.kernel.findByte(c.next, c.limit, 0x0a) >>> 0
    const found = at < c.limit
    c.next = found ? at + 1 : c.limit
    if (c.atEnd()) return null
    if (found) return c.offset
  }
}
