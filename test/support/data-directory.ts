/** Data directories with append-only files that a real server has written. */
import {cpSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import type {RespClient} from './resp-client.ts'
import {startServer} from './server.ts'

/**
 * As people run it: save points, a log with the time of its commands, and nothing that rewrites it by itself. Without fsync: while
 * one runs in the background a server may hold commands back that it has answered, and they die with it.
 */
export const WITH_LOG = [
  ...['--appendonly', 'yes', '--save', '3600 1', '--aof-timestamp-enabled', 'yes'],
  ...['--auto-aof-rewrite-percentage', '0', '--appendfsync', 'no'],
]

/** Let a server write its log to `dir`; it is killed when all is done, as by `kill -9`. */
export async function written<T>(
  dir: string,
  work: (client: RespClient) => Promise<T>,
  args: readonly string[] = [],
): Promise<T> {
  const server = await startServer({dir, args: [...WITH_LOG, ...args]})
  try {
    return await work(server.client)
  } finally {
    await server.stop()
  }
}

/** DEBUG DIGEST of a server that loads a copy of this data directory. */
export async function loadedDigest(dir: string): Promise<string> {
  const copy = `${dir}.loaded`
  cpSync(dir, copy, {recursive: true})
  try {
    return await written(copy, (client) => client.text('DEBUG', 'DIGEST'))
  } finally {
    rmSync(copy, {recursive: true})
  }
}

/** BGREWRITEAOF of a server in `dir`, until it is done and, unless history files are kept, they are deleted. */
export async function rewrite(client: RespClient, dir: string): Promise<void> {
  const [, keeps] = (await client.command('CONFIG', 'GET', 'aof-disable-auto-gc')) as Buffer[]
  await client.text('BGREWRITEAOF')
  for (;;) {
    const info = await client.text('INFO', 'persistence')
    const isDone = /aof_rewrite_in_progress:0/.test(info) && /aof_rewrite_scheduled:0/.test(info)
    const manifest = readFileSync(join(dir, 'appendonlydir/appendonly.aof.manifest'), 'latin1')
    if (isDone && (String(keeps) === 'yes' || !manifest.includes('type h'))) break
  }
}
