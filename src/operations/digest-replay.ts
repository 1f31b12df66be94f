/** The part of `digest` that needs the dataset: logs are replayed on the embedded engine, in parts that can run side by side. */
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {mergeCounts} from './check-replay.ts'
import type {DigestOptions} from './digest.ts'
import {digestPart, newDigest, type PartDigest, type PartTask, tableOf} from './digest-part.ts'
import type {FileToLoad} from './load-dataset.ts'
import type {DigestReport, Finding, InputKind} from './reports.ts'
import {type ResolvedPoint, reportPoint} from './resolve-point.ts'
import {type PartsJob, runParts, runWhole} from './run-parts.ts'

const DEFAULT_DATABASES = 16

interface ReplayedInput {
  host: Host
  input: string
  files: FileToLoad[]
  kind: InputKind
  options: DigestOptions
  config: ServerConfig | null
  /** Where to stop: then it is loaded in one part. */
  at: ResolvedPoint | null
}

/** How all parts of a job are run. */
type RunAll = (host: Host, job: PartsJob<PartDigest>) => PartDigest[]

/** Load the files, replay their commands, digest what is there. */
export function digestReplayed(replayed: ReplayedInput, run: RunAll = runParts): DigestReport {
  const {host, input, files, kind, options, config, at} = replayed
  const {full = false, keys = false, server = null} = options
  const renames = config?.renames ?? null
  const databases = config?.databases ?? DEFAULT_DATABASES
  const place = at === null ? null : {file: at.file, offset: at.offset}
  const told = {input, files, renames, databases, full, keys, server}
  const task: Omit<PartTask, 'part'> = {...told, at: place}
  const parts = (at === null ? run : runWhole)(host, {
    files,
    table: tableOf(renames),
    commands: true,
    operation: 'digest-part',
    task,
    run: (part, kernel) => digestPart(host, [], {...task, part}, kernel),
  })
  const [{wrapped, rdbVersion, dialect, producer, server: rules, functions}] = parts
  const stoppedAt = firstStop(parts, files)
  // Other parts may not have met what is wrong.
  const sound = stoppedAt === null ? parts : []
  const counts = mergeCounts(sound)
  return {
    schema: 'respite.digest/1',
    input,
    kind,
    wrapped,
    // Where one stopped, others may have read on.
    bytes: Math.min(...parts.map(({bytes}) => bytes)),
    rdbVersion,
    dialect,
    producer,
    algorithm: full ? 'respite-full/1' : 'debug-digest',
    server: full ? null : rules,
    digest: stoppedAt === null ? putTogether(host, parts, full ? null : rules) : null,
    keys: Object.values(counts).reduce((sum, each) => sum + each.keys, 0),
    emptyKeys: 0,
    databases: counts,
    functions,
    stoppedAt,
    keyDigests: keys ? sound.flatMap(({rows}) => rows) : null,
    at: at === null ? null : reportPoint(at),
  }
}

function putTogether(host: Host, parts: PartDigest[], server: PartDigest['server'] | null): string {
  const digest = newDigest(new Cursor(host.kernel), server, false)
  for (const {totals} of parts) digest.addTotals(totals)
  return digest.finish()
}

/** What is wrong shows in the part that it is in. */
export function firstStop(
  parts: readonly Pick<PartDigest, 'stoppedAt'>[],
  files: readonly FileToLoad[],
): Finding | null {
  const order = new Map(files.map(({name}, i) => [name, i]))
  const place = ({file, offset}: Finding) => [order.get(file) ?? 0, offset ?? 0] as const
  const stops = parts.flatMap(({stoppedAt}) => stoppedAt ?? [])
  const sorted = stops.sort((a, b) => {
    const [fileA, offsetA] = place(a)
    const [fileB, offsetB] = place(b)
    return fileA - fileB || offsetA - offsetB
  })
  return sorted[0] ?? null
}
