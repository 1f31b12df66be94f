import {freemem, totalmem} from 'node:os'

/** Bytes of memory that nobody needs now, as the system or the container that this runs in says. */
export function freeMemory(): number {
  return Math.max(0, Math.min(freemem(), containerLimit() - process.memoryUsage.rss()))
}

/** Bytes of memory of the machine or, where that is less, of the container. */
export const memoryLimit = (): number => Math.min(totalmem(), containerLimit())

/** Without a limit Node says 0, or more than any machine has. */
function containerLimit(): number {
  const limit = process.constrainedMemory?.() ?? 0
  return limit > 0 ? limit : Number.POSITIVE_INFINITY
}
