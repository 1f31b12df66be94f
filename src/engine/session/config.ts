/** CONFIG: what the command line said, of which a part can be changed. Source: config.c. */
import {Glob} from '../../formats/glob.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {CommandError} from '../call.ts'
import {POLICIES} from '../eviction/policies.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
import type {ServedDataset} from './served.ts'
import type {Session} from './session.ts'

/** `set` returns what is wrong with a value, null when it was taken. */
interface Parameter {
  get(server: ServedDataset): string | number
  set?(server: ServedDataset, text: string): string | null
}

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1024 ** 2,
  g: 1e9,
  gb: 1024 ** 3,
}

/** Source: memtoull() in util.c. */
function memory(text: string): number | null {
  const [, digits, unit] = /^(\d{1,15})([a-z]{0,2})$/i.exec(text) ?? []
  const factor = UNITS[unit?.toLowerCase()]
  return digits === undefined || factor === undefined ? null : Number(digits) * factor
}

const NOT_MEMORY = 'argument must be a memory value'

function setInteger(text: string, least: number, most: number, take: (value: number) => void) {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(value)) return "argument couldn't be parsed into an integer"
  if (value < least || value > most)
    return `argument must be between ${least} and ${most} inclusive`
  take(value)
  return null
}

function setMemory(text: string, take: (value: number) => void): string | null {
  const value = memory(text)
  if (value === null) return NOT_MEMORY
  take(value)
  return null
}

const fixed = (value: string | number): Parameter => ({get: () => value})

const PARAMETERS: Readonly<Record<string, Parameter>> = {
  databases: {get: ({options}) => options.databases},
  maxclients: {get: ({options}) => options.maxClients},
  port: {get: ({options}) => options.port},
  unixsocket: {get: ({options}) => options.socket ?? ''},
  appendonly: {get: ({persistence}) => (persistence.log === null ? 'no' : 'yes')},
  save: fixed(''),
  maxmemory: {
    get: ({options}) => options.eviction.maxmemory,
    set: ({options: {eviction}}, text) =>
      setMemory(text, (value) => void (eviction.maxmemory = value)),
  },
  'maxmemory-policy': {
    get: ({options}) => options.eviction.policy,
    set({options: {eviction}}, text) {
      const policy = POLICIES.find((each) => each === text.toLowerCase())
      if (policy === undefined) return `argument(s) must be one of the following: ${LISTED}`
      eviction.policy = policy
      return null
    },
  },
  'maxmemory-samples': {
    get: ({options}) => options.eviction.samples,
    set: ({options: {eviction}}, text) =>
      setInteger(text, 1, 64, (value) => void (eviction.samples = value)),
  },
  appendfsync: {
    get: ({persistence: {log}}) => log?.rules.fsync ?? 'everysec',
    set({persistence: {log}}, text) {
      const value = (['everysec', 'always', 'no'] as const).find((each) => each === text)
      if (value === undefined) {
        return 'argument(s) must be one of the following: everysec, always, no'
      }
      if (log === null) return NO_LOG
      log.rules.fsync = value
      return null
    },
  },
  'auto-aof-rewrite-percentage': {
    get: ({persistence: {log}}) => log?.rules.rewritePercentage ?? 0,
    set: ({persistence: {log}}, text) =>
      log === null
        ? NO_LOG
        : setInteger(text, 0, 2 ** 31 - 1, (value) => void (log.rules.rewritePercentage = value)),
  },
  'auto-aof-rewrite-min-size': {
    get: ({persistence: {log}}) => log?.rules.rewriteMinSize ?? 0,
    set: ({persistence: {log}}, text) =>
      log === null ? NO_LOG : setMemory(text, (value) => void (log.rules.rewriteMinSize = value)),
  },
  'aof-timestamp-enabled': {
    get: ({persistence: {log}}) => (log?.rules.timestamps ? 'yes' : 'no'),
    set({persistence: {log}}, text) {
      const value = text.toLowerCase()
      if (value !== 'yes' && value !== 'no') return "argument must be 'yes' or 'no'"
      if (log === null) return NO_LOG
      log.rules.timestamps = value === 'yes'
      return null
    },
  },
  timeout: fixed(0),
  'proto-max-bulk-len': fixed(536870912),
  'slowlog-log-slower-than': fixed(-1),
  'slowlog-max-len': fixed(0),
  'replica-read-only': fixed('yes'),
  'cluster-enabled': fixed('no'),
}

const NO_LOG = 'there is no append-only file'
const LISTED = POLICIES.join(', ')

function find(server: ServedDataset, call: ReadCall, reply: ReplyWriter): void {
  const globs = Array.from(
    {length: call.argc - 2},
    (_, i) => new Glob(bytesOf(call.text(i + 2).toLowerCase())),
  )
  const found = Object.entries(PARAMETERS).filter(([name]) =>
    globs.some((glob) => glob.matches(bytesOf(name), 0, name.length)),
  )
  reply.map(found.length)
  for (const [name, parameter] of found) {
    reply.text(name)
    reply.text(String(parameter.get(server)))
  }
}

/** All of the parameters, or none of them. */
function change(server: ServedDataset, call: ReadCall): void {
  if (call.argc % 2 !== 0) {
    throw new CommandError("ERR wrong number of arguments for 'config|set' command")
  }
  const names = Array.from({length: (call.argc - 2) / 2}, (_, i) => call.text(i * 2 + 2))
  const changes = names.map((name) => [name, PARAMETERS[name.toLowerCase()]] as const)
  for (const [name, parameter] of changes) {
    if (parameter === undefined) {
      throw new CommandError(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`)
    }
  }
  const before = changes.map(([, parameter]) => String(parameter.get(server)))
  for (const [i, [name, parameter]] of changes.entries()) {
    const wrong = parameter.set ? parameter.set(server, call.text(i * 2 + 3)) : IMMUTABLE
    if (wrong === null) continue
    for (let k = 0; k < i; k++) changes[k][1].set?.(server, before[k])
    throw new CommandError(
      `ERR CONFIG SET failed (possibly related to argument '${name}') - ${wrong}`,
    )
  }
  server.room.policyChanged()
}

const IMMUTABLE = "can't set immutable config"

function config({server}: Session, call: ReadCall, reply: ReplyWriter): void {
  if (call.is(1, 'GET')) return find(server, call, reply)
  if (call.is(1, 'RESETSTAT')) resetStatistics(server)
  else if (call.is(1, 'SET')) change(server, call)
  else throw new CommandError('ERR The server is running without a config file')
  reply.simple('OK')
}

function resetStatistics(server: ServedDataset): void {
  const {call, room} = server
  server.commands = 0
  server.connections = 0
  server.rejected = 0
  server.errors = 0
  call.hits = 0
  call.misses = 0
  call.expired = 0
  room.eviction.evicted = 0
}

export const CONFIG_ANSWERS: AnswerRows = [['CONFIG', config]]
