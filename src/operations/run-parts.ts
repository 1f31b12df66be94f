/** Loads a dataset in parts: side by side where there are threads for it, and in more parts where one memory is too small. */
import {OutOfMemory} from '../engine/arena.ts'
import {type Part, WHOLE} from '../engine/part.ts'
import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import type {Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import {endAll} from './end-all.ts'
import {DIVIDE_FROM, findTies, type TiesJob} from './find-ties.ts'

/** That is a terabyte: what does not fit then is one part that is too large, or one key. */
const PARTS_MAX = 256

export interface PartsJob<Report> extends TiesJob {
  /** The operation for one part, as other threads load it, and what all parts are told: `part` comes with it. */
  operation: string
  task: object
  /** The same in this thread, in the memory of a kernel. */
  run(part: Part, kernel: Kernel): Report
}

/** Run a job on all parts of a dataset. Returns their reports, the first part's first. */
export function runParts<Report>(host: Host, job: PartsJob<Report>): Report[] {
  const size = estimateSize(job.files.map(({path}) => path))
  const threads = size >= DIVIDE_FROM ? (host.beside?.threads ?? 1) : 1
  const kernel = createKernel(host.kernel.module)
  let ties = threads > 1 ? findTies(host, job, threads) : WHOLE
  for (let count = ties === null ? 1 : threads; ; count *= 2) {
    try {
      return runDivided(host, job, threads, {...(ties ?? WHOLE), count}, kernel)
    } catch (error) {
      if (!isOutOfMemory(error)) throw error
      if (threads === 1 && count === 1) ties = findTies(host, job)
      if (ties === null)
        throw tooLarge('because a SORT in its log reads keys that it does not name')
      if (count >= PARTS_MAX) throw tooLarge('because its commands tie too many keys to each other')
    }
  }
}

/** The same in so many parts, whatever the size; in one where it cannot be divided. */
export function runInParts<Report>(host: Host, job: PartsJob<Report>, count: number): Report[] {
  const ties = findTies(host, job)
  const kernel = createKernel(host.kernel.module)
  return runDivided(host, job, 1, ties === null ? WHOLE : {...ties, count}, kernel)
}

/** The same in one part: for what needs to see all of it at once. */
export function runWhole<Report>(host: Host, job: PartsJob<Report>): Report[] {
  return [job.run(WHOLE, createKernel(host.kernel.module))]
}

/** One memory serves all parts that this thread runs, one after the other. */
function runDivided<Report>(
  host: Host,
  job: PartsJob<Report>,
  threads: number,
  {count, ties}: Part,
  kernel: Kernel,
): Report[] {
  const reports: Report[] = []
  for (let index = 0; index < count; index += threads) {
    const others: (() => Report)[] = []
    for (let i = index + 1; host.beside && i < Math.min(count, index + threads); i++) {
      const part: Part = {index: i, count, ties}
      others.push(host.beside.start(job.operation, [], {...job.task, part}))
    }
    reports.push(...endAll([() => job.run({index, count, ties}, kernel), ...others]))
  }
  return reports
}

export function tooLarge(why: string): OutOfMemory {
  const what = 'the dataset does not fit in one memory of 4 GiB, and it cannot be loaded in parts'
  return new OutOfMemory(`${what} ${why}: let a server of its version load it`)
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'OUT_OF_MEMORY'
}
