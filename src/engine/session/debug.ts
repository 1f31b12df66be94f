/** DEBUG, where it was asked for on the command line. Source: debug.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError} from '../call.ts'
import {DebugDigest} from '../digest/debug-digest.ts'
import {arenaMemory, digestKeyspace} from '../digest/keyspace-digest.ts'
import {DIGEST_RULES, type DigestRules, serverOf} from '../digest/rules.ts'
import {dumpPayload} from '../read/dump.ts'
import type {ReadCall} from '../read/read-call.ts'
import {logicalOf} from '../values/kinds.ts'
import {VALUE_OPS} from '../values/table.ts'
import type {AnswerRows} from './answer.ts'
import type {Session} from './session.ts'

const NOT_ALLOWED =
  'ERR DEBUG command not allowed. Start respite serve with --debug to have it answered.'

const NO_DIGEST = '0'.repeat(40)

/** The engine holds a small -0 as the server does: nothing is left to guess, as it is for a file. */
const rulesOf = ({server}: Session): DigestRules => ({
  ...DIGEST_RULES[serverOf(server.options.producer) ?? '7.4'],
  smallZeros: false,
})

function debug(session: Session, call: ReadCall, reply: ReplyWriter): void {
  if (!session.server.options.debug) throw new CommandError(NOT_ALLOWED)
  if (call.is(1, 'DIGEST') && call.argc === 2) {
    const {keyspace} = session.server
    const digest = new DebugDigest(arenaMemory(keyspace.arena), rulesOf(session))
    digestKeyspace(keyspace, digest)
    return reply.simple(digest.finish())
  }
  if (call.is(1, 'DIGEST-VALUE')) return digestValues(session, call, reply)
  if (call.is(1, 'SLEEP') && call.argc === 3) {
    session.sleepMs = Math.max(0, Number(call.text(2)) * 1000) || 0
    return reply.simple('OK')
  }
  if (call.is(1, 'OBJECT') && call.argc >= 3) return object(call, reply)
  throw new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${call.text(1).slice(0, 128)}'. Try DEBUG HELP.`,
  )
}

/** Digest of the value under each key, zeros where there is none. */
function digestValues(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const {keyspace, db} = call
  reply.array(call.argc - 2)
  for (let i = 2; i < call.argc; i++) {
    const entry = call.find(i)
    if (entry === 0) {
      reply.text(NO_DIGEST)
      continue
    }
    const digest = new DebugDigest(arenaMemory(keyspace.arena), rulesOf(session), true)
    const logical = logicalOf(db.kind(entry))
    digest.beginEntry(
      call.dbNumber,
      logical,
      db.keyStart(entry),
      db.keyEnd(entry),
      db.expiresAtMs(entry),
    )
    VALUE_OPS[logical].visit(keyspace, entry, digest)
    digest.endEntry()
    reply.text(digest.valueHex())
  }
}

function object(call: ReadCall, reply: ReplyWriter): void {
  const entry = call.find(2)
  if (entry === 0) throw new CommandError('ERR no such key')
  const encoding = VALUE_OPS[logicalOf(call.db.kind(entry))].encoding(call.keyspace, entry)
  const {length} = dumpPayload(call, entry)
  // Without the type and the footer.
  const fields = `refcount:1 encoding:${encoding} serializedlength:${length - 11} lru:0 lru_seconds_idle:0`
  reply.simple(`Value at:0x${entry.toString(16)} ${fields}`)
}

export const DEBUG_ANSWERS: AnswerRows = [['DEBUG', debug]]
