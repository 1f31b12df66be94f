/** Reads one file of a log for `repair`: what `check` would find in it, and what has to go. */
import type {CommandTable} from '../engine/commands/table.ts'
import {endOf} from '../formats/aof/recover.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {detectHead} from '../io/detect.ts'
import {type Host, RECORDS} from '../io/host.ts'
import type {LayoutFile} from '../io/layout/types.ts'
import {checkAofStream} from './check-aof.ts'
import type {AofPart} from './check-aof-context.ts'
import {checkRdb} from './check-rdb.ts'
import {LogCuts} from './log-cuts.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {FileReport} from './reports.ts'
import {type SalvagedBase, salvageBase} from './salvaged-base.ts'
import {crcBehind, type Sum} from './summed-sink.ts'

export interface ScanOptions {
  input: string
  table: CommandTable
  databases: number
  insideArguments: boolean
}

export interface LogScan {
  path: string
  file: string
  /** Bytes of the file, unwrapped. */
  bytes: number
  kind: 'rdb' | 'aof' | 'empty' | 'other'
  /** Where the text begins: behind an RDB. */
  textStart: number
  /** The RDB at the beginning is damaged: where its text begins is not known. */
  damagedRdb: boolean
  /** What of a damaged RDB can be kept; null where it is sound, or nothing can. */
  salvaged: SalvagedBase | null
  /** Keys of the RDB. */
  keys: number
  cuts: LogCuts
  /** Null where there is no text. */
  text: AofPart | null
  wrapped: boolean
  /** Of the whole file as it was read; null where nobody asked, or parts of it were read again. */
  sum: Sum | null
}

export function scanLog(
  host: Host,
  c: Cursor,
  builder: ReportBuilder,
  {path, name}: LayoutFile,
  isLast: boolean,
  options: ScanOptions,
  sums = false,
): LogScan {
  let feed = host.open(path, {crc: sums})
  const {kind} = detectHead(feed.head)
  // Only an RDB has a checksum: without one a thread has less to do.
  if (kind === 'rdb' && !sums) feed = host.open(path, {crc: true})
  const report = builder.addFile(name, 'incr', Math.max(0, feed.size), path)
  const scan: LogScan = {
    path,
    file: name,
    bytes: feed.size,
    kind: kind === 'rdb' || kind === 'aof' || kind === 'empty' ? kind : 'other',
    textStart: 0,
    damagedRdb: false,
    salvaged: null,
    keys: 0,
    cuts: new LogCuts(),
    text: null,
    wrapped: feed.wrapped.length > 0,
    sum: null,
  }
  let again = false
  const reopen = (offset: number) => {
    again = true
    c.open(host.open(path, {crc: false, offset}), offset)
  }
  c.open(feed)
  if (kind === 'rdb') scanRdb(c, scan, builder, report)
  if (kind === 'empty') return scan
  if (scan.damagedRdb) {
    const salvaged = salvageBase(host, path, options.table)
    scan.salvaged = salvaged
    if (salvaged === null) return scan
    reopen(salvaged.textStart)
  }
  if (!c.atEnd()) {
    scan.textStart = c.offset
    scan.text = checkAofStream(c, {
      ...options,
      file: name,
      isLastFile: isLast,
      start: c.offset,
      cuts: scan.cuts,
      addFinding: (finding) => builder.addFinding(finding),
      rewind: reopen,
    })
    host.counters[RECORDS] += scan.text.commands
  } else scan.textStart = c.offset
  scan.bytes = endOf(c)
  if (sums && !again && c.atEnd()) scan.sum = {bytes: scan.bytes, crc: crcBehind(c)}
  return scan
}

function scanRdb(c: Cursor, scan: LogScan, builder: ReportBuilder, report: FileReport): void {
  const before = builder.report.findingCount
  const end = checkRdb(c, report, builder, null, {deep: true, databases: null, resync: true})
  const found = builder.report.findings.slice(before)
  scan.damagedRdb = end < 0 || found.some(({severity}) => severity === 'error')
  scan.keys = report.keys
}
