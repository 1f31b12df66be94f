/** How many parts a dataset is compacted in, and how much memory each may have. */

import {type Part, WHOLE} from '../engine/part.ts'
import {Exit, RespiteError} from '../errors.ts'
import {SHELVES} from '../formats/kernel/layout.ts'
import {freeMemory} from '../io/free-memory.ts'
import type {Host} from '../io/host.ts'
import {
  type CompactedPart,
  type CompactTask,
  compactPart,
  type PartKernels,
} from './compact-part.ts'
import {endAll} from './end-all.ts'
import {DIVIDE_FROM} from './find-ties.ts'

/**
 * The program with all that it reads and writes through, and each further thread. A log of a few megabytes took 98 MB in one thread; the rest
 * is for heaps that grow.
 */
const PROGRAM_BYTES = 150e6
const THREAD_BYTES = 60e6
/** Less is not worth a thread. */
const PART_BYTES_MIN = 24e6
/** What a dataset may take at most of memory for each byte of its files: keys of a few bytes. Values that are compressed may take more. */
const MEMORY_PER_BYTE = 3
/** A sample is to be about so large, in bytes of the files. */
const SAMPLE_BYTES = 0x2000000
/** Parts are not all as large as their mean. */
const UNEVEN = 1.25

export interface MemoryPlan {
  /** What was asked for: without that it is another number every time. */
  asked: number | null
  threads: number
  parts: number
  /** Bytes that one part may take. */
  limit: number
  /** What the dataset takes in memory, in bytes; null where that was not asked for. */
  estimate: number | null
}

export interface MemoryAsked {
  /** Bytes; by default half of what is free. */
  maxMemory?: number | null
  /** By default one for each core. */
  workers?: number
  /** At least so many, a power of two: for tests, since the output does not depend on it. */
  parts?: number
}

/**
 * `size`: of all files. `measure` says what the dataset would take, within a limit of its own; it is asked only where that matters, or
 * `always`.
 */
export function planMemory(
  host: Host,
  {maxMemory: asked = null, workers, parts: least = 1}: MemoryAsked,
  size: number,
  divisible: boolean,
  measure: (limit: number) => number,
  always: boolean,
): MemoryPlan {
  const maxMemory = asked ?? Math.floor(freeMemory() / 2)
  const affordable = Math.floor(
    (maxMemory - PROGRAM_BYTES + THREAD_BYTES) / (THREAD_BYTES + PART_BYTES_MIN),
  )
  if (affordable < 1) throw tooLittle()
  const divides = divisible && (size >= DIVIDE_FROM || least > 1)
  const threads = divides ? Math.min(mostThreads(host, workers), affordable) : 1
  const limit = Math.floor((maxMemory - PROGRAM_BYTES - (threads - 1) * THREAD_BYTES) / threads)
  const fits = size * MEMORY_PER_BYTE <= limit * threads
  const measures = always || (divisible && !fits)
  const estimate = measures ? measure(limit * threads) : null
  const needed = Math.max(threads, least, ((estimate ?? 0) * UNEVEN) / limit)
  const parts = divisible ? Math.min(SHELVES, 2 ** Math.ceil(Math.log2(needed))) : 1
  return {asked, threads, parts, limit, estimate}
}

/** How many threads may work. */
export function mostThreads({beside}: Host, workers = Number.POSITIVE_INFINITY): number {
  return Math.min(beside?.threads ?? 1, workers)
}

function tooLittle(): RespiteError {
  const least = Math.ceil((PROGRAM_BYTES + PART_BYTES_MIN) / 1e6)
  const message = `that is too little memory: give --max-memory at least ${least}mb`
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}

/** Run all parts of a job, in so many threads. `kernels` are those of this thread. */
export function runAll(
  host: Host,
  task: Omit<CompactTask, 'parts'>,
  ties: Part['ties'],
  {threads, parts}: MemoryPlan,
  kernels: PartKernels,
): CompactedPart[] {
  const all = Array.from({length: parts}, (_, index): Part => ({index, count: parts, ties}))
  const shares = Array.from({length: Math.min(threads, parts)}, (_, thread) =>
    all.filter(({index}) => index % threads === thread),
  )
  const [own, ...others] = shares.map((share): CompactTask => ({...task, parts: share}))
  const ends = others.map((share) => host.beside!.start<CompactedPart[]>('compact-part', [], share))
  return endAll([() => compactPart(host, [], own, kernels), ...ends]).flat()
}

/** One part of the dataset that says something of all of it, and how many times as large that is. */
export function samplePart(size: number): {part: Part; times: number} {
  const count = Math.min(SHELVES, 2 ** Math.max(0, Math.ceil(Math.log2(size / SAMPLE_BYTES))))
  return {part: count === 1 ? WHOLE : {index: 1, count, ties: null}, times: count}
}
