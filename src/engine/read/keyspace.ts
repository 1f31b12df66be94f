/** Commands that say something of keys, whatever their type. Source: db.c, expire.c, object.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {countArgument} from '../apply/list-arguments.ts'
import {CommandError, syntaxError} from '../call.ts'
import type {Clock} from '../key-clocks.ts'
import {MemoryMeter} from '../memory/meter.ts'
import {allocatorOf} from '../memory/server-layout.ts'
import {Kind, logicalOf} from '../values/kinds.ts'
import {VALUE_OPS} from '../values/table.ts'
import {dumpPayload} from './dump.ts'
import {memoryHelp, objectHelp} from './help.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

function type(call: ReadCall, reply: ReplyWriter): void {
  const entry = call.find(1)
  reply.simple(entry === 0 ? 'none' : logicalOf(call.db.kind(entry)))
}

function exists(call: ReadCall, reply: ReplyWriter): void {
  let count = 0
  for (let i = 1; i < call.argc; i++) if (call.find(i) !== 0) count++
  reply.integer(count)
}

/** -2 without the key, -1 where it does not expire. */
function expiry(call: ReadCall, reply: ReplyWriter, time: (expiresAtMs: number) => number): void {
  const entry = call.find(1)
  const expiresAtMs = entry === 0 ? null : call.db.expiresAtMs(entry)
  if (entry === 0) reply.integer(-2)
  else reply.integer(expiresAtMs === null ? -1 : time(expiresAtMs))
}

const seconds = (ms: number) => Math.floor((ms + 500) / 1000)

function object(call: ReadCall, reply: ReplyWriter): void {
  if (call.is(1, 'HELP')) return objectHelp(reply)
  const entry = call.find(2)
  if (entry === 0) return reply.nothing()
  if (call.is(1, 'ENCODING')) reply.text(encodingOf(call, entry))
  else if (call.is(1, 'REFCOUNT')) reply.integer(1)
  else putUse(call, reply, entry, call.is(1, 'FREQ') ? 'freq' : 'idle')
}

/** How long the key was not used, or how often it was. Of what is only read nothing is kept: it was used now. */
function putUse(call: ReadCall, reply: ReplyWriter, entry: number, measure: Clock): void {
  const {clocks, db, dbNumber, nowMs} = call
  const other = (clocks?.measure ?? 'idle') !== measure
  if (other && measure === 'freq') {
    throw new CommandError(
      'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
    )
  }
  if (other) {
    throw new CommandError(
      'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
    )
  }
  if (measure === 'freq') reply.integer(clocks?.frequency(dbNumber, db, entry, nowMs) ?? 0)
  else reply.integer(clocks?.idleSeconds(dbNumber, db, entry, nowMs) ?? 0)
}

/** As the server that wrote the data would say. */
function encodingOf(call: ReadCall, entry: number): string {
  const {keyspace, db, rules} = call
  const kind = db.kind(entry)
  const encoding = VALUE_OPS[logicalOf(kind)].encoding(keyspace, entry)
  if (rules === null) return encoding
  const {listpackLists, setListpackEntries} = rules.layout
  if (kind === Kind.SET_PACKED && setListpackEntries === 0) return 'hashtable'
  return kind === Kind.LIST_PACKED && !listpackLists ? 'quicklist' : encoding
}

/** MEMORY USAGE key [SAMPLES n]: all elements are looked at, as with SAMPLES 0. */
function memory(call: ReadCall, reply: ReplyWriter): void {
  const {keyspace, db, rules} = call
  if (call.is(1, 'HELP')) return memoryHelp(reply)
  if (!call.is(1, 'USAGE')) {
    if (call.is(1, 'DOCTOR')) return reply.verbatim('Hi Sam, this is a file that is read.')
    if (call.is(1, 'PURGE')) return reply.simple('OK')
    if (call.is(1, 'MALLOC-STATS'))
      return reply.verbatim('Stats not supported for the current allocator')
    throw syntaxError()
  }
  for (let i = 3; i < call.argc; i += 2) {
    if (!call.is(i, 'SAMPLES') || i + 1 >= call.argc) throw syntaxError()
    countArgument(call, i + 1, 0, 'ERR syntax error')
  }
  const entry = call.find(2)
  if (entry === 0) return reply.nothing()
  if (rules === null) throw syntaxError()
  const meter = new MemoryMeter(rules.layout, allocatorOf(rules.layout))
  VALUE_OPS[logicalOf(db.kind(entry))].visit(keyspace, entry, meter)
  const bytes = meter.usage(call.length(2), db.expiresAtMs(entry) !== null)
  if (bytes === null) reply.nothing()
  else reply.integer(bytes)
}

function dump(call: ReadCall, reply: ReplyWriter): void {
  const entry = call.find(1)
  if (entry === 0) return reply.nothing()
  const payload = dumpPayload(call, entry)
  reply.bulk(payload, 0, payload.length)
}

export const KEYSPACE_READS: ReadRows = [
  ['TYPE', type],
  ['EXISTS', exists],
  ['TOUCH', exists],
  ['TTL', (call, reply) => expiry(call, reply, (ms) => seconds(Math.max(0, ms - call.nowMs)))],
  ['PTTL', (call, reply) => expiry(call, reply, (ms) => Math.max(0, ms - call.nowMs))],
  ['EXPIRETIME', (call, reply) => expiry(call, reply, seconds)],
  ['PEXPIRETIME', (call, reply) => expiry(call, reply, (ms) => ms)],
  ['DBSIZE', (call, reply) => reply.integer(call.db.size)],
  ['OBJECT', object],
  ['MEMORY', memory],
  ['DUMP', dump],
]
