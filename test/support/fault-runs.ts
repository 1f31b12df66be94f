/** Runs the program with one call on a file gone wrong, see fault-preload.cjs. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Run} from './cli.ts'
import {ROOT} from './fixtures.ts'
import type {WritingCommand} from './writing-commands.ts'
import {runIn, scene} from './writing-runs.ts'

const NODE_OPTIONS = `--require ${join(ROOT, 'test/support/fault-preload.cjs')}`

export interface Call {
  readonly name: string
  readonly thread: string
  /** Which in its thread, from 1. */
  readonly at: number
}

const callLists = new Map<string, Promise<Call[]>>()

/** The calls of a run that can go wrong, in order: those of the thread that writes. One run for all tests of a file. */
export function callsOf(command: WritingCommand): Promise<Call[]> {
  const known = callLists.get(command.name) ?? calledBy(command)
  callLists.set(command.name, known)
  return known
}

async function calledBy(command: WritingCommand): Promise<Call[]> {
  const {folder, remove} = scene(command)
  const log = join(folder, 'calls.log')
  await runIn(folder, command.args, {env: {NODE_OPTIONS, RESPITE_CALLS: log}})
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  remove()
  // The main thread clears up behind a worker.
  const writer = lines.some((line) => line.startsWith('worker')) ? 'worker' : 'main'
  return lines
    .map((line) => line.split(' '))
    .filter(([thread]) => thread === writer)
    .map(([thread, name], i) => ({name, thread, at: i + 1}))
}

export const runFaulty = (
  folder: string,
  args: readonly string[],
  kind: string,
  {thread, at}: Call,
): Promise<Run> => {
  const fault = {RESPITE_FAULT: kind, RESPITE_FAULT_AT: String(at), RESPITE_FAULT_IN: thread}
  return runIn(folder, args, {env: {NODE_OPTIONS, ...fault}})
}
