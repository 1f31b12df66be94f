/** What the tests with live servers share. */

import {once} from 'node:events'
import {connect, createServer, type Server, type Socket} from 'node:net'
import {runOperation} from '../../src/io/run-operation.ts'
import {isServer} from '../../src/io/server-name.ts'
import {serverInputs} from '../../src/net/server-inputs.ts'
import {freePort} from './server.ts'

/** Run an operation over inputs, some of them servers. */
export async function runLive<Report>(
  operation: string,
  inputs: readonly string[],
  options: object = {},
): Promise<Report> {
  const {names, servers, openRemote} = await serverInputs(inputs, isServer)
  return runOperation(operation, names, {servers, ...options}, {openRemote, mode: 'worker'})
}

export interface Relay {
  readonly port: number
  close(): Promise<void>
}

/** A listener in front of a server. What is asked waits for `onAsk`; `onAnswer` may change an answer, or end it all. */
export async function relayTo(
  port: number,
  {
    onAsk,
    onAnswer,
  }: {
    onAsk?: (chunk: Buffer) => Promise<unknown> | undefined
    onAnswer?: (chunk: Buffer, client: Socket) => void
  },
): Promise<Relay> {
  return listen((client) => {
    const server = connect(port, '127.0.0.1')
    server.on('error', () => {})
    client.on('data', async (chunk: Buffer) => {
      client.pause()
      await onAsk?.(chunk)
      server.write(chunk)
      client.resume()
    })
    server.on('data', (chunk) => {
      onAnswer?.(chunk, client)
      if (!client.destroyed) client.write(chunk)
    })
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  })
}

/** A listener that does with a connection what it is told. */
export async function listen(onConnection: (client: Socket) => void): Promise<Relay> {
  const clients = new Set<Socket>()
  const server: Server = createServer((client) => {
    clients.add(client)
    client.on('error', () => {})
    onConnection(client)
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port,
    async close() {
      for (const client of clients) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
