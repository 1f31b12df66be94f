/** Names of hosts, and the addresses that CLUSTER MEET wants in their place. */
import {promises as dns} from 'node:dns'
import {isIP} from 'node:net'
import {socketFailed} from './net-error.ts'
import type {ServerSettings} from './server-settings.ts'
import {serverName} from './server-settings.ts'

export const isAddress = (host: string): boolean => isIP(host) !== 0

/** @throws RespiteError NETWORK. */
export async function addressOf(settings: ServerSettings): Promise<string> {
  try {
    return (await dns.lookup(settings.host)).address
  } catch (error) {
    throw socketFailed(serverName(settings), error as NodeJS.ErrnoException)
  }
}
