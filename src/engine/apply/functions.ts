/** Function libraries: kept as code by name; what is inside is for a server to run. Source: functions.c. */
import {type Apply, type Call, CommandError} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {readFunctions} from '../read/functions.ts'

const HEADER = /^#!([A-Za-z]+)((?: +[^ \n]+)*) *\r?\n/

/** The name in `#!lua name=mylib`. @throws CommandError with the server's text. */
export function libraryNameOf(code: Uint8Array): string {
  const text = String.fromCharCode(...code.subarray(0, 4096))
  if (!text.startsWith('#!')) throw new CommandError('ERR Missing library metadata')
  const header = HEADER.exec(text.includes('\n') ? text : `${text}\n`)
  if (!header) throw new CommandError('ERR Invalid library metadata')
  if (header[1].toLowerCase() !== 'lua')
    throw new CommandError(`ERR Engine '${header[1]}' not found`)
  let name: string | null = null
  for (const word of header[2].split(/ +/).filter(Boolean)) {
    if (!word.toLowerCase().startsWith('name=')) {
      throw new CommandError(`ERR Invalid metadata value given: ${word}`)
    }
    if (name !== null) {
      throw new CommandError('ERR Invalid metadata value, name argument was given multiple times')
    }
    name = word.slice(5)
  }
  if (name === null) throw new CommandError('ERR Library name was not given')
  if (!/^[A-Za-z0-9_]+$/.test(name)) {
    throw new CommandError(
      'ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long',
    )
  }
  return name
}

/** Add a library. @throws CommandError when it is there and `overwrite` is not given. */
export function loadLibrary(keyspace: Keyspace, code: Uint8Array, overwrite: boolean): void {
  const name = libraryNameOf(code)
  if (!overwrite && keyspace.functions.has(name)) {
    throw new CommandError(`ERR Library '${name}' already exists`)
  }
  keyspace.functions.set(name, code)
}

function functionCommand(call: Call): void {
  if (call.answers && readFunctions(call, call.reply)) return
  if (call.is(1, 'LOAD')) load(call)
  else if (call.is(1, 'DELETE') && call.argc === 3) remove(call)
  else if (call.is(1, 'FLUSH') && call.argc <= 3) flush(call)
  else if (call.is(1, 'RESTORE')) restore(call)
  else throw new CommandError(`ERR unknown subcommand '${call.text(1)}'. Try FUNCTION HELP.`)
}

function load(call: Call): void {
  let at = 2
  let overwrite = false
  for (; at < call.argc - 1; at++) {
    if (!call.is(at, 'REPLACE')) {
      throw new CommandError(`ERR Unknown option given: ${call.text(at)}`)
    }
    overwrite = true
  }
  if (at >= call.argc) throw new CommandError('ERR Function code is missing')
  const code = call.bytes(at)
  loadLibrary(call.keyspace, code, overwrite)
  call.changes++
  if (call.answers) call.reply.text(libraryNameOf(code))
}

function changed(call: Call): void {
  call.changes++
  call.reply.simple('OK')
}

function remove(call: Call): void {
  if (!call.keyspace.functions.delete(call.text(2))) throw new CommandError('ERR Library not found')
  changed(call)
}

function flush(call: Call): void {
  if (call.argc === 3 && !call.is(2, 'ASYNC') && !call.is(2, 'SYNC')) {
    throw new CommandError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option')
  }
  call.keyspace.functions.clear()
  changed(call)
}

function restore(call: Call): void {
  const {keyspace} = call
  const policy = call.argc < 4 ? 'APPEND' : call.text(3).toUpperCase()
  if (!['FLUSH', 'APPEND', 'REPLACE'].includes(policy)) {
    throw new CommandError(
      'ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.',
    )
  }
  const libraries = call.payloads.libraries(call.bytes(2))
  const names = libraries.map(libraryNameOf)
  const clash = names.find((name) => policy === 'APPEND' && keyspace.functions.has(name))
  if (clash !== undefined) throw new CommandError(`ERR Library ${clash} already exists`)
  if (policy === 'FLUSH') keyspace.functions.clear()
  libraries.forEach((code, i) => void keyspace.functions.set(names[i], code))
  changed(call)
}

export const FUNCTIONS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['FUNCTION', functionCommand],
]
