/** The machine's disk with one call that goes wrong, and a memory of what was called. */
import {type Disk, DiskError, nodeDisk} from '../../src/io/disk.ts'

export interface Fault {
  /** Which call, from 1; of all of them, or of those named. */
  readonly at: number
  readonly operation?: keyof Disk
  /** Code of the system error; or `short`, half of a write or read; or `lie`, a write that changes a byte on the way. */
  readonly kind: string
}

export interface FaultyDisk extends Disk {
  readonly calls: string[]
}

export function faultyDisk(fault?: Fault, disk: Disk = nodeDisk()): FaultyDisk {
  const calls: string[] = []
  let matching = 0
  const faulty: Record<string, unknown> = {calls}
  for (const name of Object.keys(disk) as (keyof Disk)[]) {
    faulty[name] = (...args: unknown[]) => {
      calls.push(name)
      const hit =
        fault !== undefined &&
        (fault.operation ?? name) === name &&
        ++matching === fault.at &&
        applies(fault.kind, name)
      const run = disk[name] as (...args: unknown[]) => unknown
      if (!hit) return run(...args)
      if (fault.kind === 'short') return short(run, args)
      if (fault.kind === 'lie') return lie(run, args)
      throw new DiskError(name, String(args[0]), fault.kind, 'injected')
    }
  }
  return faulty as unknown as FaultyDisk
}

const applies = (kind: string, name: keyof Disk): boolean =>
  kind === 'short' ? name === 'write' || name === 'read' : kind !== 'lie' || name === 'write'

/** `write` and `read` take fd, bytes, start, end, position. */
function short(run: (...args: unknown[]) => unknown, args: unknown[]): unknown {
  const [fd, bytes, start, end, position] = args as [number, Uint8Array, number, number, number]
  return run(fd, bytes, start, start + Math.ceil((end - start) / 2), position)
}

function lie(run: (...args: unknown[]) => unknown, args: unknown[]): unknown {
  const [fd, bytes, start, end, position] = args as [number, Uint8Array, number, number, number]
  const changed = bytes.slice(start, end)
  changed[changed.length >> 1] ^= 0x10
  return run(fd, changed, 0, changed.length, position)
}
