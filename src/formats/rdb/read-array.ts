/**
 * Values of the newest Redis versions, and of Dragonfly.
 *
 *     28 array       length count, length flag 0 | 1, [length insert index], count x (length index, length tag, cell)
 *                    cell: 0 string | 1 i64le | 2 f64le | 3 string of at most 7 bytes
 *     29 template    template, listpack (id, values)     30 listpack (id, values), the template stands in the file
 *     31 template    template, n x string                32 length id, n x string
 *                    template: length 0, listpack of fields | length 1, length n, n x string
 *     Dragonfly      30 JSON: string | 31 hash with expiry: length n, n x 3 strings | 32 set: length n, n x 2 strings
 *
 * Sources: rdbLoadObject() in rdb.c of Redis 8.8; pull requests and tests of Redis 8.10; rdb_load.cc of Dragonfly.
 */
import type {Cursor} from '../bytes/cursor.ts'
import {FormatError} from '../errors.ts'
import {REG_COUNT, REGISTERS, SPANS} from '../kernel/layout.ts'
import {copyString} from './opcodes.ts'
import {packedFault} from './packed-faults.ts'
import {
  big,
  readBigLength,
  readCount,
  readLength,
  readLength64,
  readPieces,
  readString,
} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import type {ValueVisitor} from './visitor.ts'

type Visit = ValueVisitor | null

const encoder = new TextEncoder()

export function readArray(r: RdbReader, visit: Visit): void {
  const {c} = r
  const start = c.offset
  const count = readCount(c, 3, 'cells')
  if (count === 0) r.report('RDB_ARRAY', start, 'an array without cells')
  const flag = readLength(c)
  if (flag > 1) throw new FormatError('RDB_ARRAY', start, `insert flag ${flag} is neither 0 nor 1`)
  const insertIndex = flag === 1 ? readBigLength(c) : null
  visit?.begin('array', r.type, count)
  visit?.arrayMeta(insertIndex)
  for (let left = count; left > 0; left--) readCell(r, visit)
  visit?.end()
}

function readCell(r: RdbReader, visit: Visit): void {
  const {c} = r
  const start = c.offset
  readLength64(c)
  if (c.high === 0xffffffff && c.low === 0xffffffff) {
    r.report('RDB_ARRAY', start, 'a cell with the index 2^64 - 1')
  }
  visit?.cell(big(c))
  const tag = readLength(c)
  if (tag > 3) throw new FormatError('RDB_ARRAY', start, `tag ${tag} is none of an array's`)
  if (tag === 1) {
    c.u64le()
    if (visit) giveText(visit, BigInt.asIntN(64, big(c)).toString())
  } else if (tag === 2) {
    const value = c.f64le()
    if (visit) giveText(visit, floatText(value))
  } else {
    readCellString(r, visit, tag === 3, start)
  }
}

function readCellString(r: RdbReader, visit: Visit, small: boolean, start: number): void {
  const {c} = r
  try {
    if (!visit && !small) return void readPieces(c, null, r.deep)
    readString(c)
  } catch (error) {
    return r.reportError(error, 'cell')
  }
  if (small && c.end - c.start > 7) r.report('RDB_ARRAY', start, 'a small string over 7 bytes')
  visit?.value(c.memory, c.start, c.end)
}

function giveText(visit: ValueVisitor, text: string): void {
  const bytes = encoder.encode(text)
  visit.value(bytes, 0, bytes.length)
}

/** Text of a float cell: integral values in plain decimal with `.0`. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return /[.e]/.test(text) || !Number.isFinite(value) ? text : `${text}.0`
}

/** Types 30 and 32: the fields stand in a HASH_TEMPLATE record before. */
export function readTemplateReference(r: RdbReader, visit: Visit, listpack: boolean): void {
  const {c} = r
  if (listpack) return readTemplateListpack(r, visit, null)
  const start = c.offset
  const id = readBigLength(c)
  const fields = r.templates.get(id)
  if (!fields) {
    throw new FormatError('RDB_TEMPLATE', start, `no template has the id ${id}`)
  }
  readTemplateValues(r, visit, fields)
}

/** Types 29 and 31, of DUMP payloads: the fields stand in the value. */
export function readTemplateInline(r: RdbReader, visit: Visit, listpack: boolean): void {
  const {c} = r
  const start = c.offset
  const form = readLength(c)
  const fields: Uint8Array[] = []
  if (form === 1) {
    for (let left = readCount(c, 1, 'fields'); left > 0; left--) fields.push(copyString(c))
  } else if (form === 0) {
    fields.push(...readFieldListpack(r))
  } else throw new FormatError('RDB_TEMPLATE', start, `form ${form} of a template is unknown`)
  if (listpack) readTemplateListpack(r, visit, fields)
  else readTemplateValues(r, visit, fields)
}

function readTemplateValues(r: RdbReader, visit: Visit, fields: Uint8Array[]): void {
  const {c} = r
  visit?.begin('hash', r.type, fields.length)
  for (const field of fields) {
    visit?.field(field, 0, field.length)
    try {
      if (!visit) readPieces(c, null, r.deep)
      else {
        readString(c)
        visit.value(c.memory, c.start, c.end)
      }
    } catch (error) {
      r.reportError(error)
    }
  }
  visit?.end()
}

/** Spans of all entries of the listpack in [c.start, c.end), or null when it is damaged. */
function readEntries(r: RdbReader): [start: number, end: number][] | null {
  const {c} = r
  const {start, end} = c
  const problem = c.kernel.listpackCheck(start, end, 0, 0)
  if (problem !== 0) {
    packedFault(r, 'listpack', problem, r.typeOffset)
    return null
  }
  const count = c.view.getUint32(REGISTERS + REG_COUNT, true)
  if (count > 4096) {
    r.report('RDB_TEMPLATE', r.typeOffset, `a template hash of ${count} entries`)
    return null
  }
  c.kernel.listpackRead(start + 6, end, count)
  return spans(c, count)
}

function spans(c: Cursor, count: number): [start: number, end: number][] {
  return Array.from({length: count}, (_, i) => [
    c.view.getUint32(SPANS + i * 8, true),
    c.view.getUint32(SPANS + i * 8 + 4, true),
  ])
}

function readFieldListpack(r: RdbReader): Uint8Array[] {
  const {c} = r
  readString(c)
  return (readEntries(r) ?? []).map(([start, end]) => c.memory.slice(start, end))
}

function readTemplateListpack(r: RdbReader, visit: Visit, inline: Uint8Array[] | null): void {
  const {c} = r
  try {
    readString(c)
  } catch (error) {
    return r.reportError(error, 'listpack')
  }
  const entries = readEntries(r)
  if (!entries) return
  const [id, ...values] = entries
  const fields = inline ?? (id ? r.templates.get(textId(c, id)) : undefined)
  if (!fields || fields.length !== values.length) {
    const problem = fields ? `has ${fields.length} fields, the hash ${values.length}` : 'is unknown'
    return r.report('RDB_TEMPLATE', r.typeOffset, `the template of this hash ${problem}`)
  }
  visit?.begin('hash', r.type, fields.length)
  for (let i = 0; visit && i < fields.length; i++) {
    visit.field(fields[i], 0, fields[i].length)
    visit.value(c.memory, values[i][0], values[i][1])
  }
  visit?.end()
}

function textId(c: Cursor, [start, end]: [number, number]): bigint {
  const text = String.fromCharCode(...c.memory.subarray(start, Math.min(end, start + 20)))
  return /^\d+$/.test(text) ? BigInt(text) : -1n
}

/** Dragonfly's JSON (a string), hash and set with expiries, which are seconds from an epoch of its own. */
export function readDragonflyTuples(r: RdbReader, visit: Visit, strings: 2 | 3): void {
  const {c} = r
  if (visit) {
    throw new FormatError('UNSUPPORTED', r.typeOffset, 'a Dragonfly value with member expiries')
  }
  for (let left = readCount(c, strings, 'members') * strings; left > 0; left--) {
    readPieces(c, null, r.deep)
  }
}
