import type {RecordFields} from './opcodes.ts'
import {RdbOpcode} from './types.ts'

const encoder = new TextEncoder()

/**
 * The code of a function library as servers hold it; null for another record. Those of the 7.0 release candidates have their name
 * beside the code: released servers put it in front. (There was one engine then.) Source: rdbFunctionLoad() in rdb.c of 7.0.
 */
export function libraryCode({name, value}: RecordFields, opcode: number): Uint8Array | null {
  if (opcode === RdbOpcode.FUNCTION2) return value
  if (opcode !== RdbOpcode.FUNCTION_PRE_GA) return null
  const [before, after] = [encoder.encode('#!LUA name='), encoder.encode('\n')]
  const code = new Uint8Array(before.length + name.length + after.length + value.length)
  let at = 0
  for (const part of [before, name, after, value]) {
    code.set(part, at)
    at += part.length
  }
  return code
}
