import {availableParallelism} from 'node:os'
import {type MessagePort, receiveMessageOnPort} from 'node:worker_threads'
import type {Kernel} from '../formats/kernel/kernel.ts'
import {type PackedError, unpackError} from './error-transport.ts'
import type {Beside, FeedOptions, Host, InputFeed} from './host.ts'
import type {PartFile} from './part-file.ts'
import {SharedFeed} from './shared-feed.ts'
import {type Geometry, REPLIES, SharedWindow, TAKEN} from './shared-window.ts'

/** What the worker asks the feeding thread; `null`, in its place, only wakes it. */
export type Request =
  | {call: 'open'; path: string; options: FeedOptions}
  | {call: 'close'}
  | {call: 'closeLive'}
  | {call: 'settle'; path: string | undefined}
  | {call: 'failure'}
  | {call: 'start'; operation: string; inputs: readonly string[]; options: unknown}
  | {call: 'report'; run: number}

/** Records that the operation emits; nothing is replied, TAKEN says when they were read. */
export interface Emitted {
  chunk: Uint8Array
}

/** So many chunks may be on their way. */
const CHUNKS_AHEAD = 4

export interface Opened {
  size: number
  wrapped: ('gz' | 'zst')[]
  head: Uint8Array
  file: PartFile | null
}

export type Reply =
  | {opened: Opened}
  | {done: true}
  | {error: PackedError}
  | {started: number}
  | {report: unknown}

/** More threads than these share one memory bus to no avail, and each has a heap of its own. */
const THREADS_MAX = 4

/** What the two threads share. */
export interface Shared {
  readonly control: Int32Array
  readonly counters: Float64Array
  readonly geometry: Geometry
}

/** The host of an operation that runs in a worker: the other thread opens and feeds. `alone`: it may start no other. */
export function createWorkerHost(
  kernel: Kernel,
  port: MessagePort,
  shared: Shared,
  alone: boolean,
): Host {
  const {control, geometry} = shared
  const ask = (request: Request) => askAndWait(port, control, request)
  let current = 0
  let emitted = 0
  return {
    kernel,
    counters: shared.counters,
    beside: alone ? undefined : besideOf(ask),
    open(path, options = {}): InputFeed {
      const reply = ask({call: 'open', path, options})
      if (!('opened' in reply)) throw unexpected(reply)
      const {size, wrapped, head, file} = reply.opened
      const window = new SharedWindow(control, geometry, options.crc !== false)
      const feederFailure = () => unexpected(ask({call: 'failure'}))
      const feed = new SharedFeed(kernel, window, control, port, {size, file, feederFailure})
      const ordinal = ++current
      return Object.assign(feed, {
        path,
        wrapped,
        head,
        seekable: file !== null,
        repeatable: path !== '-',
        from: options.fed === false && file ? (at: number) => feed.readFrom(at) : undefined,
        close() {
          if (current === ordinal) ask({call: 'close'})
        },
      })
    },
    emit(chunk) {
      waitForReader(control, emitted - CHUNKS_AHEAD)
      emitted++
      const message: Emitted = {chunk}
      port.postMessage(message, [chunk.buffer])
    },
    closeLive() {
      ask({call: 'closeLive'})
    },
    pause(ms) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    },
    settle(path) {
      const reply = ask({call: 'settle', path})
      if (!('done' in reply)) throw unexpected(reply)
    },
  }
}

/** Sleep until more than `before` chunks were read. */
function waitForReader(control: Int32Array, before: number): void {
  for (;;) {
    const taken = Atomics.load(control, TAKEN)
    if (taken > before) return
    Atomics.wait(control, TAKEN, taken)
  }
}

function besideOf(ask: (request: Request) => Reply): Beside {
  return {
    threads: Math.min(THREADS_MAX, availableParallelism()),
    start<Report>(operation: string, inputs: readonly string[], options: unknown): () => Report {
      const reply = ask({call: 'start', operation, inputs, options})
      if (!('started' in reply)) throw unexpected(reply)
      return () => {
        const end = ask({call: 'report', run: reply.started})
        if (!('report' in end)) throw unexpected(end)
        return end.report as Report
      }
    },
  }
}

function unexpected(reply: Reply): Error {
  return 'error' in reply ? unpackError(reply.error) : new Error('a reply to another question')
}

function askAndWait(port: MessagePort, control: Int32Array, request: Request): Reply {
  const seen = Atomics.load(control, REPLIES)
  port.postMessage(request)
  // Loop: a wait may end although nothing was replied.
  while (Atomics.load(control, REPLIES) === seen) Atomics.wait(control, REPLIES, seen)
  const reply = receiveMessageOnPort(port)
  if (!reply) throw new Error('a reply was announced and did not come')
  return reply.message
}
