/**
 * Module data, which describes itself well enough to step over it.
 *
 *     id       u64 as a length: nine letters of 6 bits, then 10 bits of encoding version
 *     items    length opcode, data … until opcode 0
 *       1 SINT length | 2 UINT length | 3 FLOAT 4 bytes | 4 DOUBLE 8 bytes | 5 STRING string
 *
 * Source: moduleTypeNameByID() in module.c, rdbLoadCheckModuleValue() in rdb.c.
 */
import {FormatError} from '../errors.ts'
import {big, readLength, readLength64, readPieces} from './primitives.ts'
import type {RdbReader} from './reader.ts'
import type {ValueVisitor} from './visitor.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export const ModuleOpcode = {EOF: 0, SINT: 1, UINT: 2, FLOAT: 3, DOUBLE: 4, STRING: 5} as const

/** Name and encoding version of a module type from the two halves of its id. */
export function moduleName(high: number, low: number): [name: string, version: number] {
  const id = (BigInt(high) << 32n) | BigInt(low)
  let name = ''
  for (let letter = 0; letter < 9; letter++) {
    name += LETTERS[Number((id >> BigInt(58 - 6 * letter)) & 63n)]
  }
  return [name, low & 1023]
}

/** A module that Redis has had built in since 8.0. */
const VECTOR_SET = 'vectorset'

export const isVectorSet = (id: bigint): boolean =>
  moduleName(Number(id >> 32n), Number(id & 0xffffffffn))[0] === VECTOR_SET

/** Step over module items up to and with their EOF, or give them to `visit`. @throws FormatError `RDB_MODULE`. */
export function skipModuleItems(r: RdbReader, visit: ValueVisitor | null): void {
  const {c} = r
  for (;;) {
    const start = c.offset
    const opcode = readLength(c)
    switch (opcode) {
      case ModuleOpcode.EOF:
        return
      case ModuleOpcode.SINT:
      case ModuleOpcode.UINT:
        readLength64(c)
        visit?.moduleItem(opcode, integer(opcode, big(c)), c.memory, 0, 0)
        break
      case ModuleOpcode.FLOAT: {
        const at = c.take(4)
        visit?.moduleItem(opcode, c.view.getFloat32(at, true), c.memory, at, at + 4)
        break
      }
      case ModuleOpcode.DOUBLE: {
        const at = c.take(8)
        visit?.moduleItem(opcode, c.view.getFloat64(at, true), c.memory, at, at + 8)
        break
      }
      case ModuleOpcode.STRING:
        readModuleString(r, visit)
        break
      default:
        throw new FormatError('RDB_MODULE', start, `opcode ${opcode} is none of a module's`)
    }
  }
}

const integer = (opcode: number, bits: bigint): bigint =>
  opcode === ModuleOpcode.SINT ? BigInt.asIntN(64, bits) : bits

/** Strings of modules reach the visitor in pieces: equal items in a row, the last one marked by value 0. */
function readModuleString(r: RdbReader, visit: ValueVisitor | null): void {
  const {c} = r
  try {
    if (!visit) return void readPieces(c, null, r.deep)
    visit.moduleItem(ModuleOpcode.STRING, 1, c.memory, 0, 0)
    readPieces(c, visit, true)
    visit.moduleItem(ModuleOpcode.STRING, 0, c.memory, 0, 0)
  } catch (error) {
    r.reportError(error, 'module string')
  }
}
