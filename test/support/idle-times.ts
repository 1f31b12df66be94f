/** What logs say of how long their keys have been idle. */
import type {Entry} from '../../src/formats/entry.ts'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {inlineHost} from './dataset.ts'

export const at = (seconds: number): string => `#TS:${seconds}\r\n`

/** `db key` and idle time, `>` where it may be more. */
export function idleTimes(input: string): Record<string, string | null> {
  const found: Record<string, string | null> = {}
  const source = openDataset(inlineHost(), input, {commandTimes: true})
  const sink = {
    library() {},
    entry({db, memory, keyStart, keyEnd, idleSeconds, idleIsLeast}: Entry) {
      const key = Buffer.from(memory.subarray(keyStart, keyEnd)).toString()
      found[`${db} ${key}`] =
        idleSeconds === null ? null : `${idleIsLeast ? '>' : ''}${idleSeconds}`
    },
  }
  source.read(sink)
  return found
}
