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

/** How the bytes of a server are got: key by key, unless another way is given. */
export type ReadServer = (
  settings: ServerSettings,
  until: AbortSignal,
) => AsyncGenerator<Uint8Array, void, undefined>

/** Take the servers among inputs apart. `isServer` knows them, `complete` adds what their addresses do not say. */
export async function serverInputs(
  inputs: readonly string[],
  isServer: (input: string) => boolean,
  complete: (settings: ServerSettings) => Promise<ServerSettings> = async (settings) => settings,
  read: ReadServer = serverRdb,
): Promise<ServerInputs> {
  const servers = new Map<string, ServerSettings>()
  const names: string[] = []
  for (const input of inputs) {
    const settings = isServer(input) ? await complete(parseServerUrl(input)) : null
    names.push(settings === null ? input : serverName(settings))
    if (settings !== null) servers.set(serverName(settings), settings)
  }
  return {names, servers, openRemote: (name) => open(servers.get(name), read)}
}

function open(settings: ServerSettings | undefined, read: ReadServer): ServerInput {
  if (settings === undefined) throw new Error('a server that nobody named')
  const hangUp = new AbortController()
  return {chunks: read(settings, hangUp.signal), close: () => hangUp.abort()}
}
