/**
 * Reads a part of a file of commands back as entries, in constant memory: a kernel digests what lies between the spans that need an
 * engine, those of field expiries, large values and streams that are not everyday ones. Only these are loaded.
 */
import {APPLIES} from '../engine/apply/table.ts'
import {Call} from '../engine/call.ts'
import {installCommands} from '../engine/commands/compile.ts'
import {CommandTable} from '../engine/commands/table.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {arenaMemory} from '../engine/digest/keyspace-digest.ts'
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import {Keyspace} from '../engine/keyspace.ts'
import {keyspaceEntries} from '../engine/keyspace-entries.ts'
import {Replay} from '../engine/replay.ts'
import type {Cut, OddSpan} from '../formats/aof/cuts.ts'
import {AofReader} from '../formats/aof/reader.ts'
import {AREA_EXPANDED} from '../formats/bytes/areas.ts'
import type {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import {
  REG_ARGC,
  REG_AUX,
  REG_COUNT,
  REGISTERS,
  TRANSLATED_RECORD_MAX,
} from '../formats/kernel/layout.ts'
import type {Feature} from '../formats/rdb/features.ts'
import {type Counters, LossyVisitor} from '../formats/rdb/lossy-visitor.ts'
import {ROOM} from '../formats/rdb/run.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import {type PartRead, partRead, refusing, unlike} from './convert-proof.ts'
import {openAt} from './open-at.ts'
import {readLongString} from './read-long-string.ts'

const DATABASES = 2 ** 31 - 1
/** Bytes of commands whose keys may be held. */
const LOADED_MOST = 1 << 22
/** Of what the kernel stops at. */
const WRONG = 2
const EXPIRY = [...'*3\r\n$9\r\nPEXPIREAT'].map((letter) => letter.charCodeAt(0))

/** Plain data. */
export interface CommandsPart {
  from: Cut
  /** Offset where it ends; Infinity for the rest of the file. */
  until: number
  /** Spans in it that need an engine. */
  odd: readonly OddSpan[]
  lost: readonly Feature[]
  /** RDB version of the payloads that RESTORE is given; null where there is none, and nothing is odd but the spans. */
  restores: number | null
}

export function commandsPart(host: Host, [path]: readonly string[], part: CommandsPart): PartRead {
  return partRead(() => readPart(host, path, part))
}

function readPart(host: Host, path: string, {from, until, odd, lost, restores}: CommandsPart) {
  const c = openAt(host, path, from.offset)
  const {kernel} = c
  const digest = new QuickDigest(c)
  const nowMs = fileTimeMs(path)
  const loader = new SpanLoader(host, path, c, nowMs)
  const without = new Set(lost)
  let loaded = 0
  const drain = () => {
    // What is in a payload says nothing of counters that its version has not; a server makes them up.
    const {entries, totals} = loader.drain(without, restores === null ? 'ignored' : 'made-up')
    digest.addTotals(totals)
    loaded += entries
  }
  let db = from.db
  let entries = 0
  const readUntil = (offset: number) => {
    for (;;) {
      const area = c.area(AREA_EXPANDED, ROOM * 3)
      kernel.commandsStart(db, nowMs, restores ?? 0, area, ROOM)
      const isOver = readPlain(c, offset)
      kernel.commandsFinish()
      entries += c.view.getUint32(REGISTERS + REG_COUNT, true)
      db = c.view.getUint32(REGISTERS + REG_ARGC, true)
      if (isOver) return
      if (restores === null) throw other(c)
      do db = loader.load(c.offset + 1, db)
      while (isExpiry(c))
      if (loader.loaded > LOADED_MOST) drain()
    }
  }
  refusing(path, () => {
    for (const span of odd) {
      readUntil(span.start)
      if (span.string) {
        readLongString(loader.reader, digest, span, db)
        entries++
        continue
      }
      db = loader.load(span.end, db)
      if (loader.loaded > LOADED_MOST) drain()
    }
    readUntil(until)
  })
  drain()
  return {entries: entries + loaded, totals: digest.totals()}
}

const other = ({offset}: Cursor) =>
  new FormatError('AOF_COMMAND', offset, 'this is not what was written')

/** Does the key that was restored get its expiry now? Source: restore-entry-writer.ts. */
function isExpiry(c: Cursor): boolean {
  if (c.limit - c.next < EXPIRY.length) c.more()
  return (
    c.next + EXPIRY.length <= c.limit && EXPIRY.every((byte, i) => c.memory[c.next + i] === byte)
  )
}

/** Digest commands up to an offset, or the end of the input. Returns false where it stands at anything else. @throws FormatError. */
function readPlain(c: Cursor, offset: number): boolean {
  const {kernel} = c
  let more = true
  for (;;) {
    const left = offset - c.offset
    const isNear = left <= c.limit - c.next
    const limit = isNear ? c.next + left : c.limit
    c.next = kernel.commandsDigest(c.next, limit, isNear || !more ? 1 : 0) >>> 0
    const stopped = c.view.getUint32(REGISTERS + REG_AUX, true)
    if (stopped === WRONG) throw other(c)
    if (stopped !== 0) return false
    if (isNear || !more) return true
    if (c.limit - c.next < TRANSLATED_RECORD_MAX) more = c.more()
  }
}

/** Replays some spans of a file. */
class SpanLoader {
  private readonly c: Cursor
  readonly reader: AofReader
  private readonly keyspace: Keyspace
  private readonly call: Call
  private readonly replay: Replay
  /** Bytes of commands since it was empty. */
  loaded = 0

  constructor(host: Host, path: string, c: Cursor, nowMs: number) {
    this.c = c
    this.reader = new AofReader(c)
    this.keyspace = new Keyspace(createKernel(host.kernel.module))
    this.call = new Call(this.keyspace)
    this.call.databases = DATABASES
    const table = new CommandTable()
    installCommands(table.compiled, c.memory)
    this.replay = new Replay(this.call, table, APPLIES, {
      // Servers take no delivery for later than now.
      nowMs,
      onTrouble({command, offset, detail}) {
        throw unlike(path, `${command} at offset ${offset}: ${detail}`)
      },
    })
  }

  /** From where the cursor stands up to an offset. Returns the database that is selected there. */
  load(end: number, db: number): number {
    const {c, call, reader, replay} = this
    const start = c.offset
    let begun = false
    replay.run(reader, () => {
      if (!begun) call.dbNumber = db
      begun = true
      this.refuseDeviation()
      return c.offset >= end
    })
    this.refuseDeviation()
    this.loaded += c.offset - start
    return call.dbNumber
  }

  /** A server would load it, but it was not written like that. */
  private refuseDeviation(): void {
    if (this.reader.deviation !== null) throw other(this.c)
  }

  /** Digest what was loaded, and forget it. */
  drain(lost: ReadonlySet<Feature>, counters: Counters) {
    const {keyspace} = this
    const memory = arenaMemory(keyspace.arena)
    const digest = new QuickDigest(memory)
    let entries = 0
    const visit = new LossyVisitor(digest, lost, counters, memory)
    keyspaceEntries(keyspace, new DigestSink(digest, () => void entries++, visit))
    keyspace.functions.clear()
    keyspace.flushAll()
    this.loaded = 0
    return {entries, totals: digest.totals()}
  }
}
