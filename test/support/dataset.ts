/** Datasets as a test looks at them: every entry as plain data, from any source. */

import type {Entry, EntrySink} from '../../src/formats/entry.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {collectValue, type Value} from '../../src/formats/rdb/collect.ts'
import {createInlineHost, type InlineHost} from '../../src/io/inline-host.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {Inputs} from '../../src/io/open-input.ts'

export interface SeenEntry {
  db: number
  key: string
  type: string
  expiresAtMs: number | null
  value: Value
}

const kernel = createKernel(loadKernelModule())

/** A host that reads files of any size in this thread, and knows of none yet. One at a time. */
export const inlineHost = (slotSize = 0x100000): InlineHost =>
  createInlineHost(kernel, new Inputs(), 1e12, slotSize)

/** Keeps all that it is given. */
export class SeeingSink implements EntrySink {
  readonly entries: SeenEntry[] = []
  readonly databases: number[] = []
  readonly libraries: Uint8Array[] = []

  library(code: Uint8Array): void {
    this.libraries.push(code)
  }

  database(db: number): void {
    this.databases.push(db)
  }

  entry(entry: Entry): void {
    const {db, logical: type, expiresAtMs, memory, keyStart, keyEnd} = entry
    const key = Buffer.from(memory.subarray(keyStart, keyEnd)).toString('latin1')
    let counts = true
    const value = collectValue((visit) => {
      counts = entry.readValue(visit)
    })
    if (counts) this.entries.push({db, key, type, expiresAtMs, value})
  }

  /** `0 key`, sorted. */
  keys(): string[] {
    return this.entries.map(({db, key}) => `${db} ${key}`).sort()
  }
}
