/** Loads an input and answers clients from memory until SHUTDOWN. The input is read once, and never written. */
import {DIGEST_RULES, serverOf} from '../engine/digest/rules.ts'
import type {EvictionRules} from '../engine/eviction/evict-live.ts'
import type {Keyspace} from '../engine/keyspace.ts'
import {layoutOf} from '../engine/memory/server-layout.ts'
import type {ReadRules} from '../engine/read/read-call.ts'
import {ActiveExpiry} from '../engine/session/active-expiry.ts'
import {ServedDataset} from '../engine/session/served.ts'
import {expiredGo} from '../engine/session/sweep.ts'
import {Exit, RespiteError} from '../errors.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {targetOf} from '../formats/rdb/targets.ts'
import type {Host} from '../io/host.ts'
import {isServer} from '../io/server-name.ts'
import {Listener} from '../net/listener.ts'
import {Unreadable} from './dataset.ts'
import {loadableOf, openDataset} from './dataset-source.ts'
import {DEFAULT_DATABASES, KeyspaceSource} from './keyspace-source.ts'
import type {Point} from './point.ts'
import {keyCounts} from './repair-proof.ts'
import {Keeper, type KeepOptions} from './serve-persistence.ts'
import {listenReplicas, type ReplicaOptions} from './serve-replicas.ts'
import type {ServeListening, ServeReport} from './serve-reports.ts'
import {DatasetSaver} from './serve-save.ts'
import {type StreamPlace, snapshotPlace, snapshotTime} from './snapshot-time.ts'

export interface ServeOptions extends KeepOptions {
  config?: string
  databases?: number
  at?: Point
  /** Time stands still when the data was saved. */
  asOfClock: boolean
  host: string
  port: number | null
  socket: string | null
  password: string | null
  maxClients: number
  /** What clients may have stored, and what goes when it is more. */
  eviction: EvictionRules
  /** Commands that write are answered, from memory: the input stays as it is. */
  writable: boolean
  /** Null: nobody may replicate. */
  replicas: ReplicaOptions | null
  debug: boolean
  version: string
  /** In shared memory: not 0 when a signal has come. */
  ending: Int32Array
}

/** The newest version that servers of Redis 7.2 write. */
const DUMP_VERSION = 11
const TICK_MS = 100

export async function serve(
  host: Host,
  [input]: readonly string[],
  options: ServeOptions,
): Promise<ServeReport> {
  const source = load(host, input, options)
  const frozenMs = options.asOfClock ? savedAt(host, source) : null
  const {keyspace, producer} = source
  host.settle()
  const served = new ServedDataset(
    keyspace,
    rulesOf(source),
    {...options, databases: databasesOf(keyspace, options), producer, port: 0, input},
    Date.now,
    frozenMs === null ? Date.now : () => frozenMs,
  )
  const saver = new DatasetSaver(host, source, served.now)
  const keeper = new Keeper(served, source, saver, options)
  try {
    const {replicas: wanted} = options
    const replicas =
      wanted === null ? null : listenReplicas(served, saver, wanted, placeOf(host, source))
    const expired = frozenMs === null ? expire(served, keeper) : 0
    const listener = new Listener(served, options)
    const port = await listener.listen()
    served.options.port = port ?? 0
    const listening = listeningOf(served, options, {port, expired, frozenMs})
    host.emit(new TextEncoder().encode(JSON.stringify(listening)))
    const {bySignal} = await endOf(served, keeper, options, () => replicas?.tick())
    listener.close()
    replicas?.close()
    keeper.close(bySignal)
    return {...listening, connections: served.connections, commands: served.commands}
  } catch (error) {
    keeper.abandon()
    throw error
  }
}

/** Where clients find what. */
function listeningOf(
  {keyspace, options: {input, producer}}: ServedDataset,
  {host, socket, writable}: ServeOptions,
  {port, expired, frozenMs}: {port: number | null; expired: number; frozenMs: number | null},
): ServeListening {
  return {
    schema: 'respite.serve/1',
    input,
    host: port === null ? null : host,
    port,
    socket,
    writable,
    keys: keyCounts(keyspace),
    expired,
    clock: frozenMs === null ? null : new Date(frozenMs).toISOString(),
    producer,
  }
}

/** What is over by now goes, and the log is told. */
function expire(served: ServedDataset, keeper: Keeper): number {
  const {keyspace, propagation} = served
  const {keys, fields} = expiredGo(keyspace, served.now(), (number, db, entry) => {
    served.goes(number, db.keyStart(entry), db.keyEnd(entry))
  })
  propagation.flush(false)
  // No command says that a field is over.
  if (fields > 0) {
    keeper.changed()
    served.replication?.changed()
  }
  return keys
}

/** A timer for more would be over at once. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** Call back after so many ms. Returns how to call it off. */
function after(ms: number, run: () => void): () => void {
  let timer: NodeJS.Timeout
  const wait = (left: number) => {
    const next = () => (left > TIMER_MAX_MS ? wait(left - TIMER_MAX_MS) : run())
    timer = setTimeout(next, Math.min(left, TIMER_MAX_MS))
  }
  wait(ms)
  return () => clearTimeout(timer)
}

/** Until SHUTDOWN or a signal. @throws what makes it impossible to go on. */
async function endOf(
  served: ServedDataset,
  keeper: Keeper,
  {ending}: ServeOptions,
  tick: () => void,
): Promise<{bySignal: boolean}> {
  let timer: NodeJS.Timeout | undefined
  served.waiters.after = after
  try {
    return await new Promise((resolve, reject) => {
      served.shutDown = () => resolve({bySignal: false})
      keeper.failed = reject
      const expiry = new ActiveExpiry(served)
      timer = setInterval(() => {
        if (served.options.writable && !served.pause.stopsChanges) expiry.run()
        keeper.tick(Date.now())
        tick()
        if (Atomics.load(ending, 0) !== 0) resolve({bySignal: true})
      }, TICK_MS)
    })
  } finally {
    clearInterval(timer)
  }
}

/** @throws RespiteError where it is damaged or not for us: nobody is to be answered from half of it. */
function load(host: Host, input: string, options: ServeOptions): KeyspaceSource {
  try {
    return open(host, input, options)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    const {code, file, offset, message, next} = error.finding
    const exit = code === 'UNSUPPORTED' ? Exit.UNSUPPORTED : Exit.FOUND
    const where = offset === null ? file : `${file}: offset ${offset}`
    throw new RespiteError(exit, code, `${where}: ${message}`, next)
  }
}

function open(host: Host, input: string, options: ServeOptions): KeyspaceSource {
  if (input === '-' || isServer(input)) {
    const message = `${input}: serve reads files and directories: give a path`
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  if (options.at) {
    const source = openDataset(host, input, options)
    if (source instanceof KeyspaceSource) return source
  }
  const {kind, files, builder, config} = loadableOf(host, input, options.config)
  return new KeyspaceSource(host, input, kind, files, builder, config, options)
}

/** When what is served was saved, as the data says; else when its file was written. */
function savedAt(host: Host, source: KeyspaceSource): number {
  const {kind, toldTimeMs, createdAtMs, paths} = source
  if (kind !== 'rdb') return toldTimeMs ?? createdAtMs
  const c = new Cursor(host.kernel).open(host.open(paths[0], {crc: false}))
  return snapshotTime(c) ?? createdAtMs
}

/** What a snapshot is a snapshot of, where its server had replicas or was one. */
function placeOf(host: Host, {kind, paths}: KeyspaceSource): StreamPlace | null {
  if (kind !== 'rdb') return null
  return snapshotPlace(new Cursor(host.kernel).open(host.open(paths[0], {crc: false})))
}

function rulesOf({producer, rdbVersion, dialect}: KeyspaceSource): ReadRules {
  const {scores} = DIGEST_RULES[serverOf(producer) ?? '7.4']
  const source = dialect === null ? null : {dialect, version: rdbVersion ?? DUMP_VERSION}
  return {
    scores,
    layout: layoutOf(producer),
    target: targetOf(rdbVersion ?? DUMP_VERSION, source),
  }
}

/** As many as the server had, and all that there are. */
function databasesOf(keyspace: Keyspace, {databases = DEFAULT_DATABASES}: ServeOptions): number {
  return Math.max(databases, ...keyspace.numbers().map((number) => number + 1))
}
