/** Commands about the server, as one answers that is idle and has nothing to do. Source: server.c, slowlog.c, latency.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
import {save} from './persistence.ts'
import type {Session} from './session.ts'

function acl(_session: Session, call: ReadCall, reply: ReplyWriter): void {
  if (call.is(1, 'WHOAMI')) return reply.text('default')
  if (call.is(1, 'USERS')) {
    reply.array(1)
    return reply.text('default')
  }
  throw new CommandError('ERR there are no users here but default')
}

function slowlog(_session: Session, call: ReadCall, reply: ReplyWriter): void {
  if (call.is(1, 'LEN')) reply.integer(0)
  else if (call.is(1, 'RESET')) reply.simple('OK')
  else reply.array(0)
}

function latency(_session: Session, call: ReadCall, reply: ReplyWriter): void {
  if (call.is(1, 'RESET')) reply.integer(0)
  else if (call.is(1, 'HISTOGRAM')) reply.map(0)
  else if (call.is(1, 'DOCTOR')) {
    reply.verbatim('I am only reading a file: there is no latency to speak of.\n')
  } else if (call.is(1, 'LATEST') || call.is(1, 'HISTORY')) reply.array(0)
  else throw new CommandError('ERR there are no samples of latency')
}

function time({server}: Session, _call: ReadCall, reply: ReplyWriter): void {
  const ms = server.now()
  reply.array(2)
  reply.text(String(Math.floor(ms / 1000)))
  reply.text(String((ms % 1000) * 1000))
}

/** SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE]: where there is somewhere to save to, that is done unless NOSAVE says otherwise. */
function shutdown(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const {server} = session
  const given = Array.from({length: call.argc - 1}, (_, i) => call.text(i + 1).toUpperCase())
  if (given.some((word) => !/^(NOSAVE|SAVE|NOW|FORCE)$/.test(word))) throw syntaxError()
  const [saves, omits] = ['SAVE', 'NOSAVE'].map((word) => given.includes(word))
  if (saves && omits) throw syntaxError()
  try {
    if (saves || (!omits && server.persistence.save !== null)) save(server)
  } catch (error) {
    if (!(error instanceof CommandError) || !given.includes('FORCE')) throw error
  }
  session.closing = true
  reply.simple('OK')
  server.shutDown()
}

/** Who speaks HTTP was sent here by someone else's page: nothing is answered. Source: securityWarningCommand(). */
function foreign(session: Session): void {
  session.closing = true
}

export const SERVER_ANSWERS: AnswerRows = [
  ['ACL', acl],
  ['SLOWLOG', slowlog],
  ['LATENCY', latency],
  ['TIME', time],
  ['SHUTDOWN', shutdown],
  ['POST', foreign],
  ['HOST:', foreign],
  [
    'MODULE',
    (_session, call, reply) => {
      if (!call.is(1, 'LIST')) throw new CommandError('ERR there are no modules here')
      reply.array(0)
    },
  ],
]
