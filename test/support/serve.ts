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
export const startServe = (...args: string[]): Promise<Served> => started([], args)

/** The same where no file may be larger than so many KiB. */
export const startServeIn = (kib: number, ...args: string[]): Promise<Served> =>
  started(['bash', '-c', `ulimit -f ${kib}; exec "$0" "$@"`], args)

async function started(before: readonly string[], args: readonly string[]): Promise<Served> {
  const {PATH, HOME} = process.env
  const all = [process.execPath, join(ROOT, 'bin/run.js'), 'serve', '--json', ...args]
  const [program, ...rest] = [...before, ...all]
  const child = spawn(program, rest, {
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
