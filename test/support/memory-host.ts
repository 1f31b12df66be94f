/** A host whose one input lies in memory: no disk, no threads, no process for each of a million checks. */
import {bufferSource, InlineFeed} from '../../src/formats/bytes/inline-feed.ts'
import type {Kernel} from '../../src/formats/kernel/kernel.ts'
import {COUNTERS, type Host} from '../../src/io/host.ts'
import {type CheckOptions, check} from '../../src/operations/check.ts'
import type {CheckReport} from '../../src/operations/reports.ts'

const HEAD_SIZE = 64

export interface MemoryHost extends Host {
  /** Whatever is opened from now on has these bytes. */
  hold(bytes: Uint8Array): void
}

/** Small slots put the window's edges everywhere; the default holds a fixture in one. */
export function memoryHost(kernel: Kernel, slotSize = 0x100000): MemoryHost {
  let held = new Uint8Array(0)
  return {
    kernel,
    counters: new Float64Array(COUNTERS),
    hold(bytes) {
      held = bytes as Uint8Array<ArrayBuffer>
    },
    open(path, {offset = 0, crc = true} = {}) {
      const source = {...bufferSource(held.subarray(offset)), size: held.length}
      return Object.assign(new InlineFeed(source, kernel, {slotSize, crc}), {
        path,
        wrapped: [],
        head: held.subarray(0, HEAD_SIZE),
        seekable: true,
        repeatable: true,
        close() {},
      })
    },
    emit() {},
    closeLive() {},
    pause() {},
    settle() {},
  }
}

/** `check` over bytes in memory. A path of `-` is the one input whose surroundings are not looked at. */
export function checkBytes(
  host: MemoryHost,
  bytes: Uint8Array,
  options: CheckOptions = {},
): CheckReport {
  host.hold(bytes)
  return check(host, ['-'], options)
}
