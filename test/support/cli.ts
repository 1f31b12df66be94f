/** Runs the program as a user does. */
import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {ROOT} from './fixtures.ts'

export interface Run {
  readonly stdout: string
  readonly stderr: string
  /** Exit status, or null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface RunOptions {
  readonly cwd?: string
  /** Added to a bare environment: PATH, HOME and no colour. Undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Given to standard input, which is closed behind it. */
  readonly input?: Uint8Array | string
  readonly timeoutMs?: number
}

/** `bin/run.js` with these arguments. Rejects only when it cannot be started or does not end in time. */
export function respite(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const {PATH, HOME} = process.env
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args], {
    cwd: options.cwd ?? ROOT,
    env: {PATH, HOME, NO_COLOR: '1', TZ: 'UTC', ...options.env},
    timeout: options.timeoutMs ?? 60000,
    killSignal: 'SIGKILL',
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk) => out.push(chunk))
  child.stderr.on('data', (chunk) => err.push(chunk))
  // A program that ends before it read all of its input is no failure of the test.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8')
      resolve({stdout: text(out), stderr: text(err), code, signal})
    })
  })
}
