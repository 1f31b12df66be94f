import {MessageChannel, type MessagePort, receiveMessageOnPort, Worker} from 'node:worker_threads'
import {SLOTS_START} from '../formats/bytes/cursor.ts'
import {createKernel, type Kernel} from '../formats/kernel/kernel.ts'
import {CRC_FOLD_2} from '../formats/kernel/layout.ts'
import {nodeDisk} from './disk.ts'
import {packError, unpackError} from './error-transport.ts'
import {Feeder} from './feeder.ts'
import {Helpers} from './helpers.ts'
import {BYTES_TOTAL, COUNTERS, RECORDS} from './host.ts'
import {InputError, Interrupted, ThreadEnded} from './input-error.ts'
import {loadKernelModule} from './kernel-file.ts'
import {Inputs} from './open-input.ts'
import type {Outcome, WorkerTask} from './operation-worker.ts'
import {removeTraces} from './remove-traces.ts'
import type {RunProgress, RunSettings} from './run-settings.ts'
import {CONTROL_BYTES, type Geometry, REPLIES, SharedWindow, TAKEN} from './shared-window.ts'
import type {Traces} from './temporaries.ts'
import type {Emitted, Reply, Request, Shared} from './worker-host.ts'

/** The built file, seen from src/io and from dist/io: workers do not run TypeScript on every supported Node. */
const WORKER = new URL('../../dist/io/operation-worker.js', import.meta.url)
const GEOMETRY: Geometry = {slots: 8, slotSize: 0x100000}
const PROGRESS_INTERVAL_MS = 200

export interface Task {
  operation: string
  inputs: readonly string[]
  options: unknown
  /** 0 when unknown. */
  bytesTotal: number
}

/** Run an operation in a worker and feed it from this thread. `until`: it runs beside another, up to there at the latest. */
export async function runInWorker(
  task: Task,
  settings: RunSettings,
  until?: AbortSignal,
): Promise<unknown> {
  const geometry = settings.window ?? GEOMETRY
  const module = loadKernelModule()
  const kernel = createKernel(module)
  kernel.crcFoldAt(CRC_FOLD_2)
  growTo(kernel, SLOTS_START + geometry.slots * geometry.slotSize)
  const shared: Shared = {
    control: new Int32Array(new SharedArrayBuffer(CONTROL_BYTES)),
    counters: new Float64Array(new SharedArrayBuffer(COUNTERS * 8)),
    geometry,
  }
  shared.counters[BYTES_TOTAL] = task.bytesTotal
  const {port1, port2} = new MessageChannel()
  const {maxExpand, openRemote} = settings
  const helpers = new Helpers(({operation, inputs, options}, end) => {
    const task = {operation, inputs, options, bytesTotal: 0}
    return runInWorker(task, {maxExpand, openRemote, window: geometry}, end)
  })
  const server = new FeedServer(kernel, port1, shared, settings, helpers)
  const {operation, inputs, options} = task
  const {memory} = kernel
  const traces = new MessageChannel()
  const data: WorkerTask = {
    operation,
    inputs,
    options,
    module,
    memory,
    port: port2,
    shared,
    alone: until !== undefined,
    respiteTraces: traces.port2,
  }
  const worker = new Worker(WORKER, {workerData: data, transferList: [port2, traces.port2]})
  const unwatch = watch(settings, () => server.progress())
  try {
    const delivery = new Delivery(shared.control, settings.onChunk)
    const outcome = await outcomeOf(worker, port1, server, delivery, settings.ending, until)
    if ('failed' in outcome) throw unpackError(outcome.failed)
    server.verify()
    return outcome.report
  } finally {
    unwatch()
    // The worker may still read from a descriptor: it goes first.
    await worker.terminate()
    await helpers.close()
    removeTraces(nodeDisk(), allOf(traces.port1))
    server.close()
    port1.close()
  }
}

/** Nobody listened to this port while the worker ran: everything that was said lies there. */
function allOf(port: MessagePort): Traces[] {
  const messages: Traces[] = []
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    messages.push(next.message)
  }
  port.close()
  return messages
}

/** Serve until the worker reports and all it emitted is read, or until it dies, its reader leaves, or a signal comes. */
function outcomeOf(
  worker: Worker,
  port: MessagePort,
  server: FeedServer,
  delivery: Delivery,
  ending?: Int32Array,
  until?: AbortSignal,
): Promise<Outcome> {
  const settled = new AbortController()
  let came: 'SIGINT' | 'SIGTERM' | null = null
  const outcome = new Promise<Outcome>((resolve, reject) => {
    const receive = (message: Request | Emitted | Outcome | null) => {
      if (message === null) server.pump()
      else if ('call' in message) server.answer(message).catch(reject)
      else if ('chunk' in message) delivery.add(message.chunk).catch(reject)
      else if (came !== null && 'report' in message) reject(new Interrupted(came))
      else delivery.done.then(() => resolve(message), reject)
    }
    port.on('message', receive)
    worker.on('error', (error) => reject(workerError(error)))
    worker.on('exit', (code) => {
      // The report may have come and not been delivered.
      for (let last = receiveMessageOnPort(port); last; last = receiveMessageOnPort(port)) {
        receive(last.message)
      }
      delivery.done.then(() => reject(new ThreadEnded(code)), reject)
    })
    const interrupt = (signal: 'SIGINT' | 'SIGTERM') => {
      if (ending === undefined || came !== null) return reject(new Interrupted(signal))
      came = signal
      Atomics.store(ending, 0, 1)
    }
    onSignals(['SIGINT', 'SIGTERM'], interrupt, settled.signal)
    const stop = () => reject(new Error('what it ran beside has ended'))
    until?.addEventListener('abort', stop, {signal: settled.signal})
  })
  return outcome.finally(() => settled.abort())
}

/** Gives emitted chunks to their reader, one at a time, and lets the worker go on when they are read. */
class Delivery {
  /** Settles with the last chunk that was added so far. */
  done: Promise<void> = Promise.resolve()
  private readonly control: Int32Array
  private readonly onChunk: RunSettings['onChunk']

  constructor(control: Int32Array, onChunk: RunSettings['onChunk']) {
    this.control = control
    this.onChunk = onChunk
  }

  add(chunk: Uint8Array): Promise<void> {
    this.done = this.done.then(async () => {
      await this.onChunk?.(chunk)
      Atomics.add(this.control, TAKEN, 1)
      Atomics.notify(this.control, TAKEN)
    })
    return this.done
  }
}

/** The side of the feeding thread: opens what the worker asks for, one input at a time. */
class FeedServer {
  private readonly kernel: Kernel
  private readonly port: MessagePort
  private readonly shared: Shared
  private readonly maxExpand: number | undefined
  private readonly helpers: Helpers
  private readonly inputs: Inputs
  private feeder: Feeder | null = null
  private doneBefore = 0
  private closed = false

  constructor(
    kernel: Kernel,
    port: MessagePort,
    shared: Shared,
    settings: RunSettings,
    helpers: Helpers,
  ) {
    this.helpers = helpers
    this.kernel = kernel
    this.port = port
    this.shared = shared
    this.maxExpand = settings.maxExpand
    this.inputs = new Inputs(settings.openRemote)
  }

  pump(): void {
    this.feeder?.pump()
  }

  async answer(request: Request): Promise<void> {
    if (request.call === 'open') return this.open(request)
    if (request.call === 'start') return this.reply({started: this.helpers.start(request)})
    if (request.call === 'report') return this.reply(await this.helpers.report(request.run))
    if (request.call === 'failure') return this.reply({error: packError(this.feeder?.failure)})
    if (request.call === 'settle') return this.settle(request.path)
    this.closeFeeder()
    if (request.call === 'closeLive') this.inputs.closeLive()
    this.reply({done: true})
  }

  progress(): RunProgress {
    const {counters} = this.shared
    return {
      bytesDone: this.doneBefore + (this.feeder?.done ?? 0),
      bytesTotal: counters[BYTES_TOTAL],
      records: counters[RECORDS],
    }
  }

  verify(): void {
    this.inputs.verify()
  }

  private settle(path: string | undefined): void {
    try {
      this.inputs.settle(path)
      this.reply({done: true})
    } catch (error) {
      this.reply({error: packError(error)})
    }
  }

  close(): void {
    this.closed = true
    this.closeFeeder()
    this.inputs.close()
  }

  private async open({path, options}: Request & {call: 'open'}): Promise<void> {
    this.closeFeeder()
    try {
      const input = await this.inputs.open(path, {maxExpand: this.maxExpand, ...options})
      if (this.closed) return input.close()
      const {control, geometry} = this.shared
      const window = new SharedWindow(control, geometry, options.crc !== false)
      const {size, wrapped, head} = input
      this.feeder = new Feeder(window, control, this.kernel, input, options.offset ?? 0)
      this.reply({opened: {size, wrapped, head, file: this.feeder.file}})
      if (options.fed !== false || !this.feeder.file) this.feeder.pump()
    } catch (error) {
      this.reply({error: packError(error)})
    }
  }

  private closeFeeder(): void {
    this.doneBefore += this.feeder?.done ?? 0
    this.feeder?.close()
    this.feeder = null
  }

  private reply(reply: Reply): void {
    this.port.postMessage(reply)
    Atomics.add(this.shared.control, REPLIES, 1)
    Atomics.notify(this.shared.control, REPLIES)
  }
}

/** Progress at intervals and on SIGUSR1. Returns how to stop. */
function watch(settings: RunSettings, progress: () => RunProgress): () => void {
  const stopped = new AbortController()
  const {onProgress, onState} = settings
  if (onState) onSignals(['SIGUSR1'], () => onState(progress()), stopped.signal)
  const interval = settings.progressIntervalMs ?? PROGRESS_INTERVAL_MS
  const timer = onProgress && setInterval(() => onProgress(progress()), interval)
  return () => {
    clearInterval(timer)
    stopped.abort()
  }
}

function onSignals<Signal extends NodeJS.Signals>(
  signals: readonly Signal[],
  handle: (signal: Signal) => void,
  until: AbortSignal,
): void {
  for (const signal of signals) {
    const handler = () => handle(signal)
    process.on(signal, handler)
    until.addEventListener('abort', () => process.off(signal, handler))
  }
}

function workerError(error: Error): Error {
  if (!('code' in error) || error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error
  return new InputError('OUT_OF_MEMORY', '', 'there is not enough memory for this')
}

function growTo({memory}: Kernel, end: number): void {
  const have = memory.buffer.byteLength
  if (end > have) memory.grow(Math.ceil((end - have) / 0x10000))
}
