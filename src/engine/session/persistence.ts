/** SAVE and its like: whoever has a disk does it. Source: rdb.c, aof.c. */
import {CommandError, syntaxError} from '../call.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
import type {ServedDataset} from './served.ts'

export type InfoFields = readonly (readonly [name: string, value: string | number])[]

/** Keeps the data. Either may be null: it was not asked for. Both return what went wrong, null when all is well. */
export interface Persistence {
  readonly save: (() => string | null) | null
  /** Begin the append-only file anew. */
  readonly rewrite: (() => string | null) | null
  readonly log: ServedLog | null
}

/** When the log has to be on the disk. */
export type Fsync = 'always' | 'everysec' | 'no'

/** They may be changed meanwhile. */
export interface LogRules {
  fsync: Fsync
  /** It begins anew when it has grown by so much; 0: never by itself. */
  rewritePercentage: number
  /** But not below so many bytes. */
  rewriteMinSize: number
  /** It says when commands were written, by the second. */
  timestamps: boolean
}

/** The append-only file. */
export interface ServedLog {
  readonly rules: LogRules
  /** As INFO tells it. */
  fields(): InfoFields
}

export const NO_PERSISTENCE: Persistence = {save: null, rewrite: null, log: null}

/** What SAVE knows of itself. */
export class SaveState {
  lastSaveMs: number
  isOk = true
  /** Of `Call.changes` when it was saved. */
  changes = 0

  constructor(nowMs: number) {
    this.lastSaveMs = nowMs
  }
}

/** @throws CommandError where it cannot be done. */
export function save(server: ServedDataset): void {
  const {persistence, saves, call} = server
  if (persistence.save === null) {
    throw new CommandError(
      'ERR there is nowhere to save to: start respite serve with --writable --save OUT',
    )
  }
  const trouble = persistence.save()
  saves.isOk = trouble === null
  if (trouble !== null) throw new CommandError(`ERR the data was not saved: ${trouble}`)
  saves.lastSaveMs = server.clock()
  saves.changes = call.changes
}

const IN_TRANSACTION = 'ERR Command not allowed inside a transaction'

function rewrite({persistence, call}: ServedDataset): void {
  // What the transaction did so far was not told to the log yet: it would be in the base as well.
  if (!call.mayWait) throw new CommandError(IN_TRANSACTION)
  if (persistence.rewrite === null) {
    throw new CommandError(
      'ERR there is no append-only file: start respite serve with --writable --appendonly DIR',
    )
  }
  const trouble = persistence.rewrite()
  if (trouble !== null) throw new CommandError(`ERR the log was not rewritten: ${trouble}`)
}

export function persistenceFields({persistence, saves, call}: ServedDataset): InfoFields {
  return [
    ['loading', 0],
    ['rdb_changes_since_last_save', call.changes - saves.changes],
    ['rdb_bgsave_in_progress', 0],
    ['rdb_last_save_time', Math.floor(saves.lastSaveMs / 1000)],
    ['rdb_last_bgsave_status', saves.isOk ? 'ok' : 'err'],
    ['aof_enabled', persistence.log === null ? 0 : 1],
    ['aof_rewrite_in_progress', 0],
    ['aof_rewrite_scheduled', 0],
    ...(persistence.log?.fields() ?? []),
  ]
}

/** BGSAVE [SCHEDULE] */
function saveOptions(call: ReadCall): void {
  if (call.argc > 2 || (call.argc === 2 && !call.is(1, 'SCHEDULE'))) throw syntaxError()
}

/** Nothing goes on in the background: clients wait until it is done. */
export const PERSISTENCE_ANSWERS: AnswerRows = [
  [
    'SAVE',
    ({server}, _call, reply) => {
      if (!server.call.mayWait) throw new CommandError(IN_TRANSACTION)
      save(server)
      reply.simple('OK')
    },
  ],
  [
    'BGSAVE',
    ({server}, call, reply) => {
      saveOptions(call)
      save(server)
      reply.simple('Background saving started')
    },
  ],
  [
    'BGREWRITEAOF',
    ({server}, _call, reply) => {
      rewrite(server)
      reply.simple('Background append only file rewriting started')
    },
  ],
  [
    'LASTSAVE',
    ({server: {saves}}, _call, reply) => reply.integer(Math.floor(saves.lastSaveMs / 1000)),
  ],
]
