/** What stands between us and a server, as an error with the server's name, its exit status and what to do. */
import {Exit, RespiteError} from '../errors.ts'

type Row = readonly [exit: 11 | 12 | 31 | 32, code: string, next: string]

const NETWORK = (next: string): Row => [Exit.NETWORK, 'NETWORK', next]
const AUTH = (next: string): Row => [Exit.AUTH, 'AUTH', next]
const BUSY = (next: string): Row => [Exit.BUSY, 'BUSY', next]

const RUNNING = 'Is the server running there? See its log, or try redis-cli with the same flags.'
const PASSWORD = 'Set REDISCLI_AUTH, or use --askpass, --user and --pass, or -a.'

/** First words of refusals that are about the server or about us, not about the command. */
const REFUSALS: Readonly<Record<string, Row>> = {
  NOAUTH: AUTH(PASSWORD),
  WRONGPASS: AUTH(PASSWORD),
  NOPERM: AUTH('Give this user what is missing (ACL SETUSER), or use another user.'),
  DENIED: AUTH('The server is in protected mode: set a password, or bind it to an address.'),
  LOADING: BUSY('The server is loading its data: try again when it is done.'),
  BUSY: BUSY('The server is running a script: SCRIPT KILL ends it, or wait.'),
  MASTERDOWN: BUSY('The server is a replica without its master: ask the master.'),
  NOMASTERLINK: BUSY('The server is a replica whose master is away: name the master, or wait.'),
  READONLY: BUSY('The server is a replica: name its master.'),
  MISCONF: BUSY('The server cannot save and takes no writes: see its log.'),
  NOREPLICAS: BUSY('The server has too few replicas to take writes (min-replicas-to-write).'),
  CLUSTERDOWN: BUSY('The cluster does not serve all slots: see CLUSTER INFO.'),
  OOM: [Exit.LIMIT, 'LIMIT', 'Raise maxmemory of the server, or use a larger one.'],
}

/** System errors of sockets, and of TLS, that people meet. */
const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the server hung up',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ENOENT: 'no such socket',
  EACCES: 'no permission for this socket',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate signs itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}
const CERTIFICATE = 'Name the authority with --cacert, the host with --sni; --insecure takes any.'

/** What a server's refusal means where it is not about the command; null where it is. */
export function refusalOf(server: string, error: string): RespiteError | null {
  const word = /^[A-Z]+/.exec(error)?.[0] ?? ''
  if (Object.hasOwn(REFUSALS, word)) return fromRow(server, REFUSALS[word], error)
  if (/max number of clients/.test(error)) {
    return fromRow(server, BUSY('Raise maxclients, or close connections.'), error)
  }
  return null
}

/** The refusal of a command that has to succeed. */
export function failedCommand(server: string, command: string, error: string): RespiteError {
  const known = refusalOf(server, error)
  return known ?? fromRow(server, NETWORK(RUNNING), `${command}: ${error}`)
}

export function authFailed(server: string, error: string): RespiteError {
  return fromRow(server, AUTH(PASSWORD), error)
}

export function socketFailed(server: string, error: NodeJS.ErrnoException): RespiteError {
  const {code = ''} = error
  const isTls = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/.test(code)
  // A message of the TLS library holds nothing of ours.
  const what = SYSTEM[code] ?? (code === '' ? 'the connection failed' : `it failed (${code})`)
  return fromRow(server, NETWORK(isTls ? CERTIFICATE : RUNNING), what)
}

export function connectionLost(server: string): RespiteError {
  return fromRow(server, NETWORK(RUNNING), 'the connection was lost')
}

export function noAnswer(server: string, seconds: number): RespiteError {
  return fromRow(server, NETWORK(RUNNING), `no answer within ${seconds} seconds`)
}

export function notRedis(server: string): RespiteError {
  const next = 'Is it a Redis or Valkey server? With TLS its address begins with rediss://.'
  return fromRow(server, NETWORK(next), 'what it answers is not the protocol of Redis')
}

/** A peer that begins as a master does and then does not go on as one. */
export function brokenMaster(server: string, what: string): RespiteError {
  const next = 'Is a proxy in between? Name the server itself. Nothing was published.'
  return fromRow(server, NETWORK(next), what)
}

/** An error without what a server repeats of the arguments: that may be a password or a value. */
export const ownWords = (error: string): string => error.split(/,? with args/, 1)[0]

function fromRow(server: string, [exit, code, next]: Row, what: string): RespiteError {
  return new RespiteError(exit, code, `${server}: ${ownWords(what)}`, next)
}
