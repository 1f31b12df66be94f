/** Makes the connection: TCP, TLS or a unix socket. */
import {readFileSync} from 'node:fs'
import {connect, isIP, type Socket} from 'node:net'
import {connect as connectTls} from 'node:tls'
import {Exit, RespiteError} from '../errors.ts'
import {connectionLost, noAnswer, socketFailed} from './net-error.ts'
import {type ServerSettings, serverName, type TlsSettings} from './server-settings.ts'

const CONNECT_SECONDS = 10
const KEEP_ALIVE_MS = 30000

/** @throws RespiteError NETWORK; USAGE for a certificate file that cannot be read. */
export function openSocket(settings: ServerSettings, until: AbortSignal): Promise<Socket> {
  const name = serverName(settings)
  const socket = start(settings)
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(noAnswer(name, CONNECT_SECONDS)), CONNECT_SECONDS * 1000)
    if (until.aborted) return fail(connectionLost(name))
    const hangUp = () => fail(connectionLost(name))
    until.addEventListener('abort', hangUp)
    const failed = (error: Error) => fail(socketFailed(name, error))
    socket.once('error', failed)
    socket.once(settings.tls === null ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      until.removeEventListener('abort', hangUp)
      socket.off('error', failed)
      socket.setNoDelay(true)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      resolve(socket)
    })
  })
}

function start({host, port, socket, tls}: ServerSettings): Socket {
  if (socket !== null) return connect(socket)
  return tls === null ? connect(port, host) : connectTls({host, port, ...tlsOptions(host, tls)})
}

function tlsOptions(host: string, {cacert, cert, key, sni, insecure}: TlsSettings) {
  // An address is no server name (RFC 6066, 3).
  const servername = sni ?? (isIP(host) ? undefined : host)
  return {
    rejectUnauthorized: insecure !== true,
    ...(servername === undefined ? {} : {servername}),
    ...(cacert === undefined ? {} : {ca: pemFile(cacert)}),
    ...(cert === undefined ? {} : {cert: pemFile(cert)}),
    ...(key === undefined ? {} : {key: pemFile(key)}),
  }
}

function pemFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    throw new RespiteError(Exit.USAGE, 'USAGE', `${path}: cannot be read (${code})`)
  }
}
