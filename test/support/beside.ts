/** A real server and `respite serve`, both with the same data. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {FIXTURES} from './fixtures.ts'
import {type Served, startServe} from './serve.ts'
import {type RunningServer, startServer} from './server.ts'

export interface Beside {
  readonly server: RunningServer
  readonly served: Served
  stop(): Promise<void>
}

const EMPTY = join(FIXTURES, 'redis-7.0.15/empty.rdb')

/** `flags` of serve, besides --debug; `file` is an RDB that a server of this machine loads. */
export async function startBeside(flags: readonly string[], file = EMPTY): Promise<Beside> {
  const [server, served] = await Promise.all([
    startServer({files: {'dump.rdb': readFileSync(file)}}),
    startServe(...flags, '--debug', file),
  ])
  const stop = async () => void (await Promise.all([server.stop(), served.stop()]))
  return {server, served, stop}
}
