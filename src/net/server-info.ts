/** What INFO says of a server. */
import {text} from '../formats/text.ts'
import type {Client} from './client.ts'

export type ServerInfo = ReadonlyMap<string, string>

export async function readInfo(client: Client): Promise<ServerInfo> {
  const reply = await client.call('INFO')
  const lines = (reply instanceof Uint8Array ? text(reply) : String(reply)).split('\r\n')
  const fields = lines.map((line) => /^(\w+):(.*)$/.exec(line)).filter((match) => match !== null)
  return new Map(fields.map(([, name, value]) => [name, value]))
}

/** AUX fields that a file of this server would have. */
export function producerFields(info: ServerInfo): [string, string][] {
  const rows = [
    ['redis-ver', 'redis_version'],
    ['valkey-ver', 'valkey_version'],
    ['df-ver', 'dragonfly_version'],
  ] as const
  return rows.flatMap(([aux, field]) => {
    const value = info.get(field)
    return value === undefined ? [] : [[aux, value.replace(/^df-v/, '')] satisfies [string, string]]
  })
}

/** `redis 7.0.15`, as its files would say. */
export function producerName(info: ServerInfo): string | null {
  const last = producerFields(info).at(-1)
  return last === undefined ? null : `${last[0].replace(/-ver$/, '')} ${last[1]}`
}

/** Numbers and counts of the databases that have any key, in order. */
export function databasesOf(info: ServerInfo): {db: number; keys: number; expires: number}[] {
  const rows = [...info].map(([name, value]) => [/^db(\d+)$/.exec(name), value] as const)
  return rows
    .flatMap(([match, value]) => {
      const counts = /^keys=(\d+),expires=(\d+)/.exec(value)
      return match === null || counts === null
        ? []
        : [{db: Number(match[1]), keys: Number(counts[1]), expires: Number(counts[2])}]
    })
    .sort((a, b) => a.db - b.db)
}

export const keyCount = (info: ServerInfo): number =>
  databasesOf(info).reduce((sum, {keys}) => sum + keys, 0)

export function isCluster(info: ServerInfo): boolean {
  return info.get('cluster_enabled') === '1' || info.get('redis_mode') === 'cluster'
}

/** Does the server know what came with Redis 7.0: functions, PEXPIRETIME? Valkey's Redis version is 7.2. */
export function isSince7(info: ServerInfo): boolean {
  return Number.parseInt(info.get('redis_version') ?? '0', 10) >= 7
}
