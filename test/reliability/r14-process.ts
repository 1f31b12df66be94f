/** Runs the program and says how much memory it took. */
import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {ROOT} from '../support/fixtures.ts'

export const RUN = join(ROOT, 'bin/run.js')
/**
 * Loaded into a process first: its last line on stderr is the peak of its memory in KiB. Where there is /proc, of this program
 * alone: the usage that a process is told of begins with that of the one which started it.
 */
const PRELUDE = `data:text/javascript,${encodeURIComponent(`
import {readFileSync} from 'node:fs'
const own = () => /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]
const peak = () => process.platform === 'linux' ? own() : process.resourceUsage().maxRSS
process.on('exit', () => process._rawDebug('PEAK ' + peak()))`)}`

export interface Measured {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly peakMiB: number
  readonly ms: number
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A shell line that runs node with these arguments and reports its memory. */
export const nodeLine = (...args: string[]): string =>
  ['exec', process.execPath, '--import', PRELUDE, ...args]
    .map(quoted)
    .join(' ')
    .replace("'exec' ", '')

/** Run a shell line that ends in a measured process. */
export function measure(line: string, timeoutMs = 60000): Promise<Measured> {
  const started = performance.now()
  const {PATH} = process.env
  const child = spawn('bash', ['--norc', '-c', line], {
    env: {PATH, NO_COLOR: '1', TZ: 'UTC'},
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk) => out.push(chunk))
  child.stderr.on('data', (chunk) => err.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const stderr = Buffer.concat(err).toString('utf8')
      const peak = /PEAK (\d+)/.exec(stderr)
      const peakMiB = peak ? Number(peak[1]) / 1024 : Number.NaN
      const stdout = Buffer.concat(out).toString('utf8')
      resolve({code, stdout, stderr, peakMiB, ms: performance.now() - started})
    })
  })
}

/** Memory of a process that does nothing. */
export const idle = async (): Promise<number> => (await measure(nodeLine('-e', '0'))).peakMiB
