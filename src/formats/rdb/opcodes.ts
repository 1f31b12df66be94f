/**
 * What stands behind each opcode.
 *
 *     attributes of the next entry
 *       FD i32le                 expiry in s      F9 u8       LFU counter
 *       FC i64le                 expiry in ms     F8 length   idle seconds
 *       F3 length classes, classes x (u32le class, module items)           Redis >= 13
 *       6B length | 79 length    Redis Enterprise
 *       DC u32le [u32le]         Dragonfly
 *     records
 *       FE length                                 SELECTDB
 *       FB length length                          RESIZEDB: keys, keys with expiry
 *       FA string string                          AUX
 *       F7 length id, length 2, length when, module items          MODULE_AUX
 *       F5 string                                 FUNCTION2
 *       F6 string string length [string] string   FUNCTION_PRE_GA: name, engine, has description, code
 *       F4 length length length                   SLOT_INFO: slot, keys, expires
 *       F3 string length n, n x (length, length)  SLOT_IMPORT (Valkey)
 *       F2 length id, length n, n x string        HASH_TEMPLATE (Redis 15)
 *       F2 one RESP command                       UPDATE (Valkey 81)
 *
 * Source: rdbLoadRioWithLoadingCtx() in rdb.c of Redis 7.0 to 8.8 and Valkey 9.1.
 */
import type {Cursor} from '../bytes/cursor.ts'
import {tapped} from '../bytes/tap.ts'
import {FormatError} from '../errors.ts'
import {compareBytes, text} from '../text.ts'
import {moduleName, skipModuleItems} from './module.ts'
import {hex, readBigLength, readCount, readLength, readLength64, readPieces} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import {type Dialect, RdbOpcode} from './types.ts'

/** What the last record that is no entry said; only the fields of its opcode mean something. */
export interface RecordFields {
  /** AUX: name. FUNCTION_PRE_GA: library. SLOT_IMPORT: job. At most 1 MiB of it. */
  name: Uint8Array
  /** AUX: value, at most 1 MiB of it. FUNCTION2, FUNCTION_PRE_GA: code. */
  value: Uint8Array
  /** SELECTDB: database. SLOT_INFO: slot. MODULE_AUX: when. */
  number: number
  /** RESIZEDB, SLOT_INFO. */
  keys: number
  expires: number
  /** MODULE_AUX: nine letters and the encoding version. */
  module: string
  moduleVersion: number
  /** With `keepRaw`: all bytes of the record behind its opcode. */
  raw: Uint8Array
}

export const emptyFields = (): RecordFields => ({
  name: new Uint8Array(0),
  value: new Uint8Array(0),
  number: 0,
  keys: 0,
  expires: 0,
  module: '',
  moduleVersion: 0,
  raw: new Uint8Array(0),
})

type Handler = (r: RdbReader) => void
type Table = readonly (Handler | undefined)[]

const COPY_LIMIT = 0x100000

/** Copy a string out of the window, at most `limit` bytes of it. */
export function copyString(c: Cursor, limit = COPY_LIMIT): Uint8Array {
  const pieces: Uint8Array[] = []
  let length = 0
  const piece = (memory: Uint8Array, start: number, end: number) => {
    const n = Math.min(end - start, limit - length)
    if (n > 0) pieces.push(memory.slice(start, start + n))
    length += n
  }
  readPieces(c, {piece}, true)
  if (pieces.length === 1) return pieces[0]
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** A signed 64-bit number of milliseconds; beyond 2^53 no server could have written it. */
function readMs(r: RdbReader): void {
  const {c} = r
  const start = c.offset
  c.u64le()
  const ms = (c.high | 0) * 0x100000000 + c.low
  if (!Number.isSafeInteger(ms)) {
    r.report('RDB_LENGTH', start, 'an expiry more than 285,000 years away', 'expiry')
  }
  r.expiresAtMs = ms
}

function readEnterprise(r: RdbReader): void {
  r.isEnterprise = true
  readLength64(r.c)
}

function readKeyMeta(r: RdbReader): void {
  const {c} = r
  const start = c.offset
  r.keyMeta = tapped(c, () => {
    const classes = readLength(c)
    if (classes > 7) {
      throw new FormatError('RDB_MODULE', start, `${classes} classes of key metadata`)
    }
    for (let i = 0; i < classes; i++) {
      c.skip(4)
      skipModuleItems(r, null)
    }
  })
}

function table(rows: readonly (readonly [number, Handler])[]): Table {
  const handlers: (Handler | undefined)[] = Array.from({length: 256}, () => undefined)
  for (const [opcode, handler] of rows) handlers[opcode] = handler
  return handlers
}

const COMMON_ATTRIBUTES: readonly (readonly [number, Handler])[] = [
  [RdbOpcode.EXPIRETIME, (r) => void (r.expiresAtMs = r.c.i32le() * 1000)],
  [RdbOpcode.EXPIRETIME_MS, readMs],
  [RdbOpcode.FREQ, (r) => void (r.freq = r.c.u8())],
  [RdbOpcode.IDLE, (r) => void (r.idleSeconds = readLength(r.c))],
  [RdbOpcode.RAM_LRU, readEnterprise],
  [RdbOpcode.SLOT_NUM, readEnterprise],
]

const DRAGONFLY_MASK = 220

/** Opcodes that belong to the next entry. */
export const ATTRIBUTE_OPCODES: Readonly<Record<Dialect, Table>> = {
  redis: table([...COMMON_ATTRIBUTES, [RdbOpcode.KEY_META, readKeyMeta]]),
  valkey: table(COMMON_ATTRIBUTES),
  dragonfly: table([
    ...COMMON_ATTRIBUTES,
    [DRAGONFLY_MASK, (r) => void (r.c.u32le() & 2 && r.c.u32le())],
  ]),
}

function readSelect(r: RdbReader): void {
  r.db = readLength(r.c)
  r.record.number = r.db
}

function readResize(r: RdbReader): void {
  r.record.keys = readLength(r.c)
  r.record.expires = readLength(r.c)
}

function readAux(r: RdbReader): void {
  r.record.name = copyString(r.c)
  r.record.value = copyString(r.c)
  if (text(r.record.name) === 'df-ver') r.dialect = 'dragonfly'
}

function readModuleAux(r: RdbReader): void {
  const {c, record} = r
  readLength64(c)
  ;[record.module, record.moduleVersion] = moduleName(c.high, c.low)
  const start = c.offset
  if (readLength(c) !== 2) {
    throw new FormatError('RDB_MODULE', start, 'module AUX data does not say when it belongs')
  }
  record.number = readLength(c)
  skipModuleItems(r, null)
}

function readFunction(r: RdbReader): void {
  const start = r.c.offset
  r.record.name = new Uint8Array(0)
  r.record.value = copyString(r.c, Number.POSITIVE_INFINITY)
  if (r.record.value[0] !== 0x23 || r.record.value[1] !== 0x21) {
    r.report('RDB_FUNCTION', start, 'a function library that does not begin with #!')
  }
}

function readOldFunction(r: RdbReader): void {
  const {c, record} = r
  record.name = copyString(c)
  copyString(c)
  if (readLength(c) !== 0) copyString(c)
  record.value = copyString(c, Number.POSITIVE_INFINITY)
}

function readSlotInfo(r: RdbReader): void {
  const {c, record} = r
  const start = c.offset
  record.number = readLength(c)
  record.keys = readLength(c)
  record.expires = readLength(c)
  if (record.number > 16383) r.report('RDB_SLOT', start, `slot ${record.number} is over 16383`)
}

function readSlotImport(r: RdbReader): void {
  const {c, record} = r
  record.name = copyString(c)
  for (let left = readCount(c, 2, 'slot ranges'); left > 0; left--) {
    const start = c.offset
    const first = readLength(c)
    const last = readLength(c)
    if (first > last || last > 16383) r.report('RDB_SLOT', start, `slots ${first} to ${last}`)
  }
}

function readTemplate(r: RdbReader): void {
  const {c} = r
  const start = c.offset
  const id = readBigLength(c)
  const fields: Uint8Array[] = []
  for (let left = readCount(c, 1, 'fields'); left > 0; left--) fields.push(copyString(c))
  const rising = fields.every((field, i) => i === 0 || byLength(fields[i - 1], field) < 0)
  if (r.templates.has(id)) r.report('RDB_TEMPLATE', start, 'a template id that is there twice')
  else if (fields.length === 0) r.report('RDB_TEMPLATE', start, 'a template without fields')
  else if (!rising) r.report('RDB_TEMPLATE', start, 'fields of a template out of order')
  r.templates.set(id, fields)
}

const byLength = (a: Uint8Array, b: Uint8Array) => a.length - b.length || compareBytes(a, b)

/** `*N\r\n` then N times `$length\r\n…\r\n`. */
function skipUpdate(r: RdbReader): void {
  const {c} = r
  const argc = readRespNumber(r, 0x2a)
  if (argc * 5 > c.left) throw new FormatError('RDB_COUNT', c.offset, `${argc} arguments`)
  for (let left = argc; left > 0; left--) {
    c.skip(readRespNumber(r, 0x24))
    if (c.u8() !== 13 || c.u8() !== 10) {
      throw new FormatError('AOF_CRLF', c.offset - 2, 'an argument that does not end in CR LF')
    }
  }
}

function readRespNumber(r: RdbReader, prefix: number): number {
  const {c} = r
  const start = c.offset
  let value = 0
  let digits = 0
  if (c.u8() !== prefix) throw new FormatError('AOF_FRAMING', start, 'no RESP record in UPDATE')
  for (let byte = c.u8(); byte !== 13; byte = c.u8()) {
    value = value * 10 + byte - 0x30
    if (byte < 0x30 || byte > 0x39 || ++digits > 12) {
      throw new FormatError('AOF_LENGTH', start, 'a RESP length that is no number')
    }
  }
  if (digits === 0 || c.u8() !== 10) throw new FormatError('AOF_LENGTH', start, 'no RESP length')
  return value
}

const COMMON_RECORDS: readonly (readonly [number, Handler])[] = [
  [RdbOpcode.SELECTDB, readSelect],
  [RdbOpcode.RESIZEDB, readResize],
  [RdbOpcode.AUX, readAux],
  [RdbOpcode.MODULE_AUX, readModuleAux],
  [RdbOpcode.FUNCTION2, readFunction],
  [RdbOpcode.SLOT_INFO, readSlotInfo],
]

const REDIS_RECORDS: readonly (readonly [number, Handler])[] = [
  ...COMMON_RECORDS,
  [RdbOpcode.FUNCTION_PRE_GA, readOldFunction],
  [RdbOpcode.HASH_TEMPLATE, readTemplate],
]

/** Opcodes that stand for themselves. */
export const RECORD_OPCODES: Readonly<Record<Dialect, Table>> = {
  redis: table(REDIS_RECORDS),
  valkey: table([
    ...COMMON_RECORDS,
    [RdbOpcode.SLOT_IMPORT, readSlotImport],
    [RdbOpcode.UPDATE, skipUpdate],
  ]),
  dragonfly: table(COMMON_RECORDS),
}

/** What to say of a byte that starts no record of this dialect. */
export function unknownRecord(dialect: Dialect, byte: number, offset: number): FormatError {
  if (dialect === 'dragonfly' && byte < 246) {
    const detail = `Dragonfly record 0x${hex(byte)}: respite reads Redis and Valkey records`
    return new FormatError('UNSUPPORTED', offset, detail)
  }
  return new FormatError('RDB_OPCODE', offset, `byte 0x${hex(byte)} is no opcode and no type`)
}
