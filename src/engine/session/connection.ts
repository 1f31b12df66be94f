/** Commands about the connection. Source: networking.c, acl.c. */

import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
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

function checkedName(name: string): string {
  if (/^[!-~]*$/.test(name)) return name
  throw new CommandError('ERR Client names cannot contain spaces, newlines or special characters.')
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

/** As CLIENT LIST prints a client. */
function line(session: Session): string {
  const {id, address, localAddress, name, db, server, queue, watched} = session
  const {input, output} = session.held()
  const seconds = (ms: number) => Math.floor((server.clock() - ms) / 1000)
  const {subscriptions, isStale, waiting} = session
  const marks = [
    subscriptions > 0 ? 'P' : '',
    queue ? 'x' : '',
    waiting ? 'b' : '',
    session.isReplica ? 'S' : '',
  ]
  const flags = [...marks, isStale ? 'd' : ''].join('') || 'N'
  return [
    `id=${id} addr=${address} laddr=${localAddress} fd=0 name=${name}`,
    `age=${seconds(session.createdMs)} idle=${seconds(session.activeMs)} flags=${flags} db=${db}`,
    `sub=${session.channels.size} psub=${session.patterns.size} ssub=${session.shardChannels.size}`,
    `multi=${queue ? queue.length : -1} watch=${watched.size} qbuf=${input} qbuf-free=0 argv-mem=0 multi-mem=0`,
    `rbs=0 rbp=0 obl=0 oll=0 omem=${output} tot-mem=${input + output} events=r`,
    `cmd=${session.lastCommand.toLowerCase()} user=${USER} redir=-1 resp=${session.resp3 ? 3 : 2}`,
    `lib-name=${session.libraryName} lib-ver=${session.libraryVersion}`,
  ].join(' ')
}

function client(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const sub = call.text(1).toUpperCase()
  if (sub === 'ID') return reply.integer(session.id)
  if (sub === 'INFO') return reply.verbatim(`${line(session)}\n`)
  if (sub === 'LIST') {
    const lines = [...session.server.sessions.values()].map((each) => `${line(each)}\n`)
    return reply.verbatim(lines.join(''))
  }
  if (sub === 'GETNAME') {
    if (session.name === '') return reply.nothing()
    return reply.text(session.name)
  }
  if (sub === 'SETNAME') session.name = checkedName(call.text(2))
  else if (sub === 'SETINFO') setInfo(session, call)
  else if (sub === 'UNBLOCK') return unblock(session, call, reply)
  else if (sub === 'NO-EVICT' || sub === 'NO-TOUCH') {
    if (!call.is(2, 'ON') && !call.is(2, 'OFF')) throw syntaxError()
  } else throw new CommandError(`ERR CLIENT ${sub} is not answered here`)
  reply.simple('OK')
}

/** CLIENT UNBLOCK id [TIMEOUT | ERROR] */
function unblock({server}: Session, call: ReadCall, reply: ReplyWriter): void {
  const wantsError = call.argc === 4 && call.is(3, 'ERROR')
  if (call.argc > 4 || (call.argc === 4 && !wantsError && !call.is(3, 'TIMEOUT'))) {
    throw new CommandError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR')
  }
  const waiting = server.sessions.get(Number(call.bigint(2)))?.waiting ?? null
  if (waiting === null) return reply.integer(0)
  if (wantsError) server.waiters.unblock(waiting)
  else server.waiters.isOver(waiting)
  reply.integer(1)
}

function setInfo(session: Session, call: ReadCall): void {
  const value = call.text(3)
  const option = call.text(2).toLowerCase()
  if (!/^[!-~]*$/.test(value)) {
    throw new CommandError(`ERR ${option} cannot contain spaces, newlines or special characters.`)
  }
  if (option === 'lib-name') session.libraryName = value
  else if (option === 'lib-ver') session.libraryVersion = value
  else throw new CommandError(`ERR Unrecognized option '${call.text(2)}'`)
}

export const CONNECTION_ANSWERS: AnswerRows = [
  ['PING', ping],
  ['ECHO', (_session, call, reply) => reply.bulk(call.memory, call.starts[1], call.ends[1])],
  ['AUTH', auth],
  ['HELLO', hello],
  ['SELECT', select],
  ['RESET', reset],
  ['CLIENT', client],
  [
    'QUIT',
    (session, _call, reply) => {
      session.closing = true
      reply.simple('OK')
    },
  ],
]
