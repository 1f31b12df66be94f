// Runs a program to its end and says how long the whole process took, and how much memory it had at its peak.
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const POLL_MS = 5
const TIME = '/usr/bin/time'

/** The middle value; of an even count the lower of the two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1]
}

/** Read a file once, so that no run pays for the disk. */
export function warm(path) {
  const block = Buffer.allocUnsafe(1 << 20)
  const fd = openSync(path, 'r')
  try {
    while (readSync(fd, block, 0, block.length, null) > 0);
  } finally {
    closeSync(fd)
  }
}

/**
 * Run to the end: wall time from before the start until the end has been seen.
 *
 * @throws Error when it cannot start or its exit status is not `wanted`: what fails is not worth timing.
 */
export async function timed([program, ...args], wanted = 0) {
  const start = performance.now()
  const child = spawn(program, args, {stdio: ['ignore', 'ignore', 'pipe']})
  const said = []
  child.stderr.on('data', (chunk) => said.push(chunk))
  const peak = watchPeak(child.pid)
  try {
    const [status, signal] = await once(child, 'exit')
    const ms = performance.now() - start
    if (status === wanted) return {ms, peakBytes: peak.bytes}
    const text = Buffer.concat(said).toString().trim()
    throw new Error(`${[program, ...args].join(' ')}: ended with ${signal ?? status}\n${text}`)
  } finally {
    clearInterval(peak.timer)
  }
}

/** VmHWM belongs to the program alone, and only grows: what is missed is the growth in the last few milliseconds. */
function watchPeak(pid) {
  const peak = {bytes: undefined, timer: undefined}
  if (process.platform !== 'linux' || pid === undefined) return peak
  peak.timer = setInterval(() => {
    const kib = highWaterKiB(pid)
    if (kib > 0) peak.bytes = kib * 1024
  }, POLL_MS)
  return peak
}

/** The most memory that a process had so far; 0 when it is gone. */
export function highWaterKiB(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0)
  } catch (error) {
    // Gone between two looks; its end is about to be reported.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return 0
    throw error
  }
}

/** GNU and BusyBox `time` know -f; that of BSD and macOS does not. */
const timeKnowsFormat = () => spawnSync(TIME, ['-f', '%M', 'true'], {stdio: 'ignore'}).status === 0

/**
 * A function that runs a command and returns its wall time and peak memory. The kernel's own count where `time` can ask
 * for it, else /proc, else no memory. Its name says which.
 */
export function memoryMeter() {
  if (!timeKnowsFormat()) {
    const name = process.platform === 'linux' ? 'VmHWM in /proc' : 'not measured'
    return {name, measure: timed}
  }
  return {name: `${TIME} -f %M`, measure: underTime}
}

async function underTime(command, wanted) {
  const dir = mkdtempSync(join(tmpdir(), 'respite-bench-'))
  const file = join(dir, 'peak')
  try {
    const {ms} = await timed([TIME, '-f', '%M', '-o', file, ...command], wanted)
    // Where the status is not 0, time says so first.
    const [kib] = readFileSync(file, 'latin1').trim().split('\n').slice(-1)
    return {ms, peakBytes: Number(kib) * 1024}
  } finally {
    rmSync(dir, {recursive: true})
  }
}
