/**
 * R10: kill -9 at each system call of the output path of every writing command. Whatever the moment, the old file or the new one
 * is there, inputs are as they were, and the next run clears up and succeeds.
 */
import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from '@jest/globals'
import {budget, figure, TIMEOUT} from '../support/campaign.ts'
import {ROOT} from '../support/fixtures.ts'
import {WRITING_COMMANDS, type WritingCommand} from '../support/writing-commands.ts'
import {
  faultsIn,
  isComplete,
  type Reference,
  reference,
  runIn,
  scene,
  spread,
  temporariesIn,
  treeOf,
} from '../support/writing-runs.ts'

const RUN = join(ROOT, 'bin/run.js')
const POINTS = budget(4, 1000)
const CALLS =
  'pwrite64,fsync,ftruncate,fchmod,fchown,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,chmod,chown'

const traced = spawnSync('strace', ['-V']).status === 0

function straced(folder: string, options: readonly string[], args: readonly string[]) {
  return spawnSync('strace', ['-f', '-qq', '-y', ...options, process.execPath, RUN, ...args], {
    cwd: folder,
    env: {PATH: process.env.PATH, UV_THREADPOOL_SIZE: '1', NO_COLOR: '1', PWD: folder},
    timeout: 60_000,
  })
}

interface Point {
  readonly call: string
  /** Which of these calls in its thread, from 1. */
  readonly nth: number
}

/** Of a file outside of the folder, such as a pipe; `-y` gives each descriptor its path. */
function isElsewhere(args: string, folder: string): boolean {
  const [, path] = /^\d+<([^>]*)>/.exec(args) ?? []
  return path !== undefined && !path.startsWith(folder)
}

/** The calls that change something, in order. A file that was just created is what a kill at its first write leaves. */
function pointsOf(command: WritingCommand): Point[] {
  const {folder, remove} = scene(command)
  const log = join(folder, 'trace.log')
  straced(folder, ['-o', log, '-e', `trace=${CALLS}`], command.args)
  const counts = new Map<string, number>()
  const points: Point[] = []
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, thread, call, rest] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? []
    if (call === undefined) continue
    const nth = (counts.get(`${thread} ${call}`) ?? 0) + 1
    counts.set(`${thread} ${call}`, nth)
    if (!rest.includes('ENOENT') && !isElsewhere(rest, folder)) points.push({call, nth})
  }
  remove()
  return points
}

async function killAt(command: WritingCommand, wanted: Reference, {call, nth}: Point) {
  const stage = scene(command)
  const {folder} = stage
  try {
    const inject = ['-o', '/dev/null', '-e', `inject=${call}:signal=KILL:when=${nth}`]
    const {status, signal} = straced(folder, inject, command.args)
    const killed = signal === 'SIGKILL' || status === 137
    const faults = faultsIn(folder, command, wanted, stage)
    const complete = isComplete(treeOf(folder), wanted)
    const stale = temporariesIn(folder).length
    const next = await runIn(folder, command.args)
    const expected = complete ? [command.again, command.exit] : [command.exit]
    if (!expected.includes(next.code ?? -1)) faults.push(`next run: ${next.code} ${next.stderr}`)
    if (!isComplete(treeOf(folder), wanted)) faults.push('the next run leaves no complete output')
    faults.push(...temporariesIn(folder).map((name) => `${name} is left by the next run`))
    const gone = [...stage.before.keys()].filter((name) => !wanted.after.has(name))
    const now = treeOf(folder)
    faults.push(...gone.filter((name) => now.has(name)).map((name) => `${name} is in the way`))
    return {killed, complete, stale, faults: faults.map((each) => `${call} ${nth}: ${each}`)}
  } finally {
    stage.remove()
  }
}

test.each(WRITING_COMMANDS)(
  '$name: kill -9 leaves the old file or the new one',
  async (command) => {
    if (!traced) return figure('R10', `${command.name}: skipped, strace is missing`)
    const wanted = await reference(command)
    expect(wanted.run.code).toBe(command.exit)
    const all = pointsOf(command)
    expect(all.length).toBeGreaterThan(4)
    const points = spread(all, POINTS)
    const results: Awaited<ReturnType<typeof killAt>>[] = []
    for (const point of points) results.push(await killAt(command, wanted, point))
    const count = (what: 'killed' | 'complete' | 'stale') =>
      results.filter((each) => each[what]).length
    const faults = results.flatMap((each) => each.faults)
    figure(
      'R10',
      `${command.name}: killed at ${count('killed')} of ${all.length} system calls, ${count('complete')} complete, ${count('stale')} with temporaries, ${faults.length} faults`,
    )
    expect(faults).toEqual([])
    expect(count('killed')).toBe(points.length)
  },
  TIMEOUT,
)
