/** Entry of the worker thread in which an operation runs. It gets all it needs as workerData and sends one outcome. */

import {type MessagePort, workerData} from 'node:worker_threads'
import {createKernelOn} from '../formats/kernel/kernel.ts'
import {type PackedError, packError} from './error-transport.ts'
import {loadOperation} from './load-operation.ts'
import {createWorkerHost, type Shared} from './worker-host.ts'

export interface WorkerTask {
  operation: string
  inputs: readonly string[]
  options: unknown
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  port: MessagePort
  shared: Shared
  /** It runs beside another operation, and may start none itself. */
  alone: boolean
  /** Where temporaries.ts says what it makes. */
  respiteTraces: MessagePort
}

export type Outcome = {report: unknown} | {failed: PackedError}

async function run(task: WorkerTask): Promise<Outcome> {
  try {
    const kernel = createKernelOn(task.module, task.memory)
    const host = createWorkerHost(kernel, task.port, task.shared, task.alone)
    const operation = await loadOperation(task.operation)
    return {report: await operation(host, task.inputs, task.options)}
  } catch (error) {
    return {failed: packError(error)}
  }
}

const task: WorkerTask = workerData
task.port.postMessage(await run(task))
task.port.close()
task.respiteTraces.close()
