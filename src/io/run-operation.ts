import {createKernel} from '../formats/kernel/kernel.ts'
import {createInlineHost, NeedsWorker} from './inline-host.ts'
import {estimateSize} from './input-size.ts'
import {loadKernelModule} from './kernel-file.ts'
import {loadOperation} from './load-operation.ts'
import {Inputs} from './open-input.ts'
import {runInWorker} from './run-in-worker.ts'
import type {RunSettings} from './run-settings.ts'

/** Below this a worker costs more than it saves: it takes about 60 ms to start. */
const INLINE_LIMIT = 0x2000000
const INLINE_SLOT = 0x100000
/** Above this a reader wants to see the first records before the last ones are there. */
const INLINE_EMITTED = 0x100000

/**
 * Run an operation over inputs: paths, or `-` for stdin. Small files are read in this thread, everything else in a worker that this
 * thread feeds. What the operation throws comes out as it was thrown.
 * @throws InputError also `INPUT_CHANGED`, when an input was written to meanwhile; Interrupted on SIGINT and SIGTERM.
 */
export async function runOperation<Report>(
  operation: string,
  inputs: readonly string[],
  options: unknown = {},
  settings: RunSettings = {},
): Promise<Report> {
  const size = estimateSize(inputs)
  const mode = settings.mode ?? 'auto'
  if (mode === 'inline' || (mode === 'auto' && size >= 0 && size <= INLINE_LIMIT)) {
    try {
      return (await runInline(operation, inputs, options, settings)) as Report
    } catch (error) {
      // Found out on opening: it is wrapped, or leads to large files elsewhere. Nothing that was emitted has been read yet.
      if (!(error instanceof NeedsWorker) || mode === 'inline') throw error
    }
  }
  const task = {operation, inputs, options, bytesTotal: Math.max(0, size)}
  return (await runInWorker(task, settings)) as Report
}

async function runInline(
  operation: string,
  inputs: readonly string[],
  options: unknown,
  settings: RunSettings,
): Promise<unknown> {
  const run = await loadOperation(operation)
  const all = Number.POSITIVE_INFINITY
  const [limit, emittedLimit] =
    settings.mode === 'inline' ? [all, all] : [INLINE_LIMIT, INLINE_EMITTED]
  const opened = new Inputs()
  const kernel = createKernel(loadKernelModule())
  const slotSize = settings.window?.slotSize ?? INLINE_SLOT
  const host = createInlineHost(kernel, opened, limit, slotSize, emittedLimit)
  try {
    const report = await run(host, inputs, options)
    opened.verify()
    for (const chunk of host.chunks) await settings.onChunk?.(chunk)
    return report
  } finally {
    host.close()
  }
}
