/** `respite salvage`: every intact key of a damaged RDB into a valid one, and what is lost. */
import {join} from 'node:path'
import {Exit, RespiteError} from '../errors.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {detectHead} from '../io/detect.ts'
import {nodeDisk} from '../io/disk.ts'
import {type Host, type InputFeed, RECORDS} from '../io/host.ts'
import {InputError} from '../io/input-error.ts'
import {prepareOutput, replaceFile} from '../io/replace-file.ts'
import {hasField} from './guess-header.ts'
import {quote} from './next-step.ts'
import type {SalvageReport} from './reports.ts'
import type {SalvageSource} from './salvage-plan.ts'
import {type RdbSalvage, salvageRdb} from './salvage-rdb.ts'
import {copyRange, writeSalvage} from './salvage-write.ts'
import {summedUp} from './summed-up.ts'

export interface SalvageOptions {
  /** Where the salvaged RDB goes. Not needed for a dry run. */
  output?: string
  /** Replace an output that exists. */
  force?: boolean
  /** Say what would be kept and lost, and write nothing. */
  dryRun?: boolean
  /** Take weaker evidence for a key. */
  greedy?: boolean
  /** Keep the intact first elements of damaged collections. */
  partial?: boolean
  /** Which of two entries under the same key is kept. */
  duplicates?: 'first' | 'last'
  /** Folder for the raw bytes of each gap and each duplicate. */
  lostAndFound?: string
  /** Bytes for finding duplicate keys; more of them take more passes. */
  maxMemory?: number
}

/** Salvage the first of `inputs`, a path. @throws InputError, RespiteError, OutputError, DiskError. */
export function salvage(
  host: Host,
  inputs: readonly string[],
  options: SalvageOptions = {},
): SalvageReport {
  const [input] = inputs
  if (input === '-') throw readTwice()
  const {output = null, dryRun = false} = options
  if (output === null && !dryRun) {
    throw new RespiteError(Exit.USAGE, 'USAGE', 'where to? Name a file with -o, or give --dry-run')
  }
  const disk = nodeDisk()
  const like = disk.stat(input)
  if (output !== null && !dryRun) prepareOutput(output, {like, force: options.force})
  const feed = host.open(input, {crc: true})
  refuseOther(feed, input)
  const source = sourceOf(host, feed, input)
  const progress = (keys: number) => void (host.counters[RECORDS] = keys)
  const result = tried(input, () => salvageRdb(source, {...options, progress}))
  const {report} = result
  report.input = input
  report.wrapped = [...feed.wrapped]
  if (dryRun || output === null) return report
  if (options.lostAndFound !== undefined) keepGaps(options.lostAndFound, result, source)
  if (report.verdict === 'nothing') return report
  const {produce, readBack} = summedUp(host, source.cursor, (summed) =>
    writeSalvage(result.plan, result.parts, source, summed),
  )
  report.outputBytes = replaceFile(output, produce, {
    like,
    force: options.force,
    readBack,
    verify: () => host.settle(),
  })
  report.output = output
  return report
}

/** What is wrong with the header leaves nothing to go on from. */
function tried<Result>(input: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof FormatError) || error.code === 'LIMIT') throw error
    const {code, message, offset} = error
    const exit = code === 'TRUNCATED' ? Exit.UNREPAIRABLE : Exit.UNSUPPORTED
    throw new RespiteError(exit, code, `${input}: offset ${offset}: ${message}`)
  }
}

function sourceOf(host: Host, feed: InputFeed, input: string): SalvageSource {
  const cursor = new Cursor(host.kernel).open(feed)
  const rewind = (offset: number, sums = false) =>
    void cursor.open(host.open(input, {crc: sums, offset}), offset)
  return {cursor, rewind, size: feed.size}
}

function readTwice(): RespiteError {
  const message = '-: salvage reads its input more than once, which a pipe does not allow'
  return new RespiteError(Exit.USAGE, 'USAGE', message, 'Save it to a file first.')
}

function refuseOther(feed: InputFeed, input: string): void {
  const {kind, guess} = detectHead(feed.head)
  if (kind === 'rdb' || hasField(feed.head)) return
  if (kind === 'empty') {
    const message = `${input}: zero bytes: there is nothing to recover`
    throw new RespiteError(Exit.UNREPAIRABLE, 'EMPTY_INPUT', message)
  }
  if (kind === 'aof') {
    const next = `respite repair ${input} -o repaired.aof`
    const message = `${input}: a log of commands, without an RDB in front`
    throw new RespiteError(Exit.INPUT, 'INPUT_KIND', message, next)
  }
  if (kind === 'vkcs') {
    const message = `${input}: a compressed envelope of Valkey 9.2, which respite cannot expand yet`
    throw new RespiteError(Exit.UNSUPPORTED, 'UNSUPPORTED', message)
  }
  const what = `offset 0: no RDB: it looks like ${guess ?? `a ${kind}`}`
  throw new InputError('INPUT_KIND', input, what, `respite check ${quote(input)}`)
}

/** The bytes of each gap, and of each entry under a key that is kept elsewhere, in a file that its offset names. */
function keepGaps(folder: string, {plan, report}: RdbSalvage, source: SalvageSource): void {
  const disk = nodeDisk()
  if (disk.stat(folder) === undefined) disk.mkdir(folder, 0o700)
  for (const [i, gap] of plan.gaps.entries()) {
    if (gap.end === gap.start) continue
    const file = join(folder, `gap-${gap.start}.bin`)
    keepRange(file, source, gap)
    if (report.gaps[i]) report.gaps[i].file = file
  }
  for (const duplicate of report.duplicates) {
    const {offset: start, bytes} = duplicate
    duplicate.file = join(folder, `duplicate-${start}.bin`)
    keepRange(duplicate.file, source, {start, end: start + bytes})
  }
}

function keepRange(file: string, source: SalvageSource, range: {start: number; end: number}): void {
  replaceFile(
    file,
    (sink) => copyRange(source, range, (memory, start, end) => sink.write(memory, start, end)),
    {force: true},
  )
}
