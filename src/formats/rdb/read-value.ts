/** Type byte to value reader. Supporting a new type is one function and one row. */

import {FormatError} from '../errors.ts'
import {moduleName, skipModuleItems} from './module.ts'
import {big, readLength64} from './primitives.ts'
import {
  readArray,
  readDragonflyTuples,
  readTemplateInline,
  readTemplateReference,
} from './read-array.ts'
import {
  INTSET,
  LISTPACK_HASH,
  LISTPACK_SET,
  LISTPACK_ZSET,
  readExpiringListpack,
  readPacked,
  ZIPLIST_HASH,
  ZIPLIST_LIST,
  ZIPLIST_ZSET,
  ZIPMAP,
} from './read-packed.ts'
import {
  readHash,
  readHashMetadata22,
  readHashMetadata24,
  readList,
  readPathHash,
  readSet,
  readStringValue,
  readValkeyHash,
  readZset1,
  readZset2,
} from './read-plain.ts'
import {readQuicklist, readQuicklist2} from './read-quicklist.ts'
import {readStream} from './read-stream.ts'
import type {RdbReader} from './reader.ts'
import {type Dialect, RdbType} from './types.ts'
import type {ValueVisitor} from './visitor.ts'

type Visit = ValueVisitor | null
type Read = (r: RdbReader, visit: Visit) => void

const COMMON: readonly (readonly [type: number, read: Read])[] = [
  [RdbType.STRING, readStringValue],
  [RdbType.LIST, readList],
  [RdbType.SET, readSet],
  [RdbType.ZSET, readZset1],
  [RdbType.HASH, readHash],
  [RdbType.ZSET_2, readZset2],
  [RdbType.MODULE_PRE_GA, refuseOldModule],
  [RdbType.MODULE_2, readModule],
  [RdbType.HASH_ZIPMAP, (r, visit) => readPacked(r, visit, ZIPMAP)],
  [RdbType.LIST_ZIPLIST, (r, visit) => readPacked(r, visit, ZIPLIST_LIST)],
  [RdbType.SET_INTSET, (r, visit) => readPacked(r, visit, INTSET)],
  [RdbType.ZSET_ZIPLIST, (r, visit) => readPacked(r, visit, ZIPLIST_ZSET)],
  [RdbType.HASH_ZIPLIST, (r, visit) => readPacked(r, visit, ZIPLIST_HASH)],
  [RdbType.LIST_QUICKLIST, readQuicklist],
  [RdbType.STREAM_LISTPACKS, readStream],
  [RdbType.HASH_LISTPACK, (r, visit) => readPacked(r, visit, LISTPACK_HASH)],
  [RdbType.ZSET_LISTPACK, (r, visit) => readPacked(r, visit, LISTPACK_ZSET)],
  [RdbType.LIST_QUICKLIST_2, readQuicklist2],
  [RdbType.STREAM_LISTPACKS_2, readStream],
  [RdbType.SET_LISTPACK, (r, visit) => readPacked(r, visit, LISTPACK_SET)],
  [RdbType.STREAM_LISTPACKS_3, readStream],
]

function table(rows: readonly (readonly [number, Read])[]): readonly (Read | undefined)[] {
  const reads: (Read | undefined)[] = Array.from({length: 256}, () => undefined)
  for (const [type, read] of [...COMMON, ...rows]) reads[type] = read
  return reads
}

const READS: Readonly<Record<Dialect, readonly (Read | undefined)[]>> = {
  redis: table([
    [RdbType.HASH_METADATA_PRE_GA, readHashMetadata22],
    [RdbType.HASH_LISTPACK_EX_PRE_GA, (r, visit) => readExpiringListpack(r, visit, false)],
    [RdbType.HASH_METADATA, readHashMetadata24],
    [RdbType.HASH_LISTPACK_EX, (r, visit) => readExpiringListpack(r, visit, true)],
    [RdbType.STREAM_LISTPACKS_4, readStream],
    [RdbType.STREAM_LISTPACKS_5, readStream],
    [RdbType.ARRAY, readArray],
    [RdbType.HASH_TMPL_LISTPACK, (r, visit) => readTemplateInline(r, visit, true)],
    [RdbType.HASH_TMPL_LISTPACK_REF, (r, visit) => readTemplateReference(r, visit, true)],
    [RdbType.HASH_TMPL_ARRAY, (r, visit) => readTemplateInline(r, visit, false)],
    [RdbType.HASH_TMPL_ARRAY_REF, (r, visit) => readTemplateReference(r, visit, false)],
  ]),
  valkey: table([
    [RdbType.HASH_2, readValkeyHash],
    [RdbType.PATH_HASH, readPathHash],
  ]),
  dragonfly: table([
    [30, readStringValue],
    [31, (r, visit) => readDragonflyTuples(r, visit, 3)],
    [32, (r, visit) => readDragonflyTuples(r, visit, 2)],
  ]),
}

/** Read the value of the reader's current entry; without a visitor step over it, just as verified. */
export function readValueOf(r: RdbReader, visit: Visit): void {
  const read = READS[r.dialect][r.type]
  if (!read) throw new FormatError('RDB_OPCODE', r.typeOffset, `type ${r.type} cannot be read`)
  read(r, visit)
}

/** Type 6 of the 4.0 release candidates has no marks inside: its end cannot be found without the module. */
function refuseOldModule(r: RdbReader): void {
  readLength64(r.c)
  const [name] = moduleName(r.c.high, r.c.low)
  const detail = `a value of module ${name} in the format of the 4.0 release candidates`
  throw new FormatError('UNSUPPORTED', r.typeOffset, detail)
}

function readModule(r: RdbReader, visit: Visit): void {
  const {c} = r
  readLength64(c)
  ;[r.moduleName, r.moduleVersion] = moduleName(c.high, c.low)
  visit?.begin('module', r.type, -1)
  visit?.moduleId(big(c))
  skipModuleItems(r, visit)
  visit?.end()
}
