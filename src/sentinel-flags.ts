/** Flags that name a server by its name among Sentinels. */
import {Flags} from '#oclif'
import {Exit, RespiteError} from './errors.ts'
import type {SentinelSettings} from './net/sentinel.ts'
import type {ServerSettings} from './net/server-settings.ts'
import {type AccessFlags, resolveServers} from './server-flags.ts'

const GROUP = 'SENTINEL'
const PORT = 26379

export const sentinelFlags = {
  sentinel: Flags.string({
    summary: 'Sentinels to ask; their password is in SENTINEL_AUTH.',
    helpValue: 'HOST:PORT,…',
    helpGroup: GROUP,
    dependsOn: ['master-name'],
  }),
  'master-name': Flags.string({
    summary: 'The name that they know the master by.',
    helpValue: 'NAME',
    helpGroup: GROUP,
    dependsOn: ['sentinel'],
  }),
}

export interface SentinelValues extends Partial<AccessFlags> {
  sentinel?: string
  'master-name'?: string
}

/** How to find the server whenever it is asked for; null where no Sentinel is named. @throws RespiteError `USAGE`. */
export function sentinelLocator(
  flags: SentinelValues,
  role: 'master' | 'replica',
): (() => Promise<ServerSettings>) | null {
  const {sentinel, 'master-name': masterName} = flags
  if (sentinel === undefined || masterName === undefined) return null
  const password = process.env.SENTINEL_AUTH || null
  const sentinels: SentinelSettings = {addresses: addresses(sentinel), masterName, password}
  return async () => {
    const {masterOf, replicaOf} = await import('./net/sentinel.ts')
    const find = role === 'master' ? masterOf : replicaOf
    return find(sentinels, await access(flags), new AbortController().signal)
  }
}

/** As an argument would say it, without what is secret: that comes from the flags again. */
export function addressOfServer({host, port, tls}: ServerSettings): string {
  const at = host.includes(':') ? `[${host}]` : host
  return `${tls === null ? 'redis' : 'rediss'}://${at}:${port}`
}

/** User, password and TLS as the flags say; the place does not count. */
async function access(flags: SentinelValues): Promise<ServerSettings> {
  const live = await resolveServers(['redis://127.0.0.1'], flags)
  return [...live!.servers.values()][0]
}

function addresses(list: string): {host: string; port: number}[] {
  return list.split(',').map((each) => {
    const [, host, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(each.trim()) ?? []
    if (host === undefined) {
      throw new RespiteError(Exit.USAGE, 'USAGE', `--sentinel ${each}: write host:port,host:port`)
    }
    return {host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? PORT : Number(port)}
  })
}
