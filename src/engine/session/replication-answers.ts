/** What replicas ask, and what clients ask of them. Source: replication.c of Redis 7.0. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {indexArgument} from '../apply/index-argument.ts'
import {takeTimeout} from '../apply/streams-read.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
import type {InfoFields} from './persistence.ts'
import type {Replica, Replication} from './replication.ts'
import type {ServedDataset} from './served.ts'
import type {Session} from './session.ts'

/** @throws CommandError where nobody may replicate. */
function allowed({server}: Session): Replication {
  if (server.replication !== null) return server.replication
  throw new CommandError(
    'ERR this is no master: start respite serve with --writable --listen-replicas',
  )
}

/** REPLCONF option value ... */
function replconf(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const replication = allowed(session)
  if (call.argc % 2 === 0) throw syntaxError()
  for (let i = 1; i < call.argc; i += 2) {
    // Neither is answered.
    if (call.is(i, 'ACK')) return replication.acknowledge(session, indexArgument(call, i + 1))
    if (call.is(i, 'GETACK')) return
    takeOption(session, call, i)
  }
  reply.simple('OK')
}

function takeOption({handshake}: Session, call: ReadCall, i: number): void {
  const option = call.text(i).toLowerCase()
  if (option === 'listening-port') handshake.port = indexArgument(call, i + 1)
  else if (option === 'ip-address') handshake.ip = call.text(i + 1)
  else if (option === 'capa') {
    if (call.is(i + 1, 'PSYNC2')) handshake.psync2 = true
  } else if (option === 'rdb-only') handshake.rdbOnly = indexArgument(call, i + 1) === 1
  // Valkey says who it is.
  else if (option !== 'version') {
    throw new CommandError(`ERR Unrecognized REPLCONF option: ${call.text(i)}`)
  }
}

/** PSYNC id number; SYNC, which only wants everything. */
function synchronize(session: Session, call: ReadCall, reply: ReplyWriter, isOld: boolean): void {
  const replication = allowed(session)
  if (session.isReplica) return
  if (!call.mayWait) throw new CommandError('ERR Command not allowed inside a transaction')
  const number = isOld ? 0 : indexArgument(call, 2)
  // What was answered before goes first.
  if (reply.length > 0) session.send(reply.take())
  if (!isOld && replication.goOn(session, call.text(1), number)) return
  replication.giveAll(session, !isOld)
}

/** WAIT replicas ms: how many have what this client wrote last. */
function wait(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const {replication} = session.server
  const wanted = indexArgument(call, 1)
  const timeoutMs = takeTimeout(call, 2)
  const offset = session.writtenOffset
  const count = () => replication?.countAt(offset) ?? 0
  const met = () => count() >= wanted
  const over = (later: ReplyWriter) => later.integer(count())
  if (met() || !call.waitFor({firstKey: 0, lastKey: 0, timeoutMs, over, met})) over(reply)
  else replication?.askAll()
}

function role({server}: Session, _call: ReadCall, reply: ReplyWriter): void {
  const {replication} = server
  const replicas = [...(replication?.replicas.values() ?? [])].filter(({isOnline}) => isOnline)
  reply.array(3)
  reply.text('master')
  reply.integer(replication?.offset ?? 0)
  reply.array(replicas.length)
  for (const {session, ackOffset} of replicas) {
    reply.array(3)
    reply.text(ipOf(session))
    reply.text(String(session.handshake.port))
    reply.text(String(Math.max(0, ackOffset)))
  }
}

const ipOf = ({handshake, address}: Session): string =>
  handshake.ip ?? address.slice(0, address.lastIndexOf(':'))

export function replicationFields({replication, clock}: ServedDataset): InfoFields {
  if (replication === null) {
    return [
      ['role', 'master'],
      ['connected_slaves', 0],
    ]
  }
  const {replicas, backlog, settings, offset, history} = replication
  return [
    ['role', 'master'],
    ['connected_slaves', replicas.size],
    ...[...replicas.values()].map((each, i) => [`slave${i}`, fieldOf(each, clock())] as const),
    ['master_failover_state', 'no-failover'],
    ['master_replid', settings.id],
    ['master_replid2', history?.id ?? '0'.repeat(40)],
    ['master_repl_offset', offset],
    ['second_repl_offset', history === null ? -1 : history.offset + 1],
    ['repl_backlog_active', backlog === null ? 0 : 1],
    ['repl_backlog_size', settings.backlogBytes],
    ['repl_backlog_first_byte_offset', backlog?.first ?? 0],
    ['repl_backlog_histlen', backlog?.length ?? 0],
  ]
}

function fieldOf({session, isOnline, ackOffset, ackMs}: Replica, nowMs: number): string {
  const state = isOnline ? 'online' : 'send_bulk'
  const lag = isOnline ? Math.floor((nowMs - ackMs) / 1000) : 0
  const place = `ip=${ipOf(session)},port=${session.handshake.port}`
  return `${place},state=${state},offset=${Math.max(0, ackOffset)},lag=${lag}`
}

export function syncFields({replication}: ServedDataset): InfoFields {
  return [
    ['sync_full', replication?.fullSyncs ?? 0],
    ['sync_partial_ok', replication?.partialSyncs ?? 0],
    ['sync_partial_err', replication?.refusedSyncs ?? 0],
  ]
}

export const REPLICATION_ANSWERS: AnswerRows = [
  ['REPLCONF', replconf],
  ['PSYNC', (session, call, reply) => synchronize(session, call, reply, false)],
  ['SYNC', (session, call, reply) => synchronize(session, call, reply, true)],
  ['ROLE', role],
  ['WAIT', wait],
]
