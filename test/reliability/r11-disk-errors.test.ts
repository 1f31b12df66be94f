/**
 * R11: every call on a file that a writing command makes fails in turn, through the whole program; and a disk that is really full.
 * The documented status, the output named, nothing half done left. And signals in the middle of each call.
 */
import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, statfsSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {budget, figure, SOAK, TIMEOUT} from '../support/campaign.ts'
import type {Run} from '../support/cli.ts'
import {type Call, callsOf, runFaulty} from '../support/fault-runs.ts'
import {WRITING_COMMANDS, type WritingCommand} from '../support/writing-commands.ts'
import {
  faultsIn,
  isComplete,
  namesIn,
  type Reference,
  reference,
  runIn,
  type Scene,
  scene,
  spread,
  temporariesIn,
  treeOf,
} from '../support/writing-runs.ts'

const CODES = ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS']
const POINTS = budget(3, 1000)
const SIGNAL_POINTS = 2

/** Names without those of an output that is there by itself, and all of it. */
function withoutApart(names: string[], {apart}: WritingCommand, {after}: Reference): string[] {
  if (apart === undefined) return names
  const files = [...after.keys()].filter((name) => apart.test(name))
  const isWhole = files.every((name) => names.includes(name))
  return isWhole ? names.filter((name) => !apart.test(name)) : names
}

/** What every failed run has to leave. */
function faultsAfter(
  run: Run,
  command: WritingCommand,
  wanted: Reference,
  stage: Scene,
  had: readonly string[],
): string[] {
  const {folder} = stage
  const faults = faultsIn(folder, command, wanted, stage)
  const complete = isComplete(treeOf(folder), wanted)
  if (run.code === command.exit && !complete) faults.push('success without an output')
  // A backup stays: nobody can tell for sure that a rename which failed did nothing.
  const names = withoutApart(namesIn(folder), command, wanted).filter(
    (name) => !/\.bak-/.test(name),
  )
  if (!complete && names.join() !== had.join()) faults.push(`left behind: ${names.join()}`)
  return faults
}

async function failAt(command: WritingCommand, wanted: Reference, call: Call, kind: string) {
  const stage = scene(command)
  const {folder} = stage
  const had = namesIn(folder)
  try {
    const run = await runFaulty(folder, command.args, kind, call)
    const faults = faultsAfter(run, command, wanted, stage, had)
    const fails = run.code !== command.exit
    if (fails && run.code !== 30) faults.push(`exit ${run.code}: ${run.stderr}`)
    if (fails && !/^respite: [\w./-]+: |^[\w./-]+: /.test(run.stderr)) faults.push(run.stderr)
    if (run.stderr.includes('.tmp-')) faults.push(`names a temporary: ${run.stderr}`)
    const atByte = !fails || call.name !== 'writeSync' || /\(at byte \d+\)/.test(run.stderr)
    if (!atByte) faults.push(`no byte: ${run.stderr}`)
    // A temporary that cannot be removed is for the next run.
    if (call.name !== 'unlinkSync') faults.push(...temporariesIn(folder))
    return {fails, faults: faults.map((each) => `${kind} at ${call.name} ${call.at}: ${each}`)}
  } finally {
    stage.remove()
  }
}

describe.each(WRITING_COMMANDS)('$name', (command) => {
  test(
    'fails as documented when the disk does, whatever the call',
    async () => {
      const wanted = await reference(command)
      const calls = await callsOf(command)
      const faults: string[] = []
      let failed = 0
      let runs = 0
      for (const [i, call] of spread(calls, POINTS).entries()) {
        for (const code of SOAK ? CODES : [CODES[i % CODES.length]]) {
          const result = await failAt(command, wanted, call, code)
          faults.push(...result.faults)
          if (result.fails) failed++
          runs++
        }
      }
      figure(
        'R11',
        `${command.name}: ${runs} failures at ${Math.min(POINTS, calls.length)} of ${calls.length} calls, ${failed} runs ended with 30, ${faults.length} faults`,
      )
      expect(faults).toEqual([])
      expect(failed).toBeGreaterThan(runs / 2)
    },
    TIMEOUT,
  )

  test(
    'carries on after short writes and reads',
    async () => {
      const wanted = await reference(command)
      const calls = (await callsOf(command)).filter(({name}) => /^(?:write|read)Sync$/.test(name))
      const points = spread(calls, budget(3, 1000))
      for (const call of points) {
        const {folder, remove} = scene(command)
        const run = await runFaulty(folder, command.args, 'short', call)
        const complete = isComplete(treeOf(folder), wanted)
        remove()
        expect({...call, code: run.code, complete}).toEqual({
          ...call,
          code: command.exit,
          complete: true,
        })
      }
      figure('R11', `${command.name}: ${points.length} of ${points.length} short calls carried on`)
    },
    TIMEOUT,
  )

  test(
    'takes away what is half done on SIGINT and SIGTERM',
    async () => {
      const wanted = await reference(command)
      const calls = await callsOf(command)
      const faults: string[] = []
      let slowest = 0
      // At the first call nothing is there yet, at the last all is.
      const points = spread(calls, budget(SIGNAL_POINTS, 1000) + 2).slice(1, -1)
      for (const [i, call] of points.entries()) {
        const [signal, status] = i % 2 ? (['SIGINT', 130] as const) : (['SIGTERM', 143] as const)
        const stage = scene(command)
        const had = namesIn(stage.folder)
        const start = performance.now()
        const run = await runFaulty(stage.folder, command.args, signal, call)
        slowest = Math.max(slowest, performance.now() - start)
        const found = faultsAfter(run, command, wanted, stage, had)
        if (run.code !== status) found.push(`exit ${run.code} ${run.signal}`)
        found.push(run.stderr, ...temporariesIn(stage.folder))
        const place = `${signal} at ${call.name} ${call.at}`
        faults.push(...found.filter(Boolean).map((each) => `${place}: ${each}`))
        stage.remove()
      }
      figure(
        'R11',
        `${command.name}: ${points.length} signals amid calls, ${faults.length} faults, slowest run ${slowest.toFixed(0)} ms`,
      )
      expect(faults).toEqual([])
    },
    TIMEOUT,
  )
})

/** Mounting needs root and Linux; containers often forbid it even then. */
function mounted(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null
  const folder = mkdtempSync(join(tmpdir(), 'respite-full-'))
  const {status} = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', folder])
  if (status === 0) return folder
  rmSync(folder, {recursive: true})
  return null
}

/** Leave so many bytes. */
function fillUp(disk: string, left: number): void {
  const {bavail, bsize} = statfsSync(disk)
  writeFileSync(join(disk, 'filler'), new Uint8Array(bavail * bsize - left))
}

test.each(WRITING_COMMANDS)(
  '$name on a disk that is full',
  async (command) => {
    const disk = mounted()
    if (disk === null) return figure('R11', `${command.name}: skipped, cannot mount a tmpfs`)
    try {
      const wanted = await reference(command)
      const faults: string[] = []
      for (const left of [0, 8192]) {
        const stage = scene(command, disk)
        const had = namesIn(stage.folder)
        fillUp(disk, left)
        const run = await runIn(stage.folder, command.args)
        const found = faultsAfter(run, command, wanted, stage, had)
        found.push(...temporariesIn(stage.folder))
        if (left === 0 && run.code !== 30) found.push(`exit ${run.code}`)
        if (run.code === 30 && !run.stderr.includes('no space left')) found.push(run.stderr)
        faults.push(...found.map((each) => `${left} bytes left: ${each}`))
        stage.remove()
        rmSync(join(disk, 'filler'))
      }
      figure('R11', `${command.name}: a full tmpfs, twice, ${faults.length} faults`)
      expect(faults).toEqual([])
    } finally {
      execFileSync('umount', [disk])
      rmSync(disk, {recursive: true})
    }
  },
  TIMEOUT,
)
