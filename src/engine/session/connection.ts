/** Commands about the connection. Source: networking.c, acl.c. */

import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
import {checkedName} from './client-name.ts'
import {timingSafeEqual} from './equal.ts'
import type {Session} from './session.ts'

const USER = 'default'
const WRONG_PASS = 'WRONGPASS invalid username-password pair or user is disabled.'
const NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?'

function ping({resp3, subscriptions}: Session, call: ReadCall, reply: ReplyWriter): void {
  if (call.argc > 2) throw new CommandError("ERR wrong number of arguments for 'ping' command")
  const {memory, starts, ends} = call
  if (subscriptions > 0 && !resp3) {
    reply.array(2)
    reply.text('pong')
    if (call.argc === 2) reply.bulk(memory, starts[1], ends[1])
    else reply.text('')
  } else if (call.argc === 2) reply.bulk(memory, starts[1], ends[1])
  else reply.simple('PONG')
}

function logIn(session: Session, user: string, password: string): void {
  const {password: wanted} = session.server.options
  if (user !== USER || (wanted !== null && !timingSafeEqual(password, wanted))) {
    throw new CommandError(WRONG_PASS)
  }
  session.isIn = true
}

function auth(session: Session, call: ReadCall, reply: ReplyWriter): void {
  if (call.argc > 3) throw syntaxError()
  if (call.argc === 2 && session.server.options.password === null) {
    throw new CommandError(NO_PASSWORD)
  }
  if (call.argc === 2) logIn(session, USER, call.text(1))
  else logIn(session, call.text(1), call.text(2))
  reply.simple('OK')
}

/** HELLO [protocol [AUTH user password] [SETNAME name]] */
function hello(session: Session, call: ReadCall, reply: ReplyWriter): void {
  let protocol = session.resp3 ? 3 : 2
  if (call.argc > 1) {
    if (!/^\d{1,9}$/.test(call.text(1))) {
      throw new CommandError('ERR Protocol version is not an integer or out of range')
    }
    protocol = Number(call.text(1))
    if (protocol !== 2 && protocol !== 3)
      throw new CommandError('NOPROTO unsupported protocol version')
  }
  let name: string | null = null
  for (let i = 2; i < call.argc; i++) {
    const more = call.argc - 1 - i
    if (call.is(i, 'AUTH') && more >= 2) {
      logIn(session, call.text(i + 1), call.text(i + 2))
      i += 2
    } else if (call.is(i, 'SETNAME') && more >= 1) name = checkedName(call.text(++i))
    else throw new CommandError(`ERR Syntax error in HELLO option '${call.text(i)}'`)
  }
  if (!session.isIn) {
    throw new CommandError(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    )
  }
  if (name !== null) session.name = name
  session.resp3 = protocol === 3
  reply.resp3 = session.resp3
  greet(session, reply, protocol)
}

function greet({id, server}: Session, reply: ReplyWriter, protocol: number): void {
  reply.map(7)
  reply.text('server')
  reply.text('redis')
  reply.text('version')
  reply.text(server.redisVersion)
  reply.text('proto')
  reply.integer(protocol)
  reply.text('id')
  reply.integer(id)
  reply.text('mode')
  reply.text('standalone')
  reply.text('role')
  reply.text('master')
  reply.text('modules')
  reply.array(0)
}

function select(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const db = Number(call.bigint(1))
  if (db < 0 || db >= session.server.options.databases) {
    throw new CommandError('ERR DB index is out of range')
  }
  session.db = db
  reply.simple('OK')
}

function reset(session: Session, _call: ReadCall, reply: ReplyWriter): void {
  session.server.channels.leave(session)
  session.endTransaction()
  session.db = 0
  session.resp3 = false
  reply.resp3 = false
  session.name = ''
  session.isIn = session.server.options.password === null
  reply.simple('RESET')
}

export const CONNECTION_ANSWERS: AnswerRows = [
  ['PING', ping],
  ['ECHO', (_session, call, reply) => reply.bulk(call.memory, call.starts[1], call.ends[1])],
  ['AUTH', auth],
  ['HELLO', hello],
  ['SELECT', select],
  ['RESET', reset],
  [
    'QUIT',
    (session, _call, reply) => {
      session.closing = true
      reply.simple('OK')
    },
  ],
]
