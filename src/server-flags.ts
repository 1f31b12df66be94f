/**
 * Flags about servers, those of redis-cli, and what inputs and flags together come to. A password goes into the settings of a
 * connection and nowhere else: what is printed, also in errors and JSON, is the name of the server.
 */
import {resolve} from 'node:path'
import {Flags} from '#oclif'
import {Exit, RespiteError} from './errors.ts'
import {isServer} from './io/server-name.ts'
import type {ServerInputs} from './net/server-inputs.ts'
import type {ServerSettings} from './net/server-settings.ts'

const GROUP = 'SERVER'

/** How to get in, for commands that name servers by their addresses. */
export const accessFlags = {
  user: Flags.string({summary: 'User of the server (ACL).', helpValue: 'NAME', helpGroup: GROUP}),
  pass: Flags.string({
    char: 'a',
    summary: 'Its password; better in the environment: REDISCLI_AUTH.',
    helpValue: 'PASSWORD',
    helpGroup: GROUP,
  }),
  askpass: Flags.boolean({
    summary: 'Ask for the password on the terminal.',
    helpGroup: GROUP,
    exclusive: ['pass'],
  }),
  tls: Flags.boolean({summary: 'Connect with TLS, as rediss:// does.', helpGroup: GROUP}),
  cacert: Flags.string({summary: 'Authority to trust.', helpValue: 'FILE', helpGroup: GROUP}),
  cert: Flags.string({summary: 'Our certificate.', helpValue: 'FILE', helpGroup: GROUP}),
  key: Flags.string({summary: 'Its private key.', helpValue: 'FILE', helpGroup: GROUP}),
  sni: Flags.string({summary: 'Name to ask for with TLS.', helpValue: 'HOST', helpGroup: GROUP}),
  insecure: Flags.boolean({summary: 'Take any certificate.', helpGroup: GROUP}),
}

/** For commands that a server can replay for. */
export const engineFlags = {
  engine: Flags.string({
    summary: 'Replay on this empty server (redis://host:port), also a cluster.',
    helpValue: 'URL',
    helpGroup: GROUP,
  }),
  force: Flags.boolean({
    summary: 'Empty that server first: FLUSHALL, FUNCTION FLUSH.',
    helpGroup: GROUP,
    dependsOn: ['engine'],
  }),
}

/** Which server, for commands that can do with a server alone. */
export const serverFlags = {
  host: Flags.string({char: 'h', summary: 'Read the server there.', helpGroup: GROUP}),
  port: Flags.integer({char: 'p', summary: 'Its port.', helpGroup: GROUP, min: 1, max: 65535}),
  socket: Flags.string({
    char: 's',
    summary: 'Its unix socket.',
    helpGroup: GROUP,
    exclusive: ['host', 'port'],
  }),
  uri: Flags.string({
    char: 'u',
    summary: 'Its address: redis://user:password@host:port/db',
    helpGroup: GROUP,
    exclusive: ['host', 'port', 'socket', 'dbnum'],
  }),
  dbnum: Flags.integer({char: 'n', summary: 'Only this database.', helpGroup: GROUP, min: 0}),
  ...accessFlags,
}

export interface AccessFlags {
  user?: string | undefined
  pass?: string | undefined
  askpass: boolean
  tls: boolean
  cacert?: string | undefined
  cert?: string | undefined
  key?: string | undefined
  sni?: string | undefined
  insecure: boolean
}

interface PlaceFlags {
  host?: string | undefined
  port?: number | undefined
  socket?: string | undefined
  uri?: string | undefined
  dbnum?: number | undefined
}

/** The address of the server that the flags name; null when they name none. */
export function addressOf({host, port, socket, uri, dbnum}: PlaceFlags): string | null {
  if (uri !== undefined) return uri
  if (socket !== undefined) {
    const path = encodeURI(resolve(socket)).replaceAll('?', '%3F')
    return `unix://${path}${dbnum === undefined ? '' : `?db=${dbnum}`}`
  }
  if (host === undefined && port === undefined && dbnum === undefined) return null
  const name = host?.includes(':') ? `[${host}]` : (host ?? '')
  return `redis://${name}${port === undefined ? '' : `:${port}`}/${dbnum ?? ''}`
}

/** What a command is to read: its arguments, and the server that the flags name. @throws RespiteError USAGE for neither. */
export function inputsOf(args: readonly string[] | undefined, flags: PlaceFlags): string[] {
  const address = addressOf(flags)
  const inputs = [...(args ?? []), ...(address === null ? [] : [address])]
  if (inputs.length > 0) return inputs
  const message = 'nothing to read: name an input, or a server with -h, -p, -s or -u'
  throw new RespiteError(Exit.USAGE, 'USAGE', message)
}

/** How servers are read; key by key when nothing is said. */
export interface ReadingFlags {
  /** As a replica reads: one snapshot. */
  asReplica?: {silenceMs: number}
}

/** Take the servers among inputs apart; null where there is none. @throws RespiteError USAGE. */
export async function resolveServers(
  inputs: readonly string[],
  flags: Partial<AccessFlags> & ReadingFlags,
): Promise<ServerInputs | null> {
  if (!inputs.some(isServer)) return null
  const {serverInputs} = await import('./net/server-inputs.ts')
  const complete = (settings: ServerSettings) => withAccess(settings, flags)
  const {asReplica} = flags
  if (asReplica === undefined) return serverInputs(inputs, isServer, complete)
  const {replicaRdb} = await import('./net/replica-rdb.ts')
  return serverInputs(inputs, isServer, complete, (settings, until) =>
    replicaRdb(settings, until, asReplica.silenceMs),
  )
}

async function withAccess(
  settings: ServerSettings,
  flags: Partial<AccessFlags>,
): Promise<ServerSettings> {
  const {user, pass, askpass, tls, cacert, cert, key, sni, insecure} = flags
  const given = settings.password ?? pass ?? (askpass ? await askPassword() : undefined)
  const encrypted = settings.socket === null && (tls || settings.tls !== null)
  return {
    ...settings,
    username: settings.username ?? user ?? null,
    password: given ?? (process.env.REDISCLI_AUTH || null),
    tls: encrypted ? {cacert, cert, key, sni, insecure: insecure ?? false} : null,
  }
}

async function askPassword(): Promise<string> {
  const {askHidden} = await import('./ui/ask-hidden.ts')
  const password = await askHidden('Password: ')
  if (password !== null) return password
  const message = '--askpass needs a terminal: set REDISCLI_AUTH'
  throw new RespiteError(Exit.USAGE, 'USAGE', message)
}

/** The one input that goes with --engine, and the server behind it. @throws RespiteError USAGE. */
export function engineOf(
  flags: {engine?: string | undefined},
  inputs: readonly string[],
): string[] {
  const {engine} = flags
  if (engine === undefined) return []
  const usage = (message: string) => new RespiteError(Exit.USAGE, 'USAGE', message)
  if (!isServer(engine)) throw usage('--engine is no address of a server: write redis://host:port')
  if (inputs.length > 1) throw usage('--engine takes one input: a second would find its data there')
  if (inputs.some(isServer)) throw usage('--engine replays files: a server is no input for it')
  return [engine]
}

/** Does an argument hold what other users of the machine must not see in a list of processes? */
export function holdsPassword(argument: string): boolean {
  return /^(-a|-u|--pass|--uri)/.test(argument) || /:\/\/[^/]*@/.test(argument)
}
