/** Servers as inputs of operations, by the names they are printed with. */

import {serverRdb} from './server-rdb.ts'
import type {ServerSettings} from './server-settings.ts'

export interface ServerInput {
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>
  close(): void
}

/** Opens the servers among the inputs of a run. */
export function openServers(
  servers: ReadonlyMap<string, ServerSettings>,
): (name: string) => ServerInput {
  return (name) => {
    const settings = servers.get(name)
    if (settings === undefined) throw new Error('a server that nobody named')
    const hangUp = new AbortController()
    return {chunks: serverRdb(settings, hangUp.signal), close: () => hangUp.abort()}
  }
}
