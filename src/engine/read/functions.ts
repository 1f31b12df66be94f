/** What FUNCTION says of the libraries; nothing in them is run. Source: functions.c of Redis 7.0. */
import {Glob} from '../../formats/glob.ts'
import {createKernel} from '../../formats/kernel/kernel.ts'
import {DumpWriter} from '../../formats/rdb/dump-writer.ts'
import {RdbOpcode} from '../../formats/rdb/types.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {type Call, CommandError, latin1} from '../call.ts'
import {functionHelp} from './help.ts'
import {functionsOf, type LibraryFunction} from './library-functions.ts'
import type {ReadRows} from './read-call.ts'

/** Version of Redis 7.0: older servers know no libraries, and newer ones read it. */
const VERSION = 10

/** Answers the subcommands that read. Returns whether it is one. @throws CommandError. */
export function readFunctions(call: Call, reply: ReplyWriter): boolean {
  if (call.is(1, 'LIST')) list(call, reply)
  else if (call.is(1, 'STATS')) stats(call, reply)
  else if (call.is(1, 'DUMP')) dump(call, reply)
  else if (call.is(1, 'HELP')) functionHelp(reply)
  else if (call.is(1, 'KILL')) throw new CommandError('NOTBUSY No scripts in execution right now.')
  else return false
  return true
}

/** LIST [LIBRARYNAME pattern] [WITHCODE]. The pattern has no case. */
function list(call: Call, reply: ReplyWriter): void {
  let withCode = false
  let glob: Glob | null = null
  for (let at = 2; at < call.argc; at++) {
    if (!withCode && call.is(at, 'WITHCODE')) withCode = true
    else if (glob === null && call.is(at, 'LIBRARYNAME')) {
      if (++at >= call.argc) throw new CommandError('ERR library name argument was not given')
      glob = new Glob(lower(call.bytes(at)))
    } else throw new CommandError(`ERR Unknown argument ${call.text(at)}`)
  }
  const all = [...call.keyspace.functions]
  const chosen = all.filter(([name]) => {
    return glob?.matches(lower(latin1(name)), 0, name.length) ?? true
  })
  reply.array(chosen.length)
  for (const [name, code] of chosen) putLibrary(reply, name, code, withCode)
}

const lower = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte))

function putLibrary(reply: ReplyWriter, name: string, code: Uint8Array, withCode: boolean): void {
  reply.map(withCode ? 4 : 3)
  reply.text('library_name')
  reply.text(name)
  reply.text('engine')
  reply.text('LUA')
  reply.text('functions')
  const functions = functionsOf(code)
  reply.array(functions.length)
  for (const each of functions) putFunction(reply, each)
  if (!withCode) return
  reply.text('library_code')
  reply.bulk(code, 0, code.length)
}

function putFunction(reply: ReplyWriter, {name, description, flags}: LibraryFunction): void {
  reply.map(3)
  reply.text('name')
  reply.text(name)
  reply.text('description')
  if (description === null) reply.nothing()
  else reply.text(description)
  reply.text('flags')
  reply.set(flags.length)
  for (const flag of flags) reply.simple(flag)
}

function stats({keyspace}: Call, reply: ReplyWriter): void {
  const libraries = [...keyspace.functions.values()]
  reply.map(2)
  reply.text('running_script')
  reply.nothing()
  reply.text('engines')
  reply.map(1)
  reply.text('LUA')
  reply.map(2)
  reply.text('libraries_count')
  reply.integer(libraries.length)
  reply.text('functions_count')
  reply.integer(libraries.reduce((sum, code) => sum + functionsOf(code).length, 0))
}

function dump({keyspace}: Call, reply: ReplyWriter): void {
  const writer = new DumpWriter(createKernel(keyspace.arena.kernel.module), {
    dialect: 'redis',
    version: VERSION,
  })
  writer.begin()
  for (const code of keyspace.functions.values()) {
    writer.head(RdbOpcode.FUNCTION2)
    writer.strings.write(code, 0, code.length)
  }
  const payload = writer.end()
  reply.bulk(payload, 0, payload.length)
}

export const FUNCTION_READS: ReadRows = [
  [
    'FUNCTION',
    (call, reply) => {
      if (!readFunctions(call, reply)) throw new CommandError(READ_ONLY)
    },
  ],
]
const READ_ONLY = "READONLY You can't write against a read only replica."
