/** What answers each command that reads; the counterpart of apply/table.ts. */
import {BIT_READS} from './bits.ts'
import {FUNCTION_READS} from './functions.ts'
import {GEO_READS} from './geo.ts'
import {HASH_READS} from './hashes.ts'
import {KEYSPACE_READS} from './keyspace.ts'
import {LIST_READS} from './lists.ts'
import type {Read} from './read-call.ts'
import {SCAN_READS} from './scan.ts'
import {SET_READS} from './sets.ts'
import {SORT_READS} from './sort.ts'
import {SORTED_SET_READS} from './sorted-sets.ts'
import {STREAM_GROUP_READS} from './stream-groups.ts'
import {STREAM_INFO_READS} from './stream-info.ts'
import {STREAM_READS} from './streams.ts'
import {STRING_READS} from './strings.ts'

export const READS: ReadonlyMap<string, Read> = new Map([
  ...STRING_READS,
  ...BIT_READS,
  ...LIST_READS,
  ...SET_READS,
  ...HASH_READS,
  ...SORTED_SET_READS,
  ...GEO_READS,
  ...SORT_READS,
  ...STREAM_READS,
  ...STREAM_GROUP_READS,
  ...STREAM_INFO_READS,
  ...KEYSPACE_READS,
  ...FUNCTION_READS,
  ...SCAN_READS,
])
