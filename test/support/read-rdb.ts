/** Reads a whole RDB with the reader under test into rows as the truth files have them. */
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../src/formats/bytes/inline-feed.ts'
import {FormatError} from '../../src/formats/errors.ts'
import {RdbReader, RdbRecord} from '../../src/formats/rdb/reader.ts'
import {RdbOpcode} from '../../src/formats/rdb/types.ts'
import {text} from './bytes.ts'
import type {DigestRules} from './digest.ts'
import type {Row} from './fixtures.ts'
import {kernel} from './kernel.ts'
import {base64, ValueRows} from './rows.ts'

export interface Contents {
  readonly rows: Row[]
  readonly aux: [name: string, value: string][]
  /** Code of function libraries; those of 7.0-rc1 as `name:code`. */
  readonly functions: string[]
  readonly modules: {name: string; version: number; when: number}[]
  readonly slots: number[]
  /** What is wrong inside records whose end is known. */
  readonly faults: FormatError[]
  /** What ended the reading, if not the end. */
  readonly error: unknown
  readonly reader: RdbReader
}

export interface ReadOptions {
  readonly rules: DigestRules
  /** Bytes of one slot of the window: small ones put its edges everywhere. */
  readonly slotSize?: number
  /** Bytes that the source gives at a time. */
  readonly step?: number
  /** False: check only what is needed to find the next record. */
  readonly deep?: boolean
}

export function openReader(file: Uint8Array, options: Omit<ReadOptions, 'rules'> = {}): RdbReader {
  const source = bufferSource(file, options.step ?? Math.max(1, file.length))
  const feed = new InlineFeed(source, kernel, {slotSize: options.slotSize})
  return new RdbReader(new Cursor(kernel).open(feed), {deep: options.deep})
}

/** All that the file holds, as far as it can be read. */
export function readRdb(file: Uint8Array, options: ReadOptions): Contents {
  const reader = openReader(file, options)
  const lists = {rows: [], aux: [], functions: [], modules: [], slots: [], faults: []}
  const contents: Contents = {...lists, reader, error: null}
  try {
    reader.readHeader()
    for (let opcode = reader.next(); opcode !== RdbRecord.END; opcode = reader.next()) {
      if (opcode === RdbRecord.ENTRY)
        contents.rows.push(readRow(reader, options.rules, contents.faults))
      else keepRecord(reader, opcode, contents)
    }
  } catch (error) {
    return {...contents, error}
  }
  return contents
}

function readRow(reader: RdbReader, rules: DigestRules, faults: FormatError[]): Row {
  const {c, db, expiresAtMs, freq, idleSeconds} = reader
  const key = base64(c.memory, c.pinStart, c.pinEnd)
  const visitor = new ValueRows(rules)
  try {
    reader.readValue(visitor)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    // What can only be copied is still stepped over: a row without value.
    if (error.code === 'UNSUPPORTED') reader.skipValue()
    else if (error.framed) faults.push(error)
    else throw error
  }
  if (visitor.begun !== visitor.ended) throw new Error('a value without begin or end')
  const value = visitor.begun === 0 ? {} : {value: visitor.result()}
  const row: Row = {db, key, type: reader.logical, expireAtMs: expiresAtMs, ...value}
  return {
    ...row,
    ...(freq === null ? {} : {freq}),
    ...(idleSeconds === null ? {} : {idle: idleSeconds}),
  }
}

function keepRecord({record}: RdbReader, opcode: number, contents: Contents): void {
  const {AUX, FUNCTION2, FUNCTION_PRE_GA, MODULE_AUX, SLOT_INFO} = RdbOpcode
  if (opcode === AUX) contents.aux.push([text(record.name), text(record.value)])
  if (opcode === FUNCTION2) contents.functions.push(text(record.value))
  if (opcode === FUNCTION_PRE_GA) {
    contents.functions.push(`${text(record.name)}:${text(record.value)}`)
  }
  if (opcode === SLOT_INFO) contents.slots.push(record.number)
  if (opcode === MODULE_AUX) {
    const {module: name, moduleVersion: version, number: when} = record
    contents.modules.push({name, version, when})
  }
}
