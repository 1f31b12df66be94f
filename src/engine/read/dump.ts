import {createKernel} from '../../formats/kernel/kernel.ts'
import {DumpWriter} from '../../formats/rdb/dump-writer.ts'
import {logicalOf} from '../values/kinds.ts'
import {VALUE_OPS} from '../values/table.ts'
import type {ReadCall} from './read-call.ts'

/** Newest version of Redis 7.2, which all servers since read. */
const VERSION = 11

/** What DUMP answers. Valid until the next call. */
export function dumpPayload(call: ReadCall, entry: number): Uint8Array {
  const {keyspace, db} = call
  const {module} = keyspace.arena.kernel
  call.dumper ??= new DumpWriter(
    createKernel(module),
    call.rules?.target ?? {dialect: 'redis', version: VERSION},
  )
  call.dumper.begin()
  VALUE_OPS[logicalOf(db.kind(entry))].visit(keyspace, entry, call.dumper.visitor)
  return call.dumper.end()
}
