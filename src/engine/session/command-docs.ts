/** COMMAND, from the table of commands. Source: commandCommand() in server.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError} from '../call.ts'
import type {Command} from '../commands/row.ts'
import {DEFAULT_COMMANDS} from '../commands/table.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
import type {Session} from './session.ts'

function putInfo(reply: ReplyWriter, command: Command): void {
  const {name, arity, flags, firstKey, lastKey, keyStep, group} = command
  reply.array(10)
  reply.text(name.toLowerCase())
  reply.integer(arity)
  reply.set(flags.size)
  for (const flag of flags) reply.simple(flag)
  reply.integer(firstKey)
  reply.integer(lastKey)
  reply.integer(keyStep)
  reply.set(1)
  reply.simple(`@${group === 'generic' ? 'keyspace' : group}`)
  // Tips, key specifications, subcommands.
  for (let i = 0; i < 3; i++) reply.array(0)
}

function putDocs(reply: ReplyWriter, {name, since, group}: Command): void {
  reply.text(name.toLowerCase())
  reply.map(3)
  reply.text('summary')
  reply.text(`${name} as of ${since}`)
  reply.text('since')
  reply.text(since)
  reply.text('group')
  reply.text(group)
}

/** Commands that arguments from 2 on name; null for a name that is none. */
function named(call: ReadCall, answered: readonly Command[]): (Command | null)[] {
  return Array.from({length: call.argc - 2}, (_, i) => {
    const command = DEFAULT_COMMANDS.find(call.text(i + 2).toUpperCase())
    return command !== undefined && answered.includes(command) ? command : null
  })
}

function putAll(reply: ReplyWriter, commands: readonly (Command | null)[]): void {
  reply.array(commands.length)
  for (const command of commands) {
    if (command === null) reply.noArray()
    else putInfo(reply, command)
  }
}

function command({server}: Session, call: ReadCall, reply: ReplyWriter): void {
  const {answered} = server.rows
  if (call.argc === 1) return putAll(reply, answered)
  const all = call.argc === 2
  if (call.is(1, 'COUNT')) return reply.integer(answered.length)
  if (call.is(1, 'INFO')) return putAll(reply, all ? answered : named(call, answered))
  if (call.is(1, 'LIST')) {
    const names = answered
    reply.array(names.length)
    for (const {name} of names) reply.text(name.toLowerCase())
    return
  }
  if (!call.is(1, 'DOCS'))
    throw new CommandError('ERR only COUNT, DOCS, INFO and LIST are answered')
  const docs = all ? answered : named(call, answered).filter((each) => each !== null)
  reply.map(docs.length)
  for (const each of docs) putDocs(reply, each)
}

export const COMMAND_ANSWERS: AnswerRows = [['COMMAND', command]]
