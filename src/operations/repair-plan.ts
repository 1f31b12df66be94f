/** From what was read of the files of a log to what is written: cuts, joined records, files left out. */
import {writeRecord} from '../formats/aof/writer.ts'
import {Growable} from '../formats/packed/growable.ts'
import type {Host} from '../io/host.ts'
import {type EditedFile, partsWithout} from './edit.ts'
import type {Cut, Span} from './log-cuts.ts'
import {readSpan} from './read-span.ts'
import {addRepeated} from './repeated-block.ts'
import {writeRdb} from './salvage-rdb.ts'
import type {LogScan} from './scan-log.ts'
import {wholeRecords} from './whole-records.ts'

/** A file of the log with what is to become of it. */
export interface PlannedFile {
  scan: LogScan
  cuts: Cut[]
  /** Bytes at its beginning that went to the file before it, and are not lost. */
  moved: Span | null
  /** Bytes that it takes over from the file after it. */
  added: Uint8Array | null
}

/** A record that a server wrote half to one file and half to the next is at most this long. */
const JOIN_MAX = 64 * 1024 * 1024
const HEAD_BYTES = 16

export function planFiles(host: Host, scans: readonly LogScan[], tailOnly: boolean): PlannedFile[] {
  const files = scans.map((scan): PlannedFile => {
    const cuts = [...(tailOnly ? fixCut(scan) : scan.cuts.cuts)]
    if (!tailOnly) addRepeated(host, scan, cuts)
    return {scan, cuts, moved: null, added: null}
  })
  if (!tailOnly) for (let i = 1; i < files.length; i++) join(host, files[i - 1], files[i])
  return files
}

/** What `redis-check-aof --fix` cuts. */
function fixCut({cuts, bytes, text}: LogScan): Cut[] {
  const {fixOffset} = cuts
  if (fixOffset < 0 || text === null) return []
  const commands = cuts.cuts.reduce((sum, cut) => sum + cut.commands, 0)
  const reason = 'truncated'
  const cut = {
    start: fixOffset,
    end: bytes,
    reason,
    commands,
    select: null,
    databaseUnsure: false,
  } as const
  return [cut]
}

/**
 * A server that could write only part of a record, and then began a new file, wrote the rest there (valkey#2627): the end of one
 * file and the beginning of the next make whole records together.
 */
function join(host: Host, before: PlannedFile, after: PlannedFile): void {
  const tail = before.cuts.at(-1)
  const [head] = after.cuts
  if (tail === undefined || head === undefined || tail.reason === 'command') return
  if (tail.end !== before.scan.bytes || head.start !== 0 || after.scan.textStart !== 0) return
  const bytes = tail.end - tail.start + head.end
  if (bytes > JOIN_MAX) return
  const moved = readSpan(host, after.scan.path, {start: 0, end: head.end})
  const whole = Buffer.concat([readSpan(host, before.scan.path, tail), moved])
  if (wholeRecords(host, whole) < 0) return
  before.cuts.pop()
  before.added = moved
  after.cuts.shift()
  after.moved = {start: 0, end: head.end}
}

/** The first bytes of a cut, in hex. */
export function headOf(host: Host, path: string, {start, end}: Span): string {
  const span = {start, end: Math.min(end, start + HEAD_BYTES)}
  return Buffer.from(readSpan(host, path, span)).toString('hex')
}

/** What is written of a file whose RDB, if it has one, is whole. */
export function editedFile(
  {scan, cuts, moved, added}: PlannedFile,
  place: Pick<EditedFile, 'name' | 'type' | 'seq' | 'fields'>,
  tailOnly: boolean,
): EditedFile {
  const all: Span[] = moved === null ? cuts : [moved, ...cuts]
  const shift = moved === null ? 0 : 1
  const parts = partsWithout(
    all,
    tailOnly ? [] : scan.cuts.reframed,
    {start: scan.salvaged === null ? 0 : scan.textStart, end: scan.bytes},
    (i) => selectBytes(cuts[i - shift]),
  )
  const {salvaged} = scan
  if (salvaged !== null) {
    const {result, source} = salvaged
    parts.unshift({kind: 'made', produce: (sink) => void writeRdb(result, source, sink)})
  }
  if (added !== null) parts.push({kind: 'bytes', bytes: added})
  const {path, file} = scan
  return {
    ...place,
    path,
    file,
    parts,
    removed: [...lostOfBase(scan), ...cuts].map(({start, end}) => ({start, end})),
  }
}

/** What salvage cannot keep of the RDB; where its end is lost, up to the text. */
export function lostOfBase({salvaged, textStart}: LogScan): Span[] {
  const gaps = salvaged?.result.plan.gaps ?? []
  return gaps
    .map(({start, end}) => ({start, end: Math.min(end, textStart)}))
    .filter(({start, end}) => end > start)
}

function selectBytes(cut: Cut | undefined): Uint8Array | null {
  if (cut === undefined || cut.select === null) return null
  return recordBytes('SELECT', String(cut.select))
}

/** One record, as servers write it. */
export function recordBytes(...args: readonly string[]): Uint8Array {
  const out = new Growable()
  writeRecord({write: (memory, start, end) => out.append(memory, start, end)}, args)
  return out.bytes.slice(0, out.length)
}
