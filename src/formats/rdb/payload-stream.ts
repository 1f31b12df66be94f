/**
 * An RDB made of DUMP payloads, for whoever reads a server key by key and wants what reads files to read it:
 *
 *     magic | FA name value ... | F5 code ... | for each database FE db, entries | FF, checksum off
 *     entry      [FC ms i64le] type key value, from a payload: type value | u16le RDB version | u64le CRC-64
 *
 * Source: createDumpPayload() in cluster.c, functionDumpCommand() in functions.c.
 */
import {FormatError} from '../errors.ts'
import {Growable} from '../packed/growable.ts'
import {RdbOpcode} from './types.ts'

/** Version and CRC at the end of a payload. */
export const PAYLOAD_FOOTER = 10
/** Versions from here on are Valkey's. */
const VALKEY_FROM = 80
/** What a dataset without any key or function is written as. */
const PLAINEST = 9

export class PayloadStream {
  /** What was written and not taken yet. */
  readonly out = new Growable()
  private readonly fields: readonly (readonly [string, string])[]
  private version = 0
  /** Selected, and not written while it has no key. */
  private db: number | null = null

  /** AUX fields say what server it is. */
  constructor(fields: readonly (readonly [string, string])[]) {
    this.fields = fields
  }

  /** The libraries of a FUNCTION DUMP: they stand in it as in a file. @throws FormatError. */
  libraries(payload: Uint8Array): void {
    this.begin(payload)
    this.out.append(payload, 0, payload.length - PAYLOAD_FOOTER)
  }

  selectDb(db: number): void {
    this.db = db
  }

  /** @throws FormatError where it is no payload, or one with metadata of modules. */
  entry(key: Uint8Array, payload: Uint8Array, expiresAtMs: number | null): void {
    this.begin(payload)
    const {out} = this
    if (payload[0] === RdbOpcode.KEY_META && this.version < VALKEY_FROM) {
      throw new FormatError('UNSUPPORTED', 0, 'a key with metadata of modules: read a snapshot')
    }
    this.writeSelect()
    if (expiresAtMs !== null) {
      out.u8(RdbOpcode.EXPIRETIME_MS)
      out.u32le(expiresAtMs % 0x100000000)
      out.u32le(Math.floor(expiresAtMs / 0x100000000))
    }
    out.u8(payload[0])
    putLength(out, key.length)
    out.append(key, 0, key.length)
    out.append(payload, 1, payload.length - PAYLOAD_FOOTER)
  }

  end(): void {
    if (this.version === 0) this.writeHeader(PLAINEST)
    this.out.u8(RdbOpcode.EOF)
    for (let i = 0; i < 8; i++) this.out.u8(0)
  }

  /** The first payload says which version the server writes. */
  private begin(payload: Uint8Array): void {
    if (payload.length < PAYLOAD_FOOTER) {
      throw new FormatError('RESP', 0, 'what the server dumped is no payload')
    }
    const at = payload.length - PAYLOAD_FOOTER
    if (this.version === 0) this.writeHeader(payload[at] | (payload[at + 1] << 8))
  }

  private writeSelect(): void {
    if (this.db === null) return
    this.out.u8(RdbOpcode.SELECTDB)
    putLength(this.out, this.db)
    this.db = null
  }

  private writeHeader(version: number): void {
    const {out} = this
    const digits = String(version)
    this.version = version
    out.text(
      version >= VALKEY_FROM
        ? `VALKEY${digits.padStart(3, '0')}`
        : `REDIS${digits.padStart(4, '0')}`,
    )
    for (const [name, value] of this.fields) {
      out.u8(RdbOpcode.AUX)
      putText(out, name)
      putText(out, value)
    }
  }
}

function putText(out: Growable, text: string): void {
  putLength(out, text.length)
  out.text(text)
}

/** Source: rdbSaveLen() in rdb.c. */
function putLength(out: Growable, length: number): void {
  if (length < 0x40) out.u8(length)
  else if (length < 0x4000) {
    out.u8(0x40 | (length >> 8))
    out.u8(length & 0xff)
  } else {
    out.u8(0x80)
    out.u32be(length)
  }
}
