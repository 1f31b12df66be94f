/** Servers as inputs of operations. */
import {serverRdb} from './server-rdb.ts'
import {parseServerUrl, type ServerSettings, serverName} from './server-settings.ts'

export interface ServerInput {
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>
  close(): void
}

export interface ServerInputs {
  /** The inputs, servers by the names they are printed with. */
  readonly names: string[]
  /** Settings of the servers by those names. */
  readonly servers: ReadonlyMap<string, ServerSettings>
  openRemote(name: string): ServerInput
}

/** Take the servers among inputs apart. `isServer` knows them, `complete` adds what their addresses do not say. */
export async function serverInputs(
  inputs: readonly string[],
  isServer: (input: string) => boolean,
  complete: (settings: ServerSettings) => Promise<ServerSettings> = async (settings) => settings,
): Promise<ServerInputs> {
  const servers = new Map<string, ServerSettings>()
  const names: string[] = []
  for (const input of inputs) {
    const settings = isServer(input) ? await complete(parseServerUrl(input)) : null
    names.push(settings === null ? input : serverName(settings))
    if (settings !== null) servers.set(serverName(settings), settings)
  }
  return {names, servers, openRemote: (name) => open(servers.get(name))}
}

function open(settings: ServerSettings | undefined): ServerInput {
  if (settings === undefined) throw new Error('a server that nobody named')
  const hangUp = new AbortController()
  return {chunks: serverRdb(settings, hangUp.signal), close: () => hangUp.abort()}
}
