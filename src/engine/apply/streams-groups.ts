/** XGROUP, XACK, XDEL and XSETID. Source: xgroupCommand() and its neighbours in t_stream.c. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {
  ADDED,
  deleteEntry,
  LAST_ID,
  lastLiveId,
  MAX_DELETED_ID,
  Stream,
} from '../values/stream-data.ts'
import {
  addConsumer,
  findName,
  type Group,
  newGroup,
  removeConsumer,
  removePending,
} from '../values/stream-group.ts'
import {compareIds, copyId, isZeroId, putBig} from '../values/stream-id.ts'
import {putHelp} from './put-help.ts'
import {addStream, findStream, shown, takeId, takeIds, takeLooseId} from './stream-ids.ts'

/** The group whose name is argument `i`, null when there is none. */
export function findGroup(call: Call, stream: Stream | null, i: number): Group | null {
  if (stream === null) return null
  const place = findName(stream.groups, call.memory, call.starts[i], call.ends[i])
  return place < 0 ? null : stream.groups[place]
}

const NO_KEY =
  'ERR The XGROUP subcommand requires the key to exist. ' +
  'Note that for CREATE you may want to use the MKSTREAM ' +
  'option to create an empty stream automatically.'

const HELP = [
  'XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'CREATE <key> <groupname> <id|$> [option]',
  '    Create a new consumer group. Options are:',
  '    * MKSTREAM',
  '      Create the empty stream if it does not exist.',
  '    * ENTRIESREAD entries_read',
  "      Set the group's entries_read counter (internal use).",
  'CREATECONSUMER <key> <groupname> <consumer>',
  '    Create a new consumer in the specified group.',
  'DELCONSUMER <key> <groupname> <consumer>',
  '    Remove the specified consumer.',
  'DESTROY <key> <groupname>',
  '    Remove the specified group.',
  'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]',
  '    Set the current group ID and entries_read counter.',
]

/** Arguments with both names, negative for at least so many. */
const SUBCOMMANDS: readonly (readonly [string, number, Apply])[] = [
  ['CREATE', -5, create],
  ['SETID', -5, setId],
  ['DESTROY', 4, destroy],
  ['CREATECONSUMER', 5, createConsumer],
  ['DELCONSUMER', 5, deleteConsumer],
  ['HELP', 2, ({reply}) => putHelp(reply, HELP)],
]

function xgroup(call: Call): void {
  const {argc} = call
  const row = SUBCOMMANDS.find(([name]) => call.is(1, name))
  if (row === undefined) {
    throw new CommandError(
      `ERR unknown subcommand '${shown(call, 1).slice(0, 128)}'. Try XGROUP HELP.`,
    )
  }
  const [name, arity, apply] = row
  if (arity < 0 ? argc < -arity : argc !== arity) {
    const full = `xgroup|${name.toLowerCase()}`
    throw new CommandError(`ERR wrong number of arguments for '${full}' command`)
  }
  apply(call)
}

/** What may follow the id of CREATE and SETID. */
function readOptions(call: Call, isCreate: boolean): {makeStream: boolean; entriesRead: bigint} {
  let makeStream = false
  let entriesRead = -1n
  for (let i = 5; i < call.argc; i++) {
    if (isCreate && call.is(i, 'MKSTREAM')) makeStream = true
    else if (call.is(i, 'ENTRIESREAD') && i + 1 < call.argc) {
      entriesRead = call.bigint(++i)
      if (entriesRead < -1n) {
        throw new CommandError('ERR value for ENTRIESREAD must be positive or -1')
      }
    } else throw wrongUse(call)
  }
  return {makeStream, entriesRead}
}

const wrongUse = (call: Call): CommandError =>
  new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${shown(call, 1)}'. Try XGROUP HELP.`,
  )

function create(call: Call): void {
  const {makeStream, entriesRead} = readOptions(call, true)
  const found = findStream(call, 2)
  if (found === null && !makeStream) throw new CommandError(NO_KEY)
  if (call.argc > 8) throw wrongUse(call)
  const stream = found ?? new Stream()
  const id = new Uint32Array(4)
  takeGroupId(call, stream, id, false)
  if (found === null) addStream(call, 2, stream)
  const {memory, starts, ends} = call
  const place = findName(stream.groups, memory, starts[3], ends[3])
  if (place >= 0) throw new CommandError('BUSYGROUP Consumer Group name already exists')
  stream.groups.splice(~place, 0, newGroup(call.bytes(3), id, entriesRead))
  changed(call)
}

function changed(call: Call): void {
  call.changes++
  call.reply.simple('OK')
}

function setId(call: Call): void {
  const {entriesRead} = readOptions(call, false)
  const {stream, group} = existing(call)
  const id = new Uint32Array(4)
  takeGroupId(call, stream, id, true)
  copyId(id, 0, group.lastId, 0)
  group.entriesRead = entriesRead
  changed(call)
}

function takeGroupId(call: Call, stream: Stream, id: Uint32Array, loose: boolean): void {
  const isLast = call.length(4) === 1 && call.memory[call.starts[4]] === 0x24
  if (isLast) copyId(stream.words, LAST_ID, id, 0)
  else if (loose) takeLooseId(call, 4, id, 0)
  else takeId(call, 4, id, 0)
}

function existing(call: Call): {stream: Stream; group: Group} {
  const stream = findStream(call, 2)
  if (stream === null) throw new CommandError(NO_KEY)
  const group = findGroup(call, stream, 3)
  if (group === null) {
    throw new CommandError(
      `NOGROUP No such consumer group '${shown(call, 3)}' for key name '${shown(call, 2)}'`,
    )
  }
  return {stream, group}
}

function destroy(call: Call): void {
  const stream = findStream(call, 2)
  if (stream === null) throw new CommandError(NO_KEY)
  const place = findName(stream.groups, call.memory, call.starts[3], call.ends[3])
  if (place >= 0) stream.groups.splice(place, 1)
  count(call, place >= 0 ? 1 : 0)
}

function count(call: Call, changes: number): void {
  call.changes += changes
  call.reply.integer(changes)
}

function createConsumer(call: Call): void {
  const {group} = existing(call)
  const place = findName(group.consumers, call.memory, call.starts[4], call.ends[4])
  if (place < 0) addConsumer(group, place, call.bytes(4), call.nowMs)
  count(call, place < 0 ? 1 : 0)
}

function deleteConsumer(call: Call): void {
  const {group} = existing(call)
  const place = findName(group.consumers, call.memory, call.starts[4], call.ends[4])
  call.reply.integer(place < 0 ? 0 : group.consumers[place].pending)
  if (place < 0) return
  removeConsumer(group, place)
  call.changes++
}

function xack(call: Call): void {
  const group = findGroup(call, findStream(call, 1), 2)
  if (group === null) return call.reply.integer(0)
  const ids = takeIds(call, 3, call.argc)
  let removed = 0
  for (let at = 0; at < ids.length; at += 4) {
    if (!group.pel.seek(ids, at)) continue
    removePending(group)
    removed++
  }
  count(call, removed)
}

function xdel(call: Call): void {
  const stream = findStream(call, 1)
  if (stream === null) return call.reply.integer(0)
  const ids = takeIds(call, 2, call.argc)
  let removed = 0
  for (let at = 0; at < ids.length; at += 4) if (deleteEntry(stream, ids, at)) removed++
  count(call, removed)
}

function xsetid(call: Call): void {
  const id = new Uint32Array(4)
  const maxDeleted = new Uint32Array(4)
  let added = -1n
  takeId(call, 2, id, 0)
  for (let i = 3; i < call.argc; i += 2) {
    if (i + 1 === call.argc) throw syntaxError()
    if (call.is(i, 'ENTRIESADDED')) {
      added = call.bigint(i + 1)
      if (added < 0n) throw new CommandError('ERR entries_added must be positive')
    } else if (call.is(i, 'MAXDELETEDID')) {
      takeId(call, i + 1, maxDeleted, 0)
      if (compareIds(id, 0, maxDeleted, 0) < 0) throw smaller('the provided max_deleted_entry_id')
    } else throw syntaxError()
  }
  const stream = findStream(call, 1)
  if (stream === null) throw new CommandError('ERR no such key')
  checkLastId(stream, id, added)
  const {words} = stream
  copyId(id, 0, words, LAST_ID)
  if (added >= 0n) putBig(added, words, ADDED)
  if (!isZeroId(maxDeleted, 0)) copyId(maxDeleted, 0, words, MAX_DELETED_ID)
  changed(call)
}

/** Whether it is above the highest deleted id counts from 7.2 on only: what 7.0 took and logged must be taken. */
function checkLastId(stream: Stream, id: Uint32Array, added: bigint): void {
  const {length} = stream
  if (length === 0) return
  const last = new Uint32Array(4)
  lastLiveId(stream, last, 0)
  if (compareIds(id, 0, last, 0) < 0) throw smaller('the target stream top item')
  if (added >= 0n && BigInt(length) > added) {
    throw new CommandError(
      'ERR The entries_added specified in XSETID is smaller than the target stream length',
    )
  }
}

const smaller = (than: string): CommandError =>
  new CommandError(`ERR The ID specified in XSETID is smaller than ${than}`)

export const STREAM_GROUPS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XACK', xack],
  ['XDEL', xdel],
  ['XGROUP', xgroup],
  ['XSETID', xsetid],
]
