import {readdirSync, readFileSync, readlinkSync, realpathSync} from 'node:fs'
import {attempt} from './error-code.ts'

/** O_WRONLY or O_RDWR, the lowest bits of the flags. */
const WRITES = 3

export interface Writer {
  pid: number
  path: string
}

/**
 * A process that has one of these files open for writing, as the kernel tells on Linux; null where there is none, or nobody tells.
 * Processes of other users are seen by root only.
 */
export function writerOf(paths: readonly string[]): Writer | null {
  const wanted = new Map(paths.flatMap((path) => real(path).map((name) => [name, path])))
  for (const pid of list('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    // Processes come and go, and most are none of our business.
    for (const fd of list(`/proc/${pid}/fd`)) {
      const path = wanted.get(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '')
      if (path !== undefined && writes(pid, fd)) return {pid: Number(pid), path}
    }
  }
  return null
}

function writes(pid: string, fd: string): boolean {
  const info = attempt(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')) ?? ''
  const flags = /^flags:\s*([0-7]+)/m.exec(info)
  return flags !== null && (Number.parseInt(flags[1], 8) & WRITES) !== 0
}

const real = (path: string): string[] => {
  const name = attempt(() => realpathSync(path))
  return name === null ? [] : [name]
}

const list = (path: string): string[] => attempt(() => readdirSync(path)) ?? []
