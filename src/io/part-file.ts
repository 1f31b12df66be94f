import type {SharedWindow} from './shared-window.ts'
import {readAt, shrunk} from './source-file.ts'

/** A file whose parts any thread may read. Descriptors belong to the process, so it can go to a worker as it is. */
export interface PartFile {
  readonly fd: number
  readonly path: string
  readonly size: number
  /** Where part 0 starts. */
  readonly offset: number
}

export function partCount(file: PartFile, slotSize: number): number {
  return Math.max(0, Math.ceil((file.size - file.offset) / slotSize))
}

/** Read a claimed part into its slot. @throws InputError `INPUT_CHANGED` if the file has become shorter. */
export function fillPart(
  file: PartFile,
  window: SharedWindow,
  memory: Uint8Array,
  part: number,
): void {
  const position = file.offset + part * window.slotSize
  const wanted = Math.min(window.slotSize, file.size - position)
  const start = window.address(part)
  const length = readAt(file, memory, start, start + wanted, position)
  if (length < wanted) throw shrunk(file.path)
  window.setFilled(part, length)
}
