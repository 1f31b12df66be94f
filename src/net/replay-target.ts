/** Where a log is replayed on a live server: one connection, or one per master of a cluster. */
import {Exit, RespiteError} from '../errors.ts'
import {isReplyError} from '../formats/resp/reply.ts'
import {Client, type Waiter} from './client.ts'
import {openCluster} from './cluster-target.ts'
import {isCluster, isSince7, keyCount, readInfo, type ServerInfo} from './server-info.ts'
import {type ServerSettings, serverName} from './server-settings.ts'

/** Which nodes of a cluster a command belongs to: that of a key, any one, all. */
export type Route = Uint8Array | 'any' | 'all'

export interface ReplayTarget {
  /** Without credentials. */
  readonly name: string
  readonly isCluster: boolean
  /** Masters, or the one server. */
  readonly nodes: readonly Client[]
  /** Enough is on its way: `ready()` is to be waited for. */
  readonly full: boolean
  /** Send a command as RESP bytes, which are kept until it is answered. Sent to all, the first reply counts. */
  send(record: Uint8Array, route: Route, waiter: Waiter): void
  /** @throws RespiteError NETWORK. */
  ready(): Promise<void>
  /** Wait until everything is answered. @throws RespiteError NETWORK. */
  idle(): Promise<void>
  close(): void
}

/**
 * Connect, and see to it that nothing is there: `force` empties it, else that is refused.
 * @throws RespiteError AUTH, NETWORK, BUSY; SERVER_NOT_EMPTY.
 */
export async function openTarget(
  settings: ServerSettings,
  force: boolean,
  until: AbortSignal,
): Promise<ReplayTarget> {
  return connect(settings, until, async (target, infoOf) => {
    for (const node of target.nodes) await prepare(node, await infoOf(node), force)
    return target
  })
}

/** What a target is before anything is sent to it. */
export interface OpenedTarget {
  readonly target: ReplayTarget
  /** Of its first node. */
  readonly info: ServerInfo
  readonly keys: number
  readonly libraries: number
  readonly evicted: number
}

/** Connect to a server or a cluster that may hold anything. @throws RespiteError AUTH, NETWORK; BUSY for a replica. */
export async function openAnyTarget(
  settings: ServerSettings,
  until: AbortSignal,
): Promise<OpenedTarget> {
  return connect(settings, until, async (target, infoOf, info) => {
    const opened = {target, info, keys: 0, libraries: 0, evicted: 0}
    for (const node of target.nodes) {
      const its = await infoOf(node)
      refuseReplica(node, its)
      opened.keys += keyCount(its)
      opened.libraries += isSince7(its) ? await libraryCount(node) : 0
      opened.evicted += Number(its.get('evicted_keys') ?? 0)
    }
    return opened
  })
}

/** Connect to a server or a cluster, and look at its nodes; whatever fails, nothing stays open. */
async function connect<Opened>(
  settings: ServerSettings,
  until: AbortSignal,
  look: (
    target: ReplayTarget,
    infoOf: (node: Client) => Promise<ServerInfo>,
    info: ServerInfo,
  ) => Promise<Opened>,
): Promise<Opened> {
  if (settings.db !== null) throw noDatabase(serverName(settings))
  const client = await Client.connect(settings, until)
  let target: ReplayTarget | null = null
  try {
    const info = await readInfo(client)
    target = isCluster(info) ? await openCluster(client, settings, until) : single(client)
    return await look(target, async (node) => (node === client ? info : readInfo(node)), info)
  } catch (error) {
    target?.close()
    client.close()
    throw error
  }
}

function single(client: Client): ReplayTarget {
  return {
    name: client.name,
    isCluster: false,
    nodes: [client],
    get full() {
      return client.full
    },
    send: (record, _route, waiter) => client.send(record, waiter),
    ready: () => client.ready(),
    idle: () => client.idle(),
    close: () => client.close(),
  }
}

async function prepare(node: Client, info: ServerInfo, force: boolean): Promise<void> {
  refuseReplica(node, info)
  const keys = keyCount(info)
  const libraries = isSince7(info) ? await libraryCount(node) : 0
  if (keys + libraries === 0) return
  if (!force) throw notEmpty(node.name, keys, libraries)
  await node.call('FLUSHALL')
  if (libraries > 0) await node.call('FUNCTION', 'FLUSH')
}

function refuseReplica(node: Client, info: ServerInfo): void {
  if (info.get('role') !== 'slave') return
  const next = 'Name its master, or a server of its own.'
  const message = `${node.name}: a replica, which takes no writes`
  throw new RespiteError(Exit.BUSY, 'BUSY', message, next)
}

/** Servers without functions, or users who may not see them, have none to lose. */
async function libraryCount(node: Client): Promise<number> {
  const reply = await node.ask('FUNCTION', 'LIST')
  return !isReplyError(reply) && Array.isArray(reply) ? reply.length : 0
}

function notEmpty(server: string, keys: number, libraries: number): RespiteError {
  const what = keys > 0 ? `${keys} keys` : `${libraries} function libraries`
  const next = 'Name an empty server; --force empties this one first (FLUSHALL, FUNCTION FLUSH).'
  return new RespiteError(Exit.USAGE, 'SERVER_NOT_EMPTY', `${server}: holds ${what} already`, next)
}

function noDatabase(server: string): RespiteError {
  const next = 'Leave the number out: what is replayed selects its databases itself.'
  return new RespiteError(Exit.USAGE, 'SERVER_DATABASE', `${server}: names one database`, next)
}
