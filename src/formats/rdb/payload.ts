import {FormatError} from '../errors.ts'
import {ATTRIBUTE_OPCODES} from './opcodes.ts'
import type {RdbReader} from './reader.ts'
import {type Dialect, RdbOpcode, TYPES} from './types.ts'

/** Stand at the value of a DUMP payload, which has no key: [key metadata] type value. The cursor is at its first byte. */
export function beginPayload(r: RdbReader, dialect: Dialect, version: number): void {
  const {c} = r
  r.dialect = dialect
  r.version = version
  r.dropAttributes()
  let offset = c.offset
  let type = c.u8()
  const keyMeta = type === RdbOpcode.KEY_META ? ATTRIBUTE_OPCODES[dialect][type] : undefined
  if (keyMeta) {
    keyMeta(r)
    offset = c.offset
    type = c.u8()
  }
  const row = TYPES[dialect][type]
  if (row === undefined) throw new FormatError('RDB_OPCODE', offset, 'a payload of no known type')
  r.offset = offset
  r.typeOffset = offset
  r.type = type
  r.logical = row.logical
}
