/** Real servers for tests: started on loopback in a folder of their own, ended by process id. */
import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {RespClient} from './resp-client.ts'

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A program of the server's package: beside REDIS_SERVER, else on PATH. */
export function serverProgram(name = 'redis-server'): string | undefined {
  const given = process.env.REDIS_SERVER
  if (given && name === 'redis-server') return runnable(given) ? given : undefined
  const folders = [...(given ? [dirname(given)] : []), ...(process.env.PATH ?? '').split(delimiter)]
  return folders.map((folder) => join(folder, name)).find(runnable)
}

export interface ServerProgram {
  /** Name of its folder, `redis-8.0.6`, or `default`. */
  readonly name: string
  readonly path: string
  /** `Redis 7.0.15` */
  readonly version: string
}

/** The server on PATH and those in RESPITE_SERVERS, a folder with one folder per server and a program in each. */
export function serversAvailable(): ServerProgram[] {
  const found: {name: string; path: string}[] = []
  const own = serverProgram()
  if (own) found.push({name: 'default', path: own})
  const folder = process.env.RESPITE_SERVERS
  if (folder && existsSync(folder)) {
    for (const name of readdirSync(folder).sort()) {
      const programs = ['redis-server', 'valkey-server'].map((each) => join(folder, name, each))
      const path = programs.find(runnable)
      if (path) found.push({name, path})
    }
  }
  return found.map((each) => ({...each, version: versionOf(each.path)}))
}

function versionOf(path: string): string {
  const text = execFileSync(path, ['--version'], {encoding: 'utf8'})
  const [, name, version] = /^(\w+) server v=(\S+)/.exec(text) ?? []
  return `${name} ${version}`
}

/**
 * A port above 20000 that is free now. It and the bus port of a cluster node, 10000 above it, lie below those
 * that Linux gives to whoever connects (32768 and up).
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20001 + Math.floor(Math.random() * 2766)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (free) return port
  }
}

export interface StartOptions {
  /** Program to start. Default: `serverProgram()`. */
  readonly program?: string
  /** Working folder. Default: a new one, removed on stop. */
  readonly dir?: string
  readonly args?: readonly string[]
  /** Files to put into the working folder first. */
  readonly files?: Readonly<Record<string, Uint8Array>>
}

export interface RunningServer {
  readonly port: number
  readonly pid: number
  readonly dir: string
  readonly client: RespClient
  log(): string
  stop(): Promise<void>
}

/**
 * Start a server and wait until it has loaded its data. Rejects with its log when it ends before that. A port
 * that somebody else took since it was free is tried no more than a few times.
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options)
    } catch (error) {
      if (tries === 5 || !/Address already in use/.test(String(error))) throw error
    }
  }
}

async function startOnce(options: StartOptions): Promise<RunningServer> {
  const program = options.program ?? serverProgram()
  if (!program) throw new Error('no redis-server: set REDIS_SERVER')
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'respite-server-'))
  for (const [name, content] of Object.entries(options.files ?? {})) {
    writeFileSync(join(dir, name), content)
  }
  const port = await freePort()
  const child = spawn(program, [...baseArgs(program, port, dir), ...(options.args ?? [])], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, TZ: 'UTC'},
  })
  const gone = once(child, 'exit')
  let log = ''
  const keep = (chunk: Buffer) => {
    log = (log + chunk).slice(-100000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await gone
    if (!options.dir) rmSync(dir, {recursive: true, force: true})
  }
  try {
    await logLine(child, () => log, /ready to accept connections/i)
    const client = await RespClient.connect(port)
    const close = async () => {
      client.close()
      await stop()
    }
    return {port, pid: child.pid!, dir, client, log: () => log, stop: close}
  } catch (error) {
    await stop()
    throw error
  }
}

function baseArgs(program: string, port: number, dir: string): string[] {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '']
  const [major] = versionOf(program).split(' ')[1].split('.').map(Number)
  return major >= 7 ? [...args, '--enable-debug-command', 'yes'] : args
}

/** Waits for the server to say something; rejects when it ends before. */
function logLine(child: ChildProcess, log: () => string, line: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (line.test(log())) resolve()
    }
    child.stdout!.on('data', look)
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`the server ended (${code ?? signal}):\n${log().slice(-3000)}`)),
    )
  })
}

/** Load an RDB into a new server, ask something of it, end it. Rejects with the log when the file is refused. */
export async function withRdb<T>(
  rdb: Uint8Array,
  ask: (server: RunningServer) => Promise<T>,
  options: StartOptions = {},
): Promise<T> {
  const server = await startServer({...options, files: {...options.files, 'dump.rdb': rdb}})
  try {
    return await ask(server)
  } finally {
    await server.stop()
  }
}

/** DEBUG DIGEST of what a server makes of an RDB. */
export const loadRdb = (rdb: Uint8Array, options: StartOptions = {}): Promise<string> =>
  withRdb(rdb, ({client}) => client.text('DEBUG', 'DIGEST'), options)

/** DUMP payload of a key, null when there is none. */
export async function dump(client: RespClient, key: string | Uint8Array): Promise<Buffer | null> {
  return (await client.command('DUMP', key)) as Buffer | null
}

/** RESTORE over whatever is there. Returns `OK` or the text of the error. */
export async function restore(
  client: RespClient,
  key: string | Uint8Array,
  payload: Uint8Array,
): Promise<string> {
  const reply = await client.raw('RESTORE', key, 0, payload, 'REPLACE')
  return reply instanceof Error ? reply.message : String(reply)
}
