/** Why a command is not run, in the server's words and order. Source: processCommand() in server.c. */
import {arityAllows, type Command} from '../commands/row.ts'
import type {ReadCall} from '../read/read-call.ts'
import {OUT_OF_ROOM} from './room.ts'
import type {Row} from './rows.ts'
import type {Session} from './session.ts'

/** Before a password was given. */
const OPEN_TO_ALL = new Set(['AUTH', 'HELLO', 'QUIT', 'RESET'])
const SUBSCRIBER = new Set(
  'SUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE PING QUIT RESET'.split(
    ' ',
  ),
)
const READ_ONLY = "READONLY You can't write against a read only replica."
const SHOWN = 128

/** Null where nothing is in the way of the command in the call. */
export function refusalOf(session: Session, row: Row | null): string | null {
  const {call, options} = session.server
  if (row === null) return unknownCommand(call)
  const {command} = row
  const {name} = command
  const wrong = wrongArguments(call, command)
  if (wrong !== null) return wrong
  if (!session.isIn && !OPEN_TO_ALL.has(name)) return 'NOAUTH Authentication required.'
  const isWrite = command.flags.has('write')
  if (isWrite && !options.writable) return READ_ONLY
  if (row.read === null && row.answer === null && row.apply === null) return notHere(name)
  if (!session.server.room.admits(name, isWrite)) return OUT_OF_ROOM
  if (session.subscriptions > 0 && !session.resp3 && !SUBSCRIBER.has(name)) {
    return `ERR Can't execute '${name.toLowerCase()}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`
  }
  return null
}

function wrongArguments(call: ReadCall, {name, arity, subcommands}: Command): string | null {
  if (!arityAllows(arity, call.argc)) return wrongArity(name)
  if (subcommands === null || call.argc === 1) return null
  const sub = call.text(1).toUpperCase()
  const own = subcommands.get(sub)
  if (own === undefined) {
    return `ERR unknown subcommand '${call.text(1).slice(0, SHOWN)}'. Try ${name} HELP.`
  }
  return arityAllows(own, call.argc) ? null : wrongArity(`${name}|${sub}`)
}

const notHere = (name: string) => `ERR ${name} is not answered here: this is a file that is read`

const wrongArity = (name: string) =>
  `ERR wrong number of arguments for '${name.toLowerCase()}' command`

function unknownCommand(call: ReadCall): string {
  let shown = ''
  for (let i = 1; i < call.argc && shown.length < SHOWN; i++) {
    shown += `'${call.text(i).slice(0, SHOWN - shown.length)}' `
  }
  const name = call.text(0).slice(0, SHOWN)
  return `ERR unknown command '${name}', with args beginning with: ${shown}`
}
