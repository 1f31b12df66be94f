/** Command name to the function that applies it, as a log is replayed. A new command is one row here and one in commands/. */
import type {Apply} from '../call.ts'
import {ARRAYS_APPLY} from './arrays.ts'
import {BITMAPS_APPLY} from './bitmaps.ts'
import {FUNCTIONS_APPLY} from './functions.ts'
import {GEO_APPLY} from './geo.ts'
import {HASHES_APPLY} from './hashes.ts'
import {HYPERLOGLOG_APPLY} from './hyperloglog.ts'
import {KEYSPACE_APPLY} from './keyspace.ts'
import {LISTS_APPLY} from './lists.ts'
import {RESTORE_APPLY} from './restore.ts'
import {SETS_APPLY} from './sets.ts'
import {SORT_APPLY} from './sort.ts'
import {STREAMS_APPLY} from './streams.ts'
import {STRINGS_APPLY} from './strings.ts'
import {ZSETS_APPLY} from './zsets.ts'

export const APPLIES: ReadonlyMap<string, Apply> = new Map([
  ...ARRAYS_APPLY,
  ...BITMAPS_APPLY,
  ...FUNCTIONS_APPLY,
  ...GEO_APPLY,
  ...HASHES_APPLY,
  ...HYPERLOGLOG_APPLY,
  ...KEYSPACE_APPLY,
  ...LISTS_APPLY,
  ...RESTORE_APPLY,
  ...SETS_APPLY,
  ...SORT_APPLY,
  ...STREAMS_APPLY,
  ...STRINGS_APPLY,
  ...ZSETS_APPLY,
])
