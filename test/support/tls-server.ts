/** A real server that speaks TLS, with a certificate of a private authority for `localhost`. */
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePort, type RunningServer, serverProgram, startServer} from './server.ts'

/** Without openssl nobody can make certificates. */
export const canTls =
  serverProgram() !== undefined && spawnSync('openssl', ['version']).status === 0

export interface TlsServer {
  readonly server: RunningServer
  readonly tlsPort: number
  /** File of the authority that signed its certificate, and of one that did not. */
  readonly authority: string
  readonly otherAuthority: string
  stop(): Promise<void>
}

export async function startTlsServer(): Promise<TlsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'respite-tls-'))
  const authority = certificate(folder, 'authority', [])
  const otherAuthority = certificate(folder, 'other', [])
  const signed = ['-CA', authority, '-CAkey', join(folder, 'authority.key')]
  const names = ['-addext', 'subjectAltName=DNS:localhost']
  const cert = certificate(folder, 'localhost', [...signed, ...names])
  const tlsPort = await freePort()
  const files = ['--tls-cert-file', cert, '--tls-key-file', join(folder, 'localhost.key')]
  const quick = ['--repl-diskless-sync-delay', '0']
  const tls = [...quick, '--tls-port', String(tlsPort), ...files, '--tls-auth-clients', 'no']
  const server = await startServer({args: [...tls, '--tls-ca-cert-file', authority]})
  return {
    ...{server, tlsPort, authority, otherAuthority},
    async stop() {
      await server.stop()
      rmSync(folder, {recursive: true})
    },
  }
}

function certificate(folder: string, name: string, more: readonly string[]): string {
  const path = join(folder, `${name}.pem`)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', join(folder, `${name}.key`), '-out', path, '-days', '2']
  const args = ['req', '-x509', ...key, ...files, '-subj', `/CN=${name}`, ...more]
  const {status, stderr} = spawnSync('openssl', args, {encoding: 'utf8'})
  if (status !== 0) throw new Error(stderr)
  return path
}
