/**
 * Finds the servers of a master's name by asking Sentinels. All that answer have to name the same master, which has to say itself that it is
 * one, and no other server may say so: else a failover is going on, or there are two masters, and nothing is taken or written.
 */
import {Exit, isOwn, RespiteError} from '../errors.ts'
import type {Reply} from '../formats/resp/reply.ts'
import {text} from '../formats/text.ts'
import {Client} from './client.ts'
import {readInfo} from './server-info.ts'
import {defaultServer, type ServerSettings, serverName} from './server-settings.ts'

export interface SentinelSettings {
  addresses: readonly {host: string; port: number}[]
  masterName: string
  /** Of the Sentinels themselves. */
  password: string | null
}

type Row = ReadonlyMap<string, string>

export interface FoundServers {
  master: {host: string; port: number}
  /** Those that can be asked, the best for a backup first. */
  replicas: {host: string; port: number}[]
}

const NEXT = 'Wait until the failover is over, and see SENTINEL MASTER and REPLICAS.'

/** @throws RespiteError NETWORK where no Sentinel answers; USAGE for an unknown name; BUSY where they do not agree. */
export async function askSentinels(
  {addresses, masterName, password}: SentinelSettings,
  until: AbortSignal,
): Promise<FoundServers> {
  const found: {master: Row; replicas: Row[]}[] = []
  let failure: unknown = null
  let unknown = 0
  for (const {host, port} of addresses) {
    try {
      const rows = await askOne({...defaultServer(), host, port, password}, masterName, until)
      if (rows === null) unknown++
      else found.push(rows)
    } catch (error) {
      if (!isOwn(error)) throw error
      failure = error
    }
  }
  if (found.length === 0 && unknown > 0) {
    const message = `the Sentinels know no master of the name ${masterName}`
    throw new RespiteError(Exit.USAGE, 'USAGE', message, 'See SENTINEL MASTERS.')
  }
  if (found.length === 0) throw failure
  return agreed(masterName, found)
}

/** The master, which says itself that it is one. @throws RespiteError. */
export async function masterOf(
  sentinels: SentinelSettings,
  access: ServerSettings,
  until: AbortSignal,
): Promise<ServerSettings> {
  const {master} = await askSentinels(sentinels, until)
  const settings = {...access, ...master, socket: null}
  const role = await roleOf(settings, until)
  if (role.role === 'master') return settings
  throw busy(`${serverName(settings)} is to be the master and says that it is none`)
}

/** The replica that is best for a backup: connected to its master, least behind. The master, where there is none. */
export async function replicaOf(
  sentinels: SentinelSettings,
  access: ServerSettings,
  until: AbortSignal,
): Promise<ServerSettings> {
  const {replicas} = await askSentinels(sentinels, until)
  for (const replica of replicas) {
    const settings = {...access, ...replica, socket: null}
    try {
      const {role, linkUp} = await roleOf(settings, until)
      if (role === 'slave' && linkUp) return settings
    } catch (error) {
      // Sentinel hears of it a moment later.
      const gone = isOwn(error) && error.exit === Exit.NETWORK
      if (!gone) throw error
    }
  }
  return masterOf(sentinels, access, until)
}

async function askOne(
  settings: ServerSettings,
  name: string,
  until: AbortSignal,
): Promise<{master: Row; replicas: Row[]} | null> {
  const client = await Client.connect(settings, until)
  try {
    const address = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
    if (address === null) return null
    const master = rowOf(await client.call('SENTINEL', 'MASTER', name))
    const replicas = (await client.call('SENTINEL', 'REPLICAS', name)) as Reply[]
    const [host, port] = (address as Uint8Array[]).map(text)
    return {
      master: new Map([...master, ['ip', host], ['port', port]]),
      replicas: replicas.map(rowOf),
    }
  } finally {
    client.close()
  }
}

function agreed(name: string, found: readonly {master: Row; replicas: Row[]}[]): FoundServers {
  const places = new Set(found.map(({master}) => placeOf(master)))
  if (places.size > 1) {
    throw busy(`the Sentinels do not agree who is ${name}: ${[...places].sort().join(', ')}`)
  }
  const [{master}] = found
  if (found.every((each) => /[so]_down/.test(each.master.get('flags') ?? ''))) {
    throw busy(`the Sentinels say that ${name}, ${placeOf(master)}, is down`)
  }
  for (const {replicas} of found) {
    const second = replicas.find((row) => isSecondMaster(row) && placeOf(row) !== placeOf(master))
    if (second !== undefined) {
      throw busy(`${placeOf(second)} says that it is the master, and so does ${placeOf(master)}`)
    }
  }
  return {master: addressOf(master), replicas: sorted(found[0].replicas).map(addressOf)}
}

/** It was reached, and says what only one may say. */
function isSecondMaster(row: Row): boolean {
  return row.get('role-reported') === 'master' && !/down|disconnected/.test(row.get('flags') ?? '')
}

/** One that is never promoted comes first, then those that are least behind. */
function sorted(rows: readonly Row[]): Row[] {
  const usable = rows.filter(
    (row) => row.get('flags') === 'slave' && row.get('master-link-status') === 'ok',
  )
  const rank = (row: Row) => (row.get('slave-priority') === '0' ? 0 : 1)
  const offset = (row: Row) => Number(row.get('slave-repl-offset') ?? 0)
  return usable.sort((a, b) => rank(a) - rank(b) || offset(b) - offset(a))
}

async function roleOf(settings: ServerSettings, until: AbortSignal) {
  const client = await Client.connect(settings, until)
  try {
    const info = await readInfo(client)
    return {role: info.get('role'), linkUp: info.get('master_link_status') === 'up'}
  } finally {
    client.close()
  }
}

function rowOf(reply: Reply): Row {
  const words = (reply as Uint8Array[]).map(text)
  return new Map(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]] as const] : [])))
}

const placeOf = (row: Row): string => `${row.get('ip')}:${row.get('port')}`

const addressOf = (row: Row) => ({host: row.get('ip') ?? '', port: Number(row.get('port'))})

const busy = (message: string): RespiteError => new RespiteError(Exit.BUSY, 'BUSY', message, NEXT)
