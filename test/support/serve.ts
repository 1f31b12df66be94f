/** `respite serve` as a process of its own, on a port that is free. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {ROOT} from './fixtures.ts'
import {RespClient} from './resp-client.ts'

export interface Served {
  readonly port: number
  readonly client: RespClient
  /** The line that says where it listens. */
  readonly listening: Record<string, unknown>
  readonly pid: number
  /** Its exit status, when it has ended by itself. */
  ended(): Promise<number | null>
  /** End it; the exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** With --json. Rejects with what it printed when it ends before it listens. */
export async function startServe(...args: string[]): Promise<Served> {
  const {PATH, HOME} = process.env
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'serve', '--json', ...args], {
    env: {PATH, HOME, NO_COLOR: '1', TZ: 'UTC'},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit')
  const line = await new Promise<string>((resolve, reject) => {
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    createInterface(child.stdout).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`serve ended (${code}): ${errors}`)))
  })
  const listening = JSON.parse(line)
  if (listening.type !== 'listening') throw new Error(line)
  const client = await RespClient.connect(listening.port)
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    client.close()
    if (child.exitCode === null) child.kill(signal)
    const [code] = await gone
    return code
  }
  const ended = async () => (await gone)[0]
  return {port: listening.port, client, listening, pid: child.pid!, ended, stop}
}
