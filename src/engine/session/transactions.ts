/** MULTI and its like. Nothing changes what is watched. Source: multi.c. */
import {CommandError} from '../call.ts'
import type {AnswerRows} from './answer.ts'

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
      session.endTransaction()
      if (queueFailed) {
        throw new CommandError('EXECABORT Transaction discarded because of previous errors.')
      }
      reply.array(queue.length)
      for (const {command, words} of queue) server.runQueued(session, command, words)
    },
  ],
  [
    'WATCH',
    (session, call, reply) => {
      if (session.queue !== null) throw new CommandError('ERR WATCH inside MULTI is not allowed')
      session.watches += call.argc - 1
      reply.simple('OK')
    },
  ],
  [
    'UNWATCH',
    (session, _call, reply) => {
      session.watches = 0
      reply.simple('OK')
    },
  ],
]
