/** Streams as commands, see aof/write-stream.ts, and digest-streams.ts for how they are read back. */
import {REG_OUT, REGISTERS} from '../layout'
import {emitAt, emitLimit, emitOverflow, emitRoom, emitTo} from './emit'
import {argument, commandsKey, commandsKeyEnd, commandsLine} from './emit-commands'
import {putInt} from './numbers'
import {streamNodeCommands} from './stream-items'
import {
  CREATE,
  CREATE_CONSUMER,
  ENTRIES_ADDED,
  ENTRIES_READ,
  FORCE,
  JUST_ID,
  MAX_DELETED_ID,
  RETRY_COUNT,
  TIME,
  wordStart,
  wordStop,
  XCLAIM,
  XGROUP,
  XSETID,
  ZERO,
} from './stream-words'
import {putStreamId} from './text-strings'

/** An id or an integer. */
const text = memory.data(96)

/** XADD of each of the `live` entries of a node. */
export function commandsNode(start: u32, end: u32, id: u32, live: u32): void {
  if (!emitRoom(0)) return
  const done = streamNodeCommands(start, end, id, commandsKey(), commandsKeyEnd(), 0, emitAt(), emitLimit())
  if (done != live) return emitOverflow()
  emitTo(load<u32>(REGISTERS + REG_OUT))
}

/** XSETID key id ENTRIESADDED n MAXDELETEDID id */
export function commandsStreamEnd(lastId: u32, maxDeletedId: u32, entriesAdded: u64): void {
  commandsLine(7)
  word(XSETID)
  argument(commandsKey(), commandsKeyEnd())
  id(lastId)
  word(ENTRIES_ADDED)
  integer(entriesAdded)
  word(MAX_DELETED_ID)
  id(maxDeletedId)
}

/** XGROUP CREATE key group id ENTRIESREAD n */
export function commandsGroup(name: u32, nameEnd: u32, lastId: u32, entriesRead: u64): void {
  commandsLine(7)
  groupCommand(CREATE, name, nameEnd)
  id(lastId)
  word(ENTRIES_READ)
  integer(entriesRead)
}

/** XGROUP CREATECONSUMER key group consumer */
export function commandsConsumer(group: u32, groupEnd: u32, name: u32, nameEnd: u32): void {
  commandsLine(5)
  groupCommand(CREATE_CONSUMER, group, groupEnd)
  argument(name, nameEnd)
}

/** XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n JUSTID FORCE */
export function commandsOwned(
  group: u32,
  groupEnd: u32,
  consumer: u32,
  consumerEnd: u32,
  entry: u32,
  timeMs: i64,
  deliveries: u64,
): void {
  commandsLine(12)
  word(XCLAIM)
  argument(commandsKey(), commandsKeyEnd())
  argument(group, groupEnd)
  argument(consumer, consumerEnd)
  word(ZERO)
  id(entry)
  word(TIME)
  integer(timeMs as u64)
  word(RETRY_COUNT)
  integer(deliveries)
  word(JUST_ID)
  word(FORCE)
}

function groupCommand(what: u32, group: u32, groupEnd: u32): void {
  word(XGROUP)
  word(what)
  argument(commandsKey(), commandsKeyEnd())
  argument(group, groupEnd)
}

function word(which: u32): void {
  argument(wordStart(which), wordStop(which))
}

function id(at: u32): void {
  argument(text as u32, putStreamId(text as u32, at))
}

/** One of 64 bits with a sign: none that is written is larger. */
function integer(value: u64): void {
  argument(text as u32, putInt(text as u32, value as i64))
}
