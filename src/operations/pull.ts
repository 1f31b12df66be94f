/**
 * `respite pull`: the snapshot that a server sends a replica, as a file. It is read in depth while it goes by, and gets its name only
 * when it is whole, sound and on the disk.
 */
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Sink} from '../formats/bytes/sink.ts'
import type {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import {detectHead} from '../io/detect.ts'
import {type Host, RECORDS} from '../io/host.ts'
import {replaceFile} from '../io/replace-file.ts'
import {StdoutSink} from '../io/stdout-sink.ts'
import {checkRdb, RdbChecker} from './check-rdb.ts'
import {checkTrailing} from './check-trailing.ts'
import {keptFeed} from './kept-feed.ts'
import type {PullReport} from './pull-reports.ts'
import {ReportBuilder, reportBytes} from './report-builder.ts'
import type {CheckReport} from './reports.ts'

export interface PullOptions {
  /** `-` is stdout. */
  output: string
  force?: boolean
}

/** What a server loads, with nothing behind it: the length was right then. */
function isSound({verdict, findings}: CheckReport): boolean {
  const loads = verdict === 'sound' || verdict === 'warnings'
  return loads && !findings.some(({code}) => code === 'RDB_TRAILING')
}

/** @throws RespiteError where the server is in the way; DiskError, OutputError. */
export function pull(
  host: Host,
  [input]: readonly string[],
  {output, force = false}: PullOptions,
): PullReport {
  const snapshot = new Snapshot(host, input)
  if (output === '-') {
    const sink = new StdoutSink()
    snapshot.receive(sink)
    sink.flush()
    return snapshot.report(output)
  }
  try {
    replaceFile(output, (sink) => snapshot.keep(sink), {
      force,
      readBack: (path) => snapshot.isAt(path),
      verify: (path) => host.settle(path),
    })
  } catch (error) {
    if (!(error instanceof Unsound)) throw error
  }
  return snapshot.report(output)
}

/** What came is not to be published. */
class Unsound extends Error {}

class Snapshot {
  private readonly host: Host
  private readonly input: string
  private readonly builder: ReportBuilder
  private readonly replication = new Map<string, string>()
  private bytes = 0
  private crc = 0n

  constructor(host: Host, input: string) {
    this.host = host
    this.input = input
    this.builder = new ReportBuilder(input, 'deep')
  }

  /** Give everything that comes to a sink, and look at it on the way. */
  receive(sink: Sink): void {
    const {host, input, builder} = this
    const opened = host.open(input, {unwrap: false})
    const feed = keptFeed(opened, host.kernel, sink)
    const file = builder.addFile(input, 'rdb', 0)
    const {kind, guess} = detectHead(opened.head)
    const c = new Cursor(host.kernel).open(feed)
    if (kind !== 'rdb') {
      const what = kind === 'empty' ? 'an empty snapshot' : `no RDB: it looks like ${guess ?? kind}`
      builder.add('UNKNOWN_INPUT', what, {file: input, offset: 0})
    } else this.check(c, file)
    feed.rest()
    this.bytes = feed.bytes
    this.crc = feed.crc()
    file.bytes = feed.bytes
    opened.close()
  }

  /** The same; what is not sound is not kept. */
  keep(sink: Sink): void {
    this.receive(sink)
    if (!isSound(this.builder.finish())) throw new Unsound()
  }

  /** Does a file hold what came? */
  isAt(path: string): boolean {
    const {host, bytes, crc} = this
    const opened = host.open(path, {unwrap: false})
    const feed = keptFeed(opened, host.kernel, null)
    feed.rest()
    const same = feed.bytes === bytes && feed.crc() === crc
    opened.close()
    return same
  }

  report(output: string): PullReport {
    const checked = this.builder.finish()
    const {producer, rdbVersion, keys, databases, functions} = checked
    const refused = !isSound(checked)
    return {
      schema: 'respite.pull/1',
      input: this.input,
      output,
      dryRun: false,
      verdict: refused ? 'refused' : 'pulled',
      ...{producer, rdbVersion, keys, databases, functions},
      bytes: this.bytes,
      replication: this.position(),
      source: null,
      findings: checked.findings.map((finding) => ({...finding, next: null})),
      findingCount: checked.findingCount,
      next: refused
        ? 'Ask the server itself: redis-cli --rdb, or a save there and a look at its log.'
        : null,
    }
  }

  private position(): PullReport['replication'] {
    const {replication} = this
    const id = replication.get('repl-id')
    const offset = replication.get('repl-offset')
    if (id === undefined || offset === undefined) return null
    const db = replication.get('repl-stream-db')
    const streamDb = db !== undefined && /^\d{1,9}$/.test(db) ? Number(db) : null
    return {id: reportBytes(new TextEncoder().encode(id)), offset, streamDb}
  }

  private check(c: Cursor, file: ReturnType<ReportBuilder['addFile']>): void {
    const {builder, host, replication} = this
    const options = {deep: true, databases: null, resync: false}
    const checker = new SnapshotChecker(file, builder, options)
    checker.replication = replication
    checker.told = (keys) => void (host.counters[RECORDS] = keys)
    const end = checkRdb(c, file, builder, null, options, checker)
    if (end >= 0 && !c.atEnd()) checkTrailing(c, file, builder)
  }
}

class SnapshotChecker extends RdbChecker {
  replication = new Map<string, string>()
  told: (keys: number) => void = () => {}

  override record(r: RdbReader, opcode: number): void {
    super.record(r, opcode)
    this.told(r.entries)
    if (opcode !== RdbOpcode.AUX) return
    const name = text(r.record.name)
    if (name.startsWith('repl-')) this.replication.set(name, text(r.record.value.subarray(0, 64)))
  }
}
