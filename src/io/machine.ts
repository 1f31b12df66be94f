import {readFileSync, statfsSync} from 'node:fs'
import {attempt} from './error-code.ts'
import {freeMemory, memoryLimit} from './free-memory.ts'

/** What a machine offers a server. Null: this system does not tell. */
export interface Machine {
  /** Of the machine or, where that is less, of the container. */
  memoryBytes: number
  freeMemoryBytes: number
  /** vm.overcommit_memory: 0, 1 or 2. */
  overcommit: number | null
  /** Transparent huge pages: always, madvise or never. */
  hugePages: string | null
  /** On the file system of the directory that was asked for. */
  diskFreeBytes: number | null
}

export function readMachine(directory: string): Machine {
  const overcommit = textOf('/proc/sys/vm/overcommit_memory')
  const hugePages = textOf('/sys/kernel/mm/transparent_hugepage/enabled')
  return {
    memoryBytes: memoryLimit(),
    freeMemoryBytes: freeMemory(),
    overcommit: overcommit === null ? null : Number(overcommit),
    hugePages: /\[(\w+)\]/.exec(hugePages ?? '')?.[1] ?? null,
    diskFreeBytes: diskFree(directory),
  }
}

const textOf = (path: string): string | null => attempt(() => readFileSync(path, 'utf8').trim())

function diskFree(directory: string): number | null {
  return attempt(() => {
    const {bavail, bsize} = statfsSync(directory)
    return bavail * bsize
  })
}
