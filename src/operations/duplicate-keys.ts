/** Keys that are there twice: hashes that repeat are looked up in the input, where their bytes are compared. */
import {Cursor} from '../formats/bytes/cursor.ts'
import type {FormatError} from '../formats/errors.ts'
import {REG_HASH, REGISTERS} from '../formats/kernel/layout.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import type {HashSink} from '../formats/rdb/run.ts'
import type {Host} from '../io/host.ts'
import {keyOf} from './check-rdb.ts'
import type {KeyHashes} from './key-hashes.ts'
import type {ReportBuilder} from './report-builder.ts'
import {type RdbWalker, walkRdb} from './walk-rdb.ts'

/** So many repeated hashes are looked up; a file with more is damaged beyond single keys. */
const LOOKUPS = 10_000

/** Report every key that comes twice. Reads the RDB that `path` begins with again where that is needed. */
export function reportDuplicates(
  host: Host,
  path: string,
  file: string,
  hashes: KeyHashes,
  builder: ReportBuilder,
  repeatable: boolean,
): void {
  for (;;) {
    const repeated = hashes.repeated(LOOKUPS)
    if (repeated.size > 0) {
      if (repeatable) walkAgain(host, path, new Lookup(file, builder, repeated), null)
      else reportUnseen(file, builder, repeated.size)
    }
    if (!hashes.nextPass()) return
    if (!repeatable) {
      builder.report.duplicates = 'unchecked'
      return
    }
    walkAgain(host, path, NOTHING, hashes)
  }
}

function reportUnseen(file: string, builder: ReportBuilder, count: number): void {
  const message = count === 1 ? 'a key is there twice' : `${count} keys are there twice`
  builder.add('RDB_DUPLICATE_KEY', message, {file})
}

/** Read the framing of the RDB once more. Damage was reported the first time. */
function walkAgain(host: Host, path: string, walker: RdbWalker, hashes: HashSink | null): void {
  const feed = host.open(path, {crc: false})
  try {
    const r = new RdbReader(new Cursor(host.kernel).open(feed), {deep: false, checksum: false})
    r.readHeader()
    walkRdb(r, walker, hashes)
  } finally {
    feed.close()
  }
}

const NOTHING: RdbWalker = {
  run() {},
  entry() {},
  record() {},
  fault() {},
  lost: (_, error) => error.code !== 'TRUNCATED' && error.code !== 'UNSUPPORTED',
  found() {},
}

class Lookup implements RdbWalker {
  private readonly file: string
  private readonly builder: ReportBuilder
  private readonly repeated: ReadonlySet<bigint>
  /** Keys already met, by hash: their bytes and where their entries are. */
  private readonly met = new Map<bigint, {key: Uint8Array; offset: number}[]>()

  constructor(file: string, builder: ReportBuilder, repeated: ReadonlySet<bigint>) {
    this.file = file
    this.builder = builder
    this.repeated = repeated
  }

  entry(r: RdbReader): void {
    const {c} = r
    c.kernel.hash(c.pinStart, c.pinEnd, r.db)
    const hash = c.view.getBigUint64(REGISTERS + REG_HASH, true)
    if (!this.repeated.has(hash)) return
    const key = c.memory.slice(c.pinStart, c.pinEnd)
    const met = this.met.get(hash) ?? []
    const twin = met.find((other) => equalBytes(other.key, key))
    if (!twin) {
      met.push({key, offset: r.offset})
      this.met.set(hash, met)
      return
    }
    const place = {file: this.file, offset: r.offset, record: r.entries, db: r.db, key: keyOf(r)}
    this.builder.add('RDB_DUPLICATE_KEY', `this key is at offset ${twin.offset} already`, place)
  }

  record(): void {}

  fault(): void {}

  lost(r: RdbReader, error: FormatError): boolean {
    return NOTHING.lost(r, error)
  }

  found(): void {}
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
