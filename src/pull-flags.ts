/** The flags of `pull`, and what they say for its operations. */
import {Flags} from '#oclif'
import {archiveFlags} from './archive-flags.ts'
import {
  type ConvertValues,
  convertFlags,
  convertOptions,
  FORMS,
  shapeFlags,
  targetFlags,
} from './convert-flags.ts'
import {durationFlag} from './duration-flag.ts'
import {Exit, RespiteError} from './errors.ts'
import {isServer} from './io/server-name.ts'
import type {ConvertOptions} from './operations/convert-options.ts'
import {isSelective} from './operations/select.ts'
import {selectFlags, transformFlags} from './select-flags.ts'
import {sentinelFlags} from './sentinel-flags.ts'
import {accessFlags} from './server-flags.ts'

const usage = (message: string): RespiteError => new RespiteError(Exit.USAGE, 'USAGE', message)

export const linkFlags = {
  timeout: durationFlag({summary: 'How long a server may say nothing; 60s by default.'}),
}

export const pullFlags = {
  ...shapeFlags,
  ...targetFlags,
  'dry-run': Flags.boolean({summary: 'Only ask the server what it is and has.'}),
  to: Flags.option({
    options: FORMS,
    summary: 'Write something else than the RDB as it comes, as convert does.',
  })(),
  elements: convertFlags.elements,
  ...archiveFlags,
  ...linkFlags,
  ...sentinelFlags,
  cluster: Flags.boolean({
    summary: 'All masters at once, each into a file of the directory -o.',
    dependsOn: ['output'],
    exclusive: ['to', 'archive', 'sentinel', 'dry-run'],
  }),
  'prefer-replicas': Flags.boolean({
    summary: 'From the best replica of each master, where there is one.',
    dependsOn: ['cluster'],
  }),
  ...accessFlags,
  ...selectFlags,
  ...transformFlags,
}

export type PullValues = Omit<ConvertValues, 'to'> & {to?: ConvertOptions['to']; timeout?: number}

/** Which operation pulls, and what it is told. */
export interface PullTask {
  operation: 'pull' | 'pull-plan' | 'convert'
  options: object
  output: string | null
}

/** @throws RespiteError `USAGE` for flags that contradict each other. */
export function pullTask(flags: PullValues, isTerminal: boolean, now: Date): PullTask {
  const {to = 'rdb', force, output = null} = flags
  const options = convertOptions({...flags, to}, isTerminal, now)
  if (flags['dry-run']) return {operation: 'pull-plan', options: {output}, output}
  if (comesAsItIs(flags, options)) return {operation: 'pull', options: {output, force}, output}
  return {operation: 'convert', options: {...options, live: true}, output}
}

function comesAsItIs({to}: PullValues, options: ConvertOptions): boolean {
  const {selection = {}, transform = {}, server, rdbVersion} = options
  const named = to !== undefined || server !== undefined || rdbVersion !== undefined
  const changed = Object.values(transform).some((value) => value !== undefined)
  return !named && !isSelective(selection) && !changed
}

/** @throws RespiteError `USAGE` for what is no server. */
export function serverArgument(input: string | undefined): string {
  if (input !== undefined && isServer(input)) return input
  throw usage('not the address of a server: write it as redis://host:port')
}
