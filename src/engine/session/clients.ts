/** CLIENT. Source: clientCommand() in networking.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {Answer, AnswerRows} from './answer.ts'
import {checkedName} from './client-name.ts'
import type {Session} from './session.ts'

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
    `cmd=${session.lastCommand.toLowerCase()} user=default redir=-1 resp=${session.resp3 ? 3 : 2}`,
    `lib-name=${session.libraryName} lib-ver=${session.libraryVersion}`,
  ].join(' ')
}

/** `CLIENT SUB`, by its name. */
const SUBS: Readonly<Record<string, Answer>> = {
  ID: ({id}, _call, reply) => reply.integer(id),
  INFO: (session, _call, reply) => reply.verbatim(`${line(session)}\n`),
  LIST: list,
  GETNAME({name}, _call, reply) {
    if (name === '') reply.nothing()
    else reply.text(name)
  },
  SETNAME(session, call, reply) {
    session.name = checkedName(call.text(2))
    reply.simple('OK')
  },
  SETINFO: setInfo,
  KILL: kill,
  PAUSE: pause,
  UNPAUSE({server}, _call, reply) {
    server.pause.end()
    reply.simple('OK')
  },
  REPLY: setReplies,
  UNBLOCK: unblock,
  GETREDIR: (_session, _call, reply) => reply.integer(-1),
  'NO-EVICT': onOrOff,
  'NO-TOUCH': onOrOff,
}

function client(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const sub = call.text(1).toUpperCase()
  const answer = SUBS[sub]
  if (answer === undefined) throw new CommandError(`ERR CLIENT ${sub} is not answered here`)
  answer(session, call, reply)
}

/** CLIENT LIST [TYPE type] [ID id ...] */
function list({server}: Session, call: ReadCall, reply: ReplyWriter): void {
  let chosen = [...server.sessions.values()]
  if (call.argc === 4 && call.is(2, 'TYPE')) {
    const type = clientType(call.text(3))
    chosen = chosen.filter((each) => typeOf(each) === type)
  } else if (call.argc > 3 && call.is(2, 'ID')) {
    const ids = Array.from({length: call.argc - 3}, (_, i) => clientId(call, i + 3))
    chosen = ids.flatMap((id) => server.sessions.get(id) ?? [])
  } else if (call.argc !== 2) throw syntaxError()
  reply.verbatim(chosen.map((each) => `${line(each)}\n`).join(''))
}

function typeOf({isReplica, subscriptions}: Session): string {
  if (isReplica) return 'replica'
  return subscriptions > 0 ? 'pubsub' : 'normal'
}

function clientType(text: string): string {
  const type = text.toLowerCase()
  if (type === 'slave') return 'replica'
  if (/^(normal|pubsub|master|replica)$/.test(type)) return type
  throw new CommandError(`ERR Unknown client type '${text}'`)
}

function clientId(call: ReadCall, i: number): number {
  const text = call.text(i)
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new CommandError('ERR client-id should be greater than 0')
}

/** CLIENT KILL address, or what all of the filters agree on: ID, TYPE, USER, ADDR, LADDR, and SKIPME yes (default) or no. */
function kill(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const {sessions} = session.server
  if (call.argc === 3) {
    const found = [...sessions.values()].find(({address}) => address === call.text(2))
    if (found === undefined) throw new CommandError('ERR No such client')
    hangUp(found, session)
    return reply.simple('OK')
  }
  if (call.argc % 2 !== 0) throw syntaxError()
  let skipsMe = true
  let chosen = [...sessions.values()]
  for (let i = 2; i < call.argc; i += 2) {
    const text = call.text(i + 1)
    if (call.is(i, 'SKIPME')) {
      if (!/^(yes|no)$/i.test(text)) throw syntaxError()
      skipsMe = /^yes$/i.test(text)
    } else {
      const matches = killFilter(call, i)
      chosen = chosen.filter(matches)
    }
  }
  chosen = chosen.filter((each) => each !== session || !skipsMe)
  for (const each of chosen) hangUp(each, session)
  reply.integer(chosen.length)
}

function killFilter(call: ReadCall, i: number): (session: Session) => boolean {
  const text = call.text(i + 1)
  if (call.is(i, 'ID')) {
    const id = clientId(call, i + 1)
    return (each) => each.id === id
  }
  if (call.is(i, 'TYPE')) {
    const type = clientType(text)
    return (each) => typeOf(each) === type
  }
  if (call.is(i, 'USER')) {
    if (text !== 'default') throw new CommandError(`ERR No such user '${text}'`)
    return () => true
  }
  if (call.is(i, 'ADDR')) return ({address}) => address === text
  if (call.is(i, 'LADDR')) return ({localAddress}) => localAddress === text
  throw syntaxError()
}

/** Who ends itself is answered first. */
function hangUp(session: Session, by: Session): void {
  if (session === by) session.closing = true
  else session.drop()
}

/** CLIENT PAUSE ms [WRITE | ALL] */
function pause({server}: Session, call: ReadCall, reply: ReplyWriter): void {
  const writesOnly = call.argc === 4 && call.is(3, 'WRITE')
  if (call.argc > 4 || (call.argc === 4 && !writesOnly && !call.is(3, 'ALL'))) {
    throw new CommandError('ERR CLIENT PAUSE mode must be WRITE or ALL')
  }
  const text = call.text(2)
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new CommandError('ERR timeout is not an integer or out of range')
  }
  if (Number(text) < 0) throw new CommandError('ERR timeout is negative')
  server.pause.begin(Number(text), writesOnly)
  reply.simple('OK')
}

/** CLIENT REPLY ON | OFF | SKIP */
function setReplies(session: Session, call: ReadCall, reply: ReplyWriter): void {
  if (call.is(2, 'ON')) {
    session.replies = 'on'
    reply.simple('OK')
  } else if (call.is(2, 'OFF')) session.replies = 'off'
  else if (!call.is(2, 'SKIP')) throw syntaxError()
  // Neither this one nor the next.
  else if (session.replies === 'on') session.replies = 'skip'
}

function onOrOff(_session: Session, call: ReadCall, reply: ReplyWriter): void {
  if (!call.is(2, 'ON') && !call.is(2, 'OFF')) throw syntaxError()
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

function setInfo(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const value = call.text(3)
  const option = call.text(2).toLowerCase()
  if (!/^[!-~]*$/.test(value)) {
    throw new CommandError(`ERR ${option} cannot contain spaces, newlines or special characters.`)
  }
  if (option === 'lib-name') session.libraryName = value
  else if (option === 'lib-ver') session.libraryVersion = value
  else throw new CommandError(`ERR Unrecognized option '${call.text(2)}'`)
  reply.simple('OK')
}

export const CLIENT_ANSWERS: AnswerRows = [['CLIENT', client]]
