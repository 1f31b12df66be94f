/** Flags of `serve` as options. */
import type {Policy} from '../engine/eviction/policies.ts'
import type {Fsync} from '../engine/session/persistence.ts'
import {Exit, RespiteError} from '../errors.ts'
import {text} from '../formats/text.ts'
import {nodeDisk} from '../io/disk.ts'
import {readText} from '../io/read-text.ts'
import type {Point} from './point.ts'
import type {ServeOptions} from './serve.ts'
import type {KeepOptions} from './serve-persistence.ts'
import type {ReplicaOptions} from './serve-replicas.ts'

interface ServeFlags {
  config?: string | undefined
  at?: Point | undefined
  'as-of-clock': boolean
  port?: number | undefined
  bind: string
  unixsocket?: string | undefined
  'requirepass-file'?: string | undefined
  maxclients: number
  writable: boolean
  save?: string | undefined
  force: boolean
  appendonly?: string | undefined
  maxmemory: number
  'maxmemory-policy': Policy
  'maxmemory-samples': number
  appendfsync: string
  'auto-aof-rewrite-percentage': number
  'auto-aof-rewrite-min-size': number
  'aof-timestamps': boolean
  'listen-replicas': boolean
  'repl-backlog-size': number
  'repl-output-limit': number
  debug: boolean
}

/** Of servers, too. */
const BACKLOG_MIN = 16 * 1024
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/

/** @throws RespiteError USAGE, InputError for the file with the password. */
export function serveOptions(flags: ServeFlags, version: string): ServeOptions {
  const {bind, unixsocket: socket = null, config, at} = flags
  const password = passwordIn(flags['requirepass-file'])
  if (password === null && !LOOPBACK.test(bind)) {
    const message = `--bind ${bind} lets others in: give --requirepass-file, or stay on the loopback address`
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  return {
    ...(config === undefined ? {} : {config}),
    ...(at === undefined ? {} : {at}),
    asOfClock: flags['as-of-clock'],
    host: bind,
    port: flags.port ?? (socket === null ? 0 : null),
    socket,
    password,
    maxClients: flags.maxclients,
    writable: flags.writable,
    ...keepOptions(flags),
    replicas: replicaOptions(flags),
    eviction: {
      maxmemory: flags.maxmemory,
      policy: flags['maxmemory-policy'],
      samples: flags['maxmemory-samples'],
    },
    ending: new Int32Array(new SharedArrayBuffer(4)),
    debug: flags.debug,
    version,
  }
}

/** @throws RespiteError USAGE. */
function keepOptions(flags: ServeFlags): KeepOptions {
  const {writable, save = null, force, appendonly = null, appendfsync} = flags
  if (!writable && (save !== null || appendonly !== null)) {
    const name = save === null ? '--appendonly' : '--save'
    throw new RespiteError(Exit.USAGE, 'USAGE', `${name} needs --writable: nothing changes without`)
  }
  return {
    save,
    force,
    appendonly,
    log: {
      fsync: appendfsync as Fsync,
      rewritePercentage: flags['auto-aof-rewrite-percentage'],
      rewriteMinSize: flags['auto-aof-rewrite-min-size'],
      timestamps: flags['aof-timestamps'],
    },
  }
}

/** @throws RespiteError USAGE. */
function replicaOptions(flags: ServeFlags): ReplicaOptions | null {
  if (!flags['listen-replicas']) return null
  if (!flags.writable) {
    const message = '--listen-replicas needs --writable: nothing is there to follow without'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  const backlogBytes = Math.max(flags['repl-backlog-size'], BACKLOG_MIN)
  return {backlogBytes, heldMax: flags['repl-output-limit']}
}

/** One character per byte, as clients send it. */
function passwordIn(path: string | undefined): string | null {
  if (path === undefined) return null
  const [password] = readText(path).split(/\r?\n/, 1)
  if (password !== '') return text(new TextEncoder().encode(password))
  throw new RespiteError(
    Exit.USAGE,
    'USAGE',
    `${path}: the first line, which is the password, is empty`,
  )
}

/** The socket that was listened on, where a signal ended it. */
export function removeSocket({socket}: ServeOptions): void {
  const disk = nodeDisk()
  if (socket !== null && disk.lstat(socket) !== undefined) disk.unlink(socket)
}
