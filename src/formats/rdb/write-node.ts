/** A node of a stream as it came, to be written as it is: versions from 9 on have them alike. */
import {REG_COUNT, REG_STREAM, REGISTERS} from '../kernel/layout.ts'
import type {StreamId} from './visitor.ts'
import type {RdbOutput} from './write-output.ts'

const ID_BYTES = 16
/** Of REG_STREAM. */
const DOUBTS = 48

/**
 * How many live entries a node has and the id of the first; null for one without any, or about which something is odd, which newer
 * servers refuse.
 */
export function wholeNode(
  out: RdbOutput,
  memory: Uint8Array,
  idStart: number,
  start: number,
  end: number,
): {entries: number; firstId: StreamId} | null {
  const {kernel} = out
  const id = out.place(memory, idStart, idStart + ID_BYTES, 0)
  const node = out.place(memory, start, end, ID_BYTES)
  if (kernel.streamNodeCheck(node, node + end - start, id) !== 0) return null
  const view = new DataView(kernel.memory.buffer)
  const at = REGISTERS + REG_STREAM
  const entries = view.getUint32(REGISTERS + REG_COUNT, true)
  if (entries === 0 || view.getUint32(at + DOUBTS, true) !== 0) return null
  const firstId = {ms: view.getBigUint64(at, true), seq: view.getBigUint64(at + 8, true)}
  return {entries, firstId}
}
