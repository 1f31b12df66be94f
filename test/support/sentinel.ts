/** Real Sentinels, of the server's own program. */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {RespClient} from './resp-client.ts'
import {freePort, serverProgram} from './server.ts'

export interface Sentinel {
  readonly port: number
  readonly client: RespClient
  stop(): Promise<void>
}

/** So many of them, which watch a master of the name `mymaster` and have found one another and its replicas. */
export async function startSentinels(
  count: number,
  masterPort: number,
  replicas: number,
): Promise<Sentinel[]> {
  const all: Sentinel[] = []
  for (let i = 0; i < count; i++) all.push(await startSentinel(masterPort))
  for (const {client} of all) {
    for (;;) {
      const row = ((await client.command('SENTINEL', 'MASTER', 'mymaster')) as Buffer[]).map(String)
      const value = (name: string) => Number(row[row.indexOf(name) + 1])
      if (value('num-slaves') >= replicas && value('num-other-sentinels') === count - 1) break
    }
  }
  return all
}

async function startSentinel(masterPort: number): Promise<Sentinel> {
  const dir = mkdtempSync(join(tmpdir(), 'respite-sentinel-'))
  const port = await freePort()
  const config = join(dir, 'sentinel.conf')
  writeFileSync(
    config,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor mymaster 127.0.0.1 ${masterPort} 2`,
      'sentinel down-after-milliseconds mymaster 1000',
      'sentinel failover-timeout mymaster 5000',
      '',
    ].join('\n'),
  )
  const child: ChildProcess = spawn(serverProgram()!, [config, '--sentinel'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const gone = once(child, 'exit')
  await new Promise<void>((resolve) => {
    let log = ''
    child.stdout!.on('data', (chunk) => {
      log += chunk
      if (/\+monitor master/.test(log)) resolve()
    })
  })
  const client = await RespClient.connect(port)
  return {
    port,
    client,
    async stop() {
      client.close()
      child.kill('SIGKILL')
      await gone
      rmSync(dir, {recursive: true, force: true})
    },
  }
}
