/**
 * DUMP payloads, as RESTORE and FUNCTION RESTORE take them.
 *
 *     [key metadata] type value | u16le RDB version | u64le CRC-64 of everything before it
 *     functions: n x (F5 string), then the same footer
 *
 * Versions up to 79 are of Redis, from 80 on of Valkey. Source: verifyDumpPayload() in cluster.c.
 */
import {Cursor} from '../formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../formats/bytes/inline-feed.ts'
import {FormatError} from '../formats/errors.ts'
import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import {REG_CRC, REGISTERS} from '../formats/kernel/layout.ts'
import {beginPayload} from '../formats/rdb/payload.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {type Dialect, type LogicalType, RdbOpcode} from '../formats/rdb/types.ts'
import type {ValueVisitor} from '../formats/rdb/visitor.ts'

const FOOTER = 10
const VALKEY_FROM = 80
const NEWEST = 81

/** The payload is not one, or holds what cannot be read. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
}

const wrongFooter = () => new PayloadError('ERR DUMP payload version or checksum are wrong')
const badData = () => new PayloadError('ERR Bad data format')

export class Payloads {
  private readonly module: WebAssembly.Module
  private cursor: Cursor | null = null

  constructor(module: WebAssembly.Module) {
    this.module = module
  }

  /** Give the value of a payload to the visitor that `visitorOf` names for its type. @throws PayloadError. */
  read(payload: Uint8Array, visitorOf: (logical: LogicalType) => ValueVisitor): LogicalType {
    const r = this.open(payload)
    try {
      beginPayload(r, r.dialect, r.version)
      r.readValue(visitorOf(r.logical))
      return r.logical
    } catch (error) {
      if (error instanceof FormatError) throw badData()
      throw error
    }
  }

  /** Code of the libraries of a FUNCTION DUMP. @throws PayloadError. */
  libraries(payload: Uint8Array): Uint8Array[] {
    const r = this.open(payload)
    const libraries: Uint8Array[] = []
    try {
      while (r.c.left > FOOTER) {
        if (r.next() !== RdbOpcode.FUNCTION2) throw badData()
        libraries.push(r.record.value)
      }
    } catch (error) {
      if (error instanceof FormatError) throw badData()
      throw error
    }
    return libraries
  }

  private open(payload: Uint8Array): RdbReader {
    if (payload.length < FOOTER) throw wrongFooter()
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
    const version = view.getUint16(payload.length - FOOTER, true)
    const c = this.begin(payload)
    c.skip(payload.length - 8)
    c.crcHere()
    const crc = view.getBigUint64(payload.length - 8, true)
    const matches = crc === c.view.getBigUint64(REGISTERS + REG_CRC, true)
    if (!matches || version === 0 || version > NEWEST) throw wrongFooter()
    const r = new RdbReader(this.begin(payload), {checksum: false})
    r.version = version
    r.dialect = (version >= VALKEY_FROM ? 'valkey' : 'redis') satisfies Dialect
    return r
  }

  private begin(payload: Uint8Array): Cursor {
    this.cursor ??= new Cursor(createKernel(this.module))
    const {kernel}: {kernel: Kernel} = this.cursor
    return this.cursor.open(new InlineFeed(bufferSource(payload), kernel))
  }
}
