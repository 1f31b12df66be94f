/**
 * Where a server is and how to get in.
 *
 *     redis://[[user]:password@]host[:port][/db]     also valkey://; rediss:// and valkeys:// for TLS
 *     unix://[[user]:password@]/path[?db=n]          also redis+unix://, redis-socket://
 *
 * A single word before the @ is a password, as in redis-cli. Source: parseRedisUri() in cli_common.c.
 */
import {Exit, RespiteError} from '../errors.ts'

/** Files are paths; read when the connection is made. */
export interface TlsSettings {
  cacert?: string | undefined
  cert?: string | undefined
  key?: string | undefined
  sni?: string | undefined
  /** Take any certificate. */
  insecure?: boolean
}

/** Plain data. It holds a password: print `serverName()` of it and nothing else. */
export interface ServerSettings {
  host: string
  port: number
  /** Path of a unix socket; in place of host and port. */
  socket: string | null
  username: string | null
  password: string | null
  /** Null: all of them. */
  db: number | null
  tls: TlsSettings | null
}

export const DEFAULT_PORT = 6379

const TLS_SCHEMES: ReadonlySet<string> = new Set(['rediss', 'valkeys'])
const TCP_SCHEMES: ReadonlySet<string> = new Set(['redis', 'valkey', ...TLS_SCHEMES])
const PARTS = /^([a-z+-]+):\/\/(?:([^@]*)@)?(.*)$/i

export function defaultServer(): ServerSettings {
  return {
    host: '127.0.0.1',
    port: DEFAULT_PORT,
    socket: null,
    username: null,
    password: null,
    db: null,
    tls: null,
  }
}

/** @throws RespiteError USAGE; its message holds nothing of what may be a password. */
export function parseServerUrl(url: string): ServerSettings {
  const [, scheme, user, rest] = PARTS.exec(url) ?? []
  if (scheme === undefined) throw wrong('write it as redis://host:port')
  const settings = {...defaultServer(), ...credentialsOf(user)}
  const name = scheme.toLowerCase()
  if (!TCP_SCHEMES.has(name)) return withSocket(settings, rest)
  if (TLS_SCHEMES.has(name)) settings.tls = {}
  const parts = /^(\[[0-9a-f:.%]+\]|[^:/?#]*)(?::(\d{1,5}))?(?:\/(\d{0,10}))?$/i.exec(rest)
  if (parts === null) throw wrong('write it as redis://host:port/db')
  const [, host, port, db] = parts
  if (host !== '') settings.host = host.replace(/^\[|\]$/g, '')
  if (port !== undefined) settings.port = portOf(port)
  if (db) settings.db = Number(db)
  return settings
}

/** The server as it may be printed: without user and password. */
export function serverName({host, port, socket, db, tls}: ServerSettings): string {
  if (socket !== null) return `unix://${socket}${db === null ? '' : `?db=${db}`}`
  const at = host.includes(':') ? `[${host}]` : host
  return `${tls ? 'rediss' : 'redis'}://${at}:${port}${db === null ? '' : `/${db}`}`
}

function withSocket(settings: ServerSettings, rest: string): ServerSettings {
  const parts = /^(\/[^?]+)(?:\?db=(\d{1,10}))?$/.exec(rest)
  if (parts === null) throw wrong('write a socket as unix:///path/of/the/socket')
  settings.socket = decode(parts[1])
  if (parts[2] !== undefined) settings.db = Number(parts[2])
  return settings
}

function credentialsOf(user: string | undefined): Pick<ServerSettings, 'username' | 'password'> {
  if (user === undefined || user === '') return {username: null, password: null}
  const colon = user.indexOf(':')
  const username = colon > 0 ? decode(user.slice(0, colon)) : null
  return {username, password: decode(user.slice(colon + 1))}
}

export function portOf(text: string): number {
  const port = Number(text)
  if (!(port >= 1 && port <= 65535)) throw wrong(`${port} is no port`)
  return port
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw wrong('a % that starts no escape: write it as %25')
  }
}

function wrong(how: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', `not the address of a server: ${how}`)
}
