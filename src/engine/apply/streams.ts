/**
 * Commands of streams. What a server takes from its clock at replay is `call.nowMs` here: ids of `XADD *`, when a consumer was
 * seen and active, delivery times that are not given.
 */
import type {Apply} from '../call.ts'
import {STREAM_PRODUCERS_APPLY} from './stream-producers.ts'
import {STREAMS_ADD_APPLY} from './streams-add.ts'
import {STREAM_AUTOCLAIM_APPLY} from './streams-autoclaim.ts'
import {STREAM_CLAIM_APPLY} from './streams-claim.ts'
import {STREAM_GROUPS_APPLY} from './streams-groups.ts'
import {STREAM_NEWEST_APPLY} from './streams-newest.ts'
import {STREAM_READ_APPLY} from './streams-read.ts'

export const STREAMS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ...STREAMS_ADD_APPLY,
  ...STREAM_AUTOCLAIM_APPLY,
  ...STREAM_CLAIM_APPLY,
  ...STREAM_GROUPS_APPLY,
  ...STREAM_NEWEST_APPLY,
  ...STREAM_PRODUCERS_APPLY,
  ...STREAM_READ_APPLY,
]
