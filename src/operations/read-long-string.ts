/** Reads one long string back from its commands, in constant memory: SET, APPEND as often as needed, PEXPIREAT if it expires. */
import type {QuickDigest} from '../engine/digest/quick-digest.ts'
import type {OddSpan} from '../formats/aof/cuts.ts'
import type {ArgumentVisitor} from '../formats/aof/loader.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import {AREA_PIN} from '../formats/bytes/areas.ts'
import {FormatError} from '../formats/errors.ts'
import {Growable} from '../formats/packed/growable.ts'
import {RdbType} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'

const NUMBER_MOST = 32

/** Digest the commands of a span that begins where the reader stands. @throws FormatError where they are others. */
export function readLongString(
  reader: AofReader,
  digest: QuickDigest,
  {end, string}: OddSpan,
  db: number,
): void {
  const {c} = reader
  const expiresAtMs = string?.expiresAtMs ?? null
  const visitor = new LongString(reader, digest, db, expiresAtMs)
  while (c.offset < end) {
    if (reader.next() !== 'command' || reader.argc !== 3) throw other(reader)
    visitor.command = reader.commandName()
    reader.readArguments(visitor)
    visitor.endCommand()
  }
  if (c.offset !== end || visitor.isExpiring !== (expiresAtMs !== null)) throw other(reader)
  digest.end()
  digest.endEntry()
}

const other = ({offset}: AofReader) =>
  new FormatError('AOF_COMMAND', offset, 'this is not what was written')

class LongString implements ArgumentVisitor {
  command = ''
  /** Its PEXPIREAT was there, with the right time. */
  isExpiring = false
  private readonly reader: AofReader
  private readonly digest: QuickDigest
  private readonly db: number
  private readonly expiresAtMs: number | null
  /** Of the first command, and of the current one. */
  private readonly key = new Growable()
  private readonly sameKey = new Growable()
  private readonly number = new Growable()
  private index = 0
  private commands = 0

  constructor(reader: AofReader, digest: QuickDigest, db: number, expiresAtMs: number | null) {
    this.reader = reader
    this.digest = digest
    this.db = db
    this.expiresAtMs = expiresAtMs
  }

  begin(index: number, length: number): void {
    this.index = index
    if (index !== 2) return
    const {command} = this
    if (this.commands === 0) this.beginEntry()
    else if (command !== 'APPEND' && command !== 'PEXPIREAT') throw other(this.reader)
    if (command === 'PEXPIREAT' && length > NUMBER_MOST) throw other(this.reader)
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    if (this.index === 1) this.sameKey.append(memory, start, end)
    else if (this.index === 2 && this.command === 'PEXPIREAT')
      this.number.append(memory, start, end)
    else if (this.index === 2) this.digest.piece(memory, start, end)
  }

  endCommand(): void {
    const {key, sameKey, number, command, commands, reader} = this
    if (commands > 0 && !isSame(key, sameKey)) throw other(reader)
    // Nothing comes behind it.
    if (this.isExpiring) throw other(reader)
    if (command === 'PEXPIREAT') {
      const told = text(number.bytes.subarray(0, number.length))
      if (told !== String(this.expiresAtMs)) throw other(reader)
      this.isExpiring = true
    }
    sameKey.clear()
    this.commands++
  }

  private beginEntry(): void {
    const {command, reader, key, sameKey, digest, db, expiresAtMs} = this
    if (command !== 'SET') throw other(reader)
    key.append(sameKey.bytes, 0, sameKey.length)
    const at = reader.c.area(AREA_PIN, key.length)
    reader.c.memory.set(key.bytes.subarray(0, key.length), at)
    digest.beginEntry(db, 'string', at, at + key.length, expiresAtMs)
    digest.begin('string', RdbType.STRING)
  }
}

function isSame(a: Growable, b: Growable): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a.bytes[i] !== b.bytes[i]) return false
  return true
}
