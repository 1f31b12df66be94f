import {Cursor} from '../formats/bytes/cursor.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'

/** EOF, then a checksum. */
const END = 9

/** Does this file end as a snapshot does that nothing follows? It may be one all the same: before RDB 5 there was no checksum. */
export function endsAsRdb(host: Host, path: string): boolean {
  const {size, head, repeatable, wrapped} = host.open(path, {crc: false})
  if (!repeatable || wrapped.length > 0 || size < END * 2) return false
  if (detectHead(head).kind !== 'rdb') return false
  const offset = size - END
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false, offset}), offset)
  return !c.atEnd() && c.memory[c.next] === RdbOpcode.EOF
}
