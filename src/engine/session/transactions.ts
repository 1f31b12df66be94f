/** MULTI and its like. Source: multi.c. */
import {CommandError} from '../call.ts'
import type {AnswerRows} from './answer.ts'
import {databaseOf, keyId, keyOf} from './key-id.ts'
import type {Session} from './session.ts'

/** Has what it watches changed? A key whose time is over by now has. */
function isStale({isStale, watched, server: {keyspace, call}}: Session): boolean {
  if (isStale) return true
  for (const id of watched) {
    const db = keyspace.database(databaseOf(id))
    const key = keyOf(id)
    const entry = db.find(key, 0, key.length)
    if (entry !== 0 && call.isOver(db, entry)) return true
  }
  return false
}

export const TRANSACTION_ANSWERS: AnswerRows = [
  [
    'MULTI',
    (session, _call, reply) => {
      if (session.queue !== null) throw new CommandError('ERR MULTI calls can not be nested')
      session.queue = []
      reply.simple('OK')
    },
  ],
  [
    'DISCARD',
    (session, _call, reply) => {
      if (session.queue === null) throw new CommandError('ERR DISCARD without MULTI')
      session.endTransaction()
      reply.simple('OK')
    },
  ],
  [
    'EXEC',
    (session, _call, reply) => {
      const {queue, queueFailed, server} = session
      if (queue === null) throw new CommandError('ERR EXEC without MULTI')
      const stale = isStale(session)
      session.endTransaction()
      if (queueFailed) {
        throw new CommandError('EXECABORT Transaction discarded because of previous errors.')
      }
      if (stale) return reply.noArray()
      const {call} = server
      call.mayWait = false
      reply.array(queue.length)
      for (const {command, words} of queue) server.runQueued(session, command, words)
    },
  ],
  [
    'WATCH',
    (session, call, reply) => {
      if (session.queue !== null) throw new CommandError('ERR WATCH inside MULTI is not allowed')
      for (let i = 1; i < call.argc; i++) {
        const {memory, starts, ends, dbNumber} = call
        // What is over already does not change any more.
        call.lookup(dbNumber, memory, starts[i], ends[i])
        session.server.watches.watch(session, keyId(dbNumber, memory, starts[i], ends[i]))
      }
      reply.simple('OK')
    },
  ],
  [
    'UNWATCH',
    (session, _call, reply) => {
      session.server.watches.leave(session)
      reply.simple('OK')
    },
  ],
]
